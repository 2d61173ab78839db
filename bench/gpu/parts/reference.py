"""The truth: attention in float64 by the patterns of patterns.py, and how far a kernel may be from it.

What a kernel is allowed, by element of the output, for a query with weights p (that sum to 1) over keys with values v:

- weights are rounded to the storage type before the second product, each by at most u = 2^-8 (bf16) or 2^-11 (f16) of itself.
  Such errors are independent, so they add up to about u / sqrt(3) * sqrt(sum p^2 v^2): allowed are 4 u sqrt(sum p^2 v^2),
  7 deviations, so that a single key too many or too few shows. f16 has no weights below 2^-24: 2^-25 sum |v| more.
- the output is rounded once: u |o|.
- sums in f32: a logit of d products errs by about sqrt(d) 2^-24 of |q| |k| scale, and by 2^-22 of itself in the exponent; twice
  that error times sum p |v| reaches the output. Sums over n keys: sqrt(n) 2^-22 sum p |v|.

The LSE never passes through 16 bits: it is allowed the error of its logits, 2^-22 of itself, and 2^-19.
"""

import itertools
import math
import types

import torch

UNIT = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}
TORCH = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
#: LSE of a query that sees nothing.
LOWEST = -3.4028234663852886e38


def columns(extents, offset, device, dtype=torch.int64):
    """Every position of a box as one flat tensor per axis."""
    ranges = [torch.arange(start, start + extent, device=device, dtype=dtype) for start, extent in zip(offset, extents)]
    return [each.reshape(-1) for each in torch.meshgrid(*ranges, indexing="ij")]


def called(tables):
    """Tables as functions of indices, clamped as kernels clamp them."""

    def function(data):
        def look(*indices):
            held = [i.clamp(0, extent - 1) if torch.is_tensor(i) else i for i, extent in zip(indices, data.shape)]
            return data[tuple(held)]

        return look

    return {name: function(data.double() if data.is_floating_point() else data.long()) for name, data in tables.items()}


def grid_sizes(q, k, at, is_cross):
    """Extents of the whole grids: those given, else as far as the operands reach."""
    reach = {}
    for side, tensor in (("query", q), ("key", k)):
        held = at.get(f"{side}_extent") or tensor.shape[2:-1]
        offset = at.get(f"{side}_offset") or [0] * len(held)
        given = at.get(f"{side}_size") or [0] * len(held)
        reach[side] = [own or start + extent for own, start, extent in zip(given, offset, held)]
    if is_cross:
        return {"q": reach["query"], "k": reach["key"]}
    shared = [max(pair) for pair in zip(reach["query"], reach["key"])]
    return {"q": shared, "k": shared}


def _flat(tensor):
    return tensor.double().reshape(*tensor.shape[:2], -1, tensor.shape[-1])


def truth(pattern, q, k, v, at, dtype):
    """
    Output and LSE in float64, each with its allowance, for dense tensors `[batch, heads, ...axes, dim]`; `at` says where they
    lie, with params and tables.
    """
    device, heads, dim = q.device, q.shape[1], q.shape[-1]
    size = grid_sizes(q, k, at, pattern.is_cross)
    params, tables = at.get("params") or {}, called(at.get("tables") or {})
    axes = len(q.shape) - 3
    qi = [each[:, None] for each in columns(q.shape[2:-1], at.get("query_offset") or [0] * axes, device)]
    ki = [each[None, :] for each in columns(k.shape[2:-1], at.get("key_offset") or [0] * axes, device)]
    seen = pattern.attend(qi, ki, params, size, tables)
    repeat = heads // k.shape[1]
    q64, k64, v64 = _flat(q), _flat(k).repeat_interleave(repeat, 1), _flat(v).repeat_interleave(repeat, 1)
    scale = at.get("scale") or 1 / math.sqrt(dim)
    logits = q64 @ k64.transpose(-1, -2) * scale
    if pattern.score:
        head = torch.arange(heads, device=device)[:, None, None]
        logits = pattern.score(logits, qi, ki, head, params, tables)
    logits = logits.masked_fill(~seen, -math.inf)
    lse = torch.logsumexp(logits, -1)
    blind = ~seen.any(-1)
    weights = torch.exp(logits - lse.masked_fill(blind, 0)[..., None])
    output = weights @ v64

    unit, count = UNIT[dtype], seen.sum(-1).clamp(min=1)
    largest = logits.masked_fill(~seen, 0).abs().amax(-1)
    products = q64.norm(dim=-1) * k64.norm(dim=-1).amax(-1)[..., None] * abs(scale)
    logit = 4 * math.sqrt(dim) * 2.0**-24 * products + 2.0**-22 * largest + 2.0**-20
    sums = weights @ v64.abs()
    allowed = unit * output.abs() + (2 * logit + count.sqrt() * 2.0**-22)[..., None] * sums + 2.0**-40
    if dtype != "f32":
        allowed = allowed + 4 * unit * torch.sqrt((weights**2) @ (v64**2))
    if dtype == "f16":
        allowed = allowed + 2.0**-25 * (1 + seen.double() @ v64.abs())
    allowed_lse = logit + 2.0**-22 * lse.masked_fill(blind, 0).abs() + 2.0**-19
    blind = blind.expand(lse.shape)
    return types.SimpleNamespace(
        output=output.masked_fill(blind[..., None], 0), allowed=allowed,
        lse=lse.masked_fill(blind, LOWEST), allowed_lse=allowed_lse.masked_fill(blind, 0), blind=int(blind.sum()),
    )


