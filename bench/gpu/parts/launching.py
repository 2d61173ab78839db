"""Launches of single kernels on tensors, and their comparison with the truth."""

import math

import torch

from . import abi, cases, layouts, patterns, reference
from .build import library_of

#: Failures of one kernel that are told.
TOLD = 4


def _slots(values, at):
    """Keys or values in a ring of slots; slots that hold none are poison."""
    if "slots" not in at:
        return values
    held = torch.full((*values.shape[:2], *at["slots"], values.shape[-1]), math.nan, dtype=values.dtype, device=values.device)
    indices = []
    for extent, slots, offset in zip(values.shape[2:-1], at["slots"], at["key_offset"]):
        indices.append((torch.arange(extent, device=values.device) + offset) % slots)
    mesh = torch.meshgrid(*indices, indexing="ij")
    held[(slice(None), slice(None), *mesh)] = values
    return held


class Inputs:
    """Fresh random operands of a case, in its layouts, with the truth about them."""

    def __init__(self, pattern, case, params, dtype, dims, device):
        head_dim, value_dim = dims
        kind = reference.TORCH[dtype]

        def draw(heads, extent, dim):
            return torch.randn(case.batch, heads, *extent, dim, device=device).to(kind)

        q = draw(case.heads, case.extent, head_dim)
        k, v = (draw(case.key_heads, case.key_extent, dim) for dim in (head_dim, value_dim))
        if case.layout == "shared batch":
            q, k, v = (each[:1].expand(case.batch, *each.shape[1:]) for each in (q, k, v))
        self.at = {**case.at, "params": params}
        size = reference.grid_sizes(q, k, self.at, pattern.is_cross)["q"]
        generator = torch.Generator(device=device).manual_seed(int(torch.randint(2**31, ())))
        self.at["tables"] = reference.tables_for(pattern, size, case.heads, params, generator, device)
        self.truth = reference.truth(pattern, q, k, v, self.at, dtype)
        self.plain = reference.norm_error(_plainly(q, k, v, pattern, self.at), self.truth.output)
        if "slots" in case.at:
            self.at["key_extent"] = list(case.key_extent)
        self.q = layouts.filled(q, case.layout).view
        self.k, self.v = (layouts.filled(_slots(each, case.at), case.layout).view for each in (k, v))
        self.output_shape = (*q.shape[:-1], value_dim)


def _plainly(q, k, v, pattern, at):
    """The same in the dtype of the operands, without any care: what a kernel's error stands beside. Only of plain logits."""
    if pattern.score or q.dtype == torch.float32:
        return reference.truth(pattern, q, k, v, at, "f32").output
    dim, repeat = q.shape[-1], q.shape[1] // k.shape[1]
    axes = len(q.shape) - 3
    size = reference.grid_sizes(q, k, at, pattern.is_cross)
    qi = [each[:, None] for each in reference.columns(q.shape[2:-1], at.get("query_offset") or [0] * axes, q.device)]
    ki = [each[None] for each in reference.columns(k.shape[2:-1], at.get("key_offset") or [0] * axes, q.device)]
    seen = pattern.attend(qi, ki, at["params"], size, reference.called(at["tables"]))
    flat = [each.reshape(*each.shape[:2], -1, each.shape[-1]) for each in (q, k, v)]
    keys, values = (each.repeat_interleave(repeat, 1) for each in flat[1:])
    logits = (flat[0] @ keys.transpose(-1, -2)) * (at.get("scale") or 1 / math.sqrt(dim))
    weights = torch.softmax(logits.masked_fill(~seen, -math.inf), -1).nan_to_num(0)
    return weights @ values


def _must_fit(kernel, case):
    """Whether a kernel of sm_90a has no reason to refuse a case."""
    bytes_ = 4 if kernel["dtype"] == "f32" else 2
    rings = any(turns and tile > 1 for turns, tile in zip(case.at.get("ring") or [], kernel["keyTile"]))
    is_whole = kernel["headDim"] * bytes_ % 16 == 0 and kernel["valueDim"] * bytes_ % 16 == 0
    return case.layout in layouts.MAPPED and is_whole and not rings


