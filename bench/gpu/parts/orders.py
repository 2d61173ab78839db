"""Orders of tokens for FlexAttention, which sees one flat index: the natural one, and boxes of tokens side by side."""

import math

import torch


def _natural_place(y, x):
    """From the index of a token to its position, by arithmetic alone: closures over ints, which torch.compile takes."""

    def place(i):
        return (i // (y * x), i // x % y, i % x), None

    return place


def _boxed_place(grid, padded, tile, counts):
    (a, b, c), (_, ny, nx) = tile, counts
    (t, y, x), volume = grid, a * b * c
    beyond_t, beyond_y, beyond_x = (extent != more for extent, more in zip(grid, padded))

    def place(i):
        box, inner = i // volume, i % volume
        at_t = box // (ny * nx) * a + inner // (b * c)
        at_y = box // nx % ny * b + inner // c % b
        at_x = box % nx * c + inner % c
        held = None
        if beyond_t:
            held = at_t < t
        if beyond_y:
            held = at_y < y if held is None else held & (at_y < y)
        if beyond_x:
            held = at_x < x if held is None else held & (at_x < x)
        return (at_t, at_y, at_x), held

    return place


class Natural:
    """Row-major, as mscc takes them. `place` gives the position of a token, and whether it is one; None: all are."""

    name = "natural"

    def __init__(self, grid):
        self.grid = grid
        self.tokens = math.prod(grid)
        self.place = _natural_place(grid[1], grid[2])

    def apply(self, tensor):
        return tensor.reshape(*tensor.shape[:2], self.tokens, tensor.shape[-1])

    def undo(self, tensor):
        return tensor.reshape(*tensor.shape[:2], *self.grid, tensor.shape[-1])


class Boxes:
    """Boxes of `tile` tokens, one after the other; where boxes reach beyond the grid, tokens are added that nobody sees."""

    def __init__(self, grid, tile):
        self.grid, self.tile = grid, tile
        self.counts = [-(-extent // own) for extent, own in zip(grid, tile)]
        self.padded = [count * own for count, own in zip(self.counts, tile)]
        self.tokens = math.prod(self.padded)
        self.name = "boxes of " + " x ".join(map(str, tile))
        self.place = _boxed_place(grid, self.padded, tile, self.counts)

    def apply(self, tensor):
        batch, heads, *_, dim = tensor.shape
        for axis, (extent, padded) in enumerate(zip(self.grid, self.padded), start=2):
            if padded > extent:
                more = list(tensor.shape)
                more[axis] = padded - extent
                tensor = torch.cat([tensor, tensor.new_zeros(more)], axis)
        split = [n for pair in zip(self.counts, self.tile) for n in pair]
        boxes = tensor.reshape(batch, heads, *split, dim).permute(0, 1, 2, 4, 6, 3, 5, 7, 8)
        return boxes.reshape(batch, heads, self.tokens, dim)

    def undo(self, tensor):
        batch, heads, _, dim = tensor.shape
        boxes = tensor.reshape(batch, heads, *self.counts, *self.tile, dim).permute(0, 1, 2, 5, 3, 6, 4, 7, 8)
        return boxes.reshape(batch, heads, *self.padded, dim)[:, :, : self.grid[0], : self.grid[1], : self.grid[2]]


def mask_function(pattern, params, grid, order):
    """The pattern as FlexAttention takes it: of batch, head, and two indices."""
    size = {"q": list(grid), "k": list(grid)}
    attend, place, tables = pattern.attend, order.place, {}

    def mask(batch, head, q, k):
        place_q, _ = place(q)
        place_k, held = place(k)
        seen = attend(place_q, place_k, params, size, tables)
        return seen if held is None else seen & held

    return mask


def block_map(pattern, params, grid, order, block, device):
    """
    For each block of queries and of keys whether any pair attends, and whether all do. A row of blocks at a time, so that the
    pairs need no memory; create_block_mask, which is timed apart, gives the same.
    """
    rows, columns = block
    size = {"q": list(grid), "k": list(grid)}
    count = -(-order.tokens // columns)
    index = torch.arange(count * columns, device=device, dtype=torch.int32)
    keys, held = order.place(index)
    inside = index < order.tokens
    inside = inside if held is None else inside & held
    some, every = [], []
    for start in range(0, order.tokens, rows):
        own = torch.arange(start, start + rows, device=device, dtype=torch.int32)
        queries, _ = order.place(own)
        seen = pattern.attend([each[:, None] for each in queries], [each[None] for each in keys], params, size, {})
        seen = (seen & inside & (own < order.tokens)[:, None]).reshape(rows, count, columns)
        some.append(seen.any(-1).any(0))
        every.append(seen.all(-1).all(0))
    return torch.stack(some), torch.stack(every)


def ordered(blocks):
    """Numbers and indices of the blocks of each row, those that are set first."""
    indices = torch.argsort(blocks.int(), dim=-1, descending=True, stable=True)
    return blocks.sum(-1).int()[None, None], indices.int()[None, None]