def worst(got, want, allowed):
    """The worst element's error as a part of what it is allowed; infinity for a NaN."""
    error = (got.double().reshape(want.shape) - want).abs()
    ratio = torch.where(error <= 0, torch.zeros_like(error), error / allowed.clamp(min=2.0**-60))
    ratio = torch.where(torch.isnan(ratio), torch.full_like(ratio, math.inf), ratio)
    return float(ratio.max())


def norm_error(got, want):
    """Of all elements: |got - want| / |want|."""
    return float((got.double().reshape(want.shape) - want).norm() / want.norm().clamp(min=1e-300))


def sampled(pattern, q, k, v, output, lse, at, dtype, rows):
    """
    The worst error of some queries of a large launch, as parts of what they are allowed: output and LSE. Tensors are dense
    over heads and axes in any order of strides; the grids are those of the operands.
    """
    grid, heads = list(q.shape[2:-1]), q.shape[1]
    size = {"q": grid, "k": list(k.shape[2:-1])}
    keys = columns(size["k"], [0] * len(grid), q.device, torch.int32)
    errors = [0.0, 0.0]
    for row in rows:
        place = []
        for extent in reversed(grid):
            place.insert(0, row % extent)
            row //= extent
        seen = pattern.attend(place, keys, at.get("params") or {}, size, {})
        found = [each[seen].long() for each in keys]
        part_q = q[(slice(None), slice(None), *(slice(at_, at_ + 1) for at_ in place))]
        part_k, part_v = (tensor[(slice(None), slice(None), *found)] for tensor in (k, v))
        whole = types.SimpleNamespace(axes=1, attend=lambda a, b, *_: (a[0] >= 0) & (b[0] >= 0), score=None, is_cross=False)
        want = truth(whole, part_q.reshape(q.shape[0], heads, 1, -1), part_k, part_v, {"scale": at.get("scale")}, dtype)
        here = (slice(None), slice(None), *place)
        errors[0] = max(errors[0], worst(output[here][:, :, None], want.output, want.allowed))
        errors[1] = max(errors[1], worst(lse[here][:, :, None], want.lse, want.allowed_lse))
    return errors


def spread_rows(tokens, count):
    """Tokens from the first to the last one."""
    return sorted({round(i * (tokens - 1) / max(count - 1, 1)) for i in range(count)})


def tables_for(pattern, grid, heads, params, generator, device):
    """Random values of a pattern's tables."""
    made = {}
    for name, tied in pattern.tables.items():
        if tied == "frame":
            made[name] = torch.rand(grid[0], generator=generator, device=device)
        elif tied == "head":
            made[name] = 2.0 ** -torch.arange(1, heads + 1, device=device).float()
        elif tied == "offset":
            made[name] = torch.randn([2 * params["radius"] + 1] * 2, generator=generator, device=device)
        elif tied == "token":
            steps = torch.rand(grid[0], generator=generator, device=device) < 0.1
            made[name] = steps.int().cumsum(0).int()
    return made


def product(extents):
    return list(itertools.accumulate(extents, lambda a, b: a * b, initial=1))[-1]
