"""Orders of tokens for FlexAttention, which sees one flat index: the natural one, and boxes of tokens side by side."""

import math

import torch


class Natural:
    """Row-major, as mscc takes them."""

    name = "natural"

    def __init__(self, grid):
        self.grid = grid
        self.tokens = math.prod(grid)

    def place(self, i):
        """Position of a token, and whether it is one: from its index, by arithmetic alone."""
        _, y, x = self.grid
        return (i // (y * x), i // x % y, i % x), None

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

    def place(self, i):
        (_, b, c), (_, ny, nx) = self.tile, self.counts
        box, inner = i // math.prod(self.tile), i % math.prod(self.tile)
        place = (
            box // (ny * nx) * self.tile[0] + inner // (b * c),
            box // nx % ny * b + inner // c % b,
            box % nx * c + inner % c,
        )
        held = None
        for at, extent, padded in zip(place, self.grid, self.padded):
            if extent != padded:
                held = at < extent if held is None else held & (at < extent)
        return place, held

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

    def mask(batch, head, q, k):
        place_q, _ = order.place(q)
        place_k, held = order.place(k)
        seen = pattern.attend(place_q, place_k, params, size, {})
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