def _launch(library, symbol, dtype, inputs, case):
    """Runs one kernel into poisoned memory; what is wrong with what it wrote, or its status and message."""
    device = inputs.q.device
    output = layouts.Place(inputs.output_shape, case.output_layout, inputs.q.dtype, device)
    lse_layout = {"transposed": "dense", "padded rows": "sliced"}.get(case.output_layout, case.output_layout)
    # An LSE has no dim: one is added for the layout and dropped again.
    lse = layouts.Place((*inputs.output_shape[:-1], 1), lse_layout, torch.float32, device)
    args = abi.arguments(library, dtype, inputs.q, inputs.k, inputs.v, output.view, lse.view[..., 0], inputs.at)
    status, message = abi.call(library.forward(symbol), args, torch.cuda.current_stream().cuda_stream)
    torch.cuda.synchronize()
    if status != abi.OK:
        return status, message, None
    truth = inputs.truth
    errors = (
        reference.worst(output.view, truth.output, truth.allowed),
        reference.worst(lse.view[..., 0], truth.lse, truth.allowed_lse),
        reference.norm_error(output.view, truth.output),
    )
    stray = [name for name, place in (("output", output), ("lse", lse)) if not place.untouched()]
    return status, f"wrote outside {' and '.join(stray)}" if stray else "", errors


def _judge(tally, case, status, message, errors, must_fit):
    """Notes one launch."""
    if status == abi.UNFIT and not must_fit:
        tally.unfit.append(f"{case.name}: {message}")
        return
    if status != abi.OK:
        tally.failed.append(f"{case.name}: {abi.STATUS[status] if status < 5 else status}: {message}")
        return
    output, lse, norm = errors
    if message or not (output <= 1 and lse <= 1):
        tally.failed.append(f"{case.name}: output {output:.3g}, LSE {lse:.3g} of what is allowed{'; ' if message else ''}{message}")
        return
    tally.passed += 1
    tally.norm = max(tally.norm, norm)
    if output > tally.worst:
        tally.worst, tally.where = output, case.name
    tally.worst_lse = max(tally.worst_lse, lse)


def check_group(worker, library, entry, tallies, device, few):
    """All cases, on inputs that the kernels of one dtype and of the same dims share."""
    if not tallies:
        return
    pattern = patterns.PATTERNS[entry["name"]]
    kernel = tallies[0].kernel
    dims = (kernel["headDim"], kernel["valueDim"])
    tiles = list(dict.fromkeys(tuple(each.kernel["queryTile"]) for each in tallies))
    done = 0
    for i, params in enumerate(entry["params"]):
        for case in cases.cases_for(pattern, tiles, params, worker.options.quick, few or i > 0):
            if worker.left() < 2:
                worker.tell("left out", what=f"{entry['name']} {kernel['dtype']}: {case.name} and on", why="no time was left")
                return
            try:
                inputs = Inputs(pattern, case, params, kernel["dtype"], dims, device)
            except Exception as error:
                worker.tell("fault", what=f"truth of {entry['name']}, {case.name}", why=f"{type(error).__name__}: {error}"[:400])
                continue
            for tally in tallies:
                _check_case(worker, library, tally, case, inputs)
            done += 1
    if done == 0:
        worker.tell("left out", what=f"{entry['name']} {kernel['dtype']}", why="no case could be drawn")


