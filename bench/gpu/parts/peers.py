"""What mscc is timed beside: FlexAttention in two orders of tokens, dense SDPA by each backend, and a matrix product."""

import time

import torch
import torch.nn.functional as F

from . import orders

#: Sparse blocks in the natural order, and boxes with the block that is one box; each with options of its Triton kernel.
SMALL = {"BLOCK_M": 64, "BLOCK_N": 64}
NATURAL = [((128, 128), None), ((64, 64), SMALL)]
PERMUTED = [((1, 8, 16), (128, 128), None), ((2, 8, 8), (128, 128), None), ((1, 8, 8), (64, 64), SMALL)]


class Contender:
    """Something that computes the attention; `run` gives its output as mscc lays it out, once `undo` has been applied."""

    def __init__(self, kind, name, call, undo=lambda out: out, **facts):
        self.kind, self.name, self.call, self.undo, self.facts = kind, name, call, undo, facts
        self.times = []


def matmul(device, n=8192):
    """The ceiling: bf16, random, square."""
    a, b = (torch.randn(n, n, dtype=torch.bfloat16, device=device) for _ in range(2))
    out = torch.empty_like(a)
    return Contender("matmul", f"{n} x {n} x {n}", lambda: torch.mm(a, b, out=out), flops=2 * n**3)


def sdpa(q, k, v, grid):
    """Dense attention by each backend. It computes every pair, whatever the pattern."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    flat = orders.Natural(grid)
    q, k, v = map(flat.apply, (q, k, v))

    def call(backend):
        def attend():
            with sdpa_kernel(backend):
                return F.scaled_dot_product_attention(q, k, v)

        return attend

    names = {"cudnn": "CUDNN_ATTENTION", "flash": "FLASH_ATTENTION", "efficient": "EFFICIENT_ATTENTION"}
    backends = [(name, getattr(SDPBackend, member, None)) for name, member in names.items()]
    return [Contender("sdpa", name, call(backend), flat.undo) for name, backend in backends if backend is not None]


def _bytes(mask):
    return sum(each.numel() * each.element_size() for each in vars(mask).values() if torch.is_tensor(each))


def flex_candidate(setting, pattern, order, block, options, tensors, autotune):
    """FlexAttention on tokens in an order, compiled for one mask and one size of blocks."""
    from torch.nn.attention.flex_attention import BlockMask, flex_attention

    q, k, v = map(order.apply, tensors)
    grid, params = setting["grid"], setting["params"]
    mask, visited = None, order.tokens**2
    if setting["id"] != "dense":
        some, every = orders.block_map(pattern, params, grid, order, block, q.device)
        partial, full = orders.ordered(some & ~every), orders.ordered(every)
        mask_mod = orders.mask_function(pattern, params, grid, order)
        mask = BlockMask.from_kv_blocks(*partial, *full, BLOCK_SIZE=block, mask_mod=mask_mod,
                                        seq_lengths=(order.tokens, order.tokens))
        visited = int(some.sum()) * block[0] * block[1]
    mode = {"mode": "max-autotune-no-cudagraphs"} if autotune else {}
    compiled = torch.compile(flex_attention, dynamic=False, **mode)

    def call():
        return compiled(q, k, v, block_mask=mask, kernel_options=options)

    name = f"{order.name}, blocks of {block[0]} x {block[1]}" if mask is not None else order.name
    kind = "flex natural" if isinstance(order, orders.Natural) else "flex permuted"
    facts = {"visited": visited, "maskBytes": _bytes(mask) if mask is not None else 0, "order": order, "block": block}
    return Contender(kind, name, call, order.undo, **facts)


def flex_candidates(setting, permuted):
    """What is tried in one order: (order, block, options of the kernel)."""
    grid = setting["grid"]
    if not permuted:
        return [(orders.Natural(grid), *each) for each in (NATURAL if setting["id"] != "dense" else NATURAL[:1])]
    return [(orders.Boxes(grid, tile), block, options) for tile, block, options in PERMUTED]


def time_mask(setting, pattern, order, block, device):
    """create_block_mask as PyTorch recommends it for long sequences, compiled: seconds of the first call, of the second, memory."""
    from torch.nn.attention.flex_attention import create_block_mask

    mask_mod = orders.mask_function(pattern, setting["params"], setting["grid"], order)

    def create():
        torch.cuda.synchronize()
        start = time.monotonic()
        mask = create_block_mask(mask_mod, None, None, order.tokens, order.tokens, device=str(device), BLOCK_SIZE=block, _compile=True)
        torch.cuda.synchronize()
        return mask, time.monotonic() - start

    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    mask, first = create()
    _, second = create()
    peak = torch.cuda.max_memory_allocated() - before
    return {"order": order.name, "block": list(block), "first": first, "second": second, "peakBytes": peak, "maskBytes": _bytes(mask)}


def time_permutation(order, q, timed):
    """Milliseconds to bring q, k and v into an order, and the output back."""
    flat = order.apply(q)
    return 3 * timed(lambda: order.apply(q)) + timed(lambda: order.undo(flat).contiguous())