def _check_case(worker, library, tally, case, inputs):
    unit = f"{tally.folder} {tally.symbol}"
    worker.start(unit)
    architecture, dtype = tally.kernel["architecture"], tally.kernel["dtype"]
    try:
        status, message, errors = _launch(library, tally.symbol, dtype, inputs, case)
        must_fit = architecture == "sm_80" or _must_fit(tally.kernel, case)
        _judge(tally, case, status, message, errors, must_fit)
        if status == abi.UNFIT and not must_fit:
            # What a kernel cannot take, the variant's own function gives to another.
            status, message, errors = _launch(library, None, dtype, inputs, case)
            _judge(tally, case, status, message, errors, True)
        tally.plain = max(tally.plain, inputs.plain)
        tally.blind += inputs.truth.blind
    except Exception as error:
        tally.failed.append(f"{case.name}: {type(error).__name__}: {error}"[:400])
        if "CUDA error" in str(error) or "AcceleratorError" in type(error).__name__:
            # Nothing else can run in this process.
            worker.tell("kernel", **tally.told())
            raise SystemExit(3) from error
    del tally.failed[TOLD:]
    worker.finish(unit)


#: 16.9 million tokens with 128 elements each: 2^31 elements are exceeded.
LARGE = (4, 2056, 2056)


def check_large(worker, device):
    """Offsets beyond 2^31 elements: one window over many tokens, a few queries compared, the last ones among them."""
    entry = next((each for each in worker.prepared["variants"] if each["name"] == "localWindow"), None)
    folder = next((each for each in (entry or {"folders": []})["folders"] if each.startswith("wide")), None)
    if not folder or worker.left() < 15:
        return worker.tell("left out", what="2^31 elements", why="no time was left, or no kernels with head dim 128")
    library = abi.Library(library_of(worker.folder, folder), (worker.folder / folder / "localWindow.h").read_text(), "localWindow")
    pattern, at = patterns.PATTERNS["localWindow"], {"params": {"frames": 2, "radius": 2}}
    for kernel in worker.manifest(folder)["cuda"]:
        tally = Tallied(folder, kernel)
        unit = f"{folder} {kernel['symbol']} on 2^31 elements"
        if unit in worker.skip:
            continue
        worker.start(unit)
        try:
            # Tokens first, one head: element 2^31 lies within each operand.
            q, k, v = (torch.randn(1, 1, *LARGE, 128, dtype=torch.bfloat16, device=device) for _ in range(3))
            output = torch.full_like(q, math.nan)
            lse = torch.full(q.shape[:-1], math.nan, device=device)
            args = abi.arguments(library, "bf16", q, k, v, output, lse, at)
            status, message = abi.call(library.forward(kernel["symbol"]), args, torch.cuda.current_stream().cuda_stream)
            torch.cuda.synchronize()
            if status == abi.OK:
                tokens = reference.product(LARGE)
                errors = reference.sampled(pattern, q, k, v, output, lse, at, "bf16", reference.spread_rows(tokens, 24))
                if bool(torch.isnan(lse).any()):
                    errors[1] = math.inf
                tally.note(*errors)
            else:
                tally.failed.append(f"{abi.STATUS[status]}: {message}")
            del q, k, v, output, lse
        except torch.cuda.OutOfMemoryError as error:
            worker.tell("left out", what=unit, why=str(error)[:200])
        worker.finish(unit)
        worker.tell("kernel", **tally.told())
        worker.tell("completed", what=unit)


class Tallied:
    """The tally of one large launch."""

    def __init__(self, folder, kernel):
        self.folder, self.symbol = folder, f"{kernel['symbol']} on 2^31 elements"
        self.failed, self.passed, self.worst = [], 0, 0.0

    def note(self, output, lse):
        self.worst = max(output, lse)
        if self.worst <= 1:
            self.passed += 1
        else:
            self.failed.append(f"output {output:.3g}, LSE {lse:.3g} of what is allowed")

    def told(self):
        worst = self.worst if math.isfinite(self.worst) else 1e300
        return {"folder": self.folder, "symbol": self.symbol, "passed": self.passed, "failed": self.failed, "unfit": [],
                "blind": 0, "worst": worst, "where": "", "worstLse": 0, "norm": 0, "plain": 0}
