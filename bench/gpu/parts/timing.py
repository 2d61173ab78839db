"""mscc, FlexAttention and dense SDPA on the same tensors in the same run, in rounds in which each has its turn."""

import gc
import re
import statistics

from . import abi, check, patterns
from .build import QUICK_SETTINGS, library_of

#: Compiling FlexAttention takes long.
PATIENCE = 150
ROUNDS = (5, 25)


def run(run):
    data = {"settings": [], "masks": [], "faults": [], "leftOut": []}
    run.results.data["time"] = data

    def note(record):
        kind = record.pop("kind")
        if kind == "setting":
            data["settings"].append(record)
            run.say(line(record))
        elif kind == "mask":
            data["masks"].append(record)
            run.say(f"create_block_mask, {record['setting']}, {record['order']}: first {record['first']:.1f} s, then {1000 * record['second']:.1f} ms")
        elif kind == "machine":
            data["machine"] = record
        elif kind == "left out":
            data["leftOut"].append(record)
            run.say(f"LEFT OUT: {record['what']}: {record['why']}")
        else:
            data["faults"].append(record)
            run.say(f"FAILED: {record['what']}: {record['why']}")
        run.results.save()

    wrong = [] if run.options.force else [
        kernel["symbol"] for setting in run.prepared["settings"] for build in setting["builds"] for kernel in build["kernels"]
        if not check.passed_check(run.results, kernel["symbol"])]
    run.supervise("time", note, PATIENCE, extra={"wrong": wrong})
    return not data["faults"]


def line(record):
    """One setting in one line, for the log."""
    parts = [f"{each['kind']} {each['name']} {each['ms']:.3g} ms" for each in record["contenders"] if "ms" in each]
    return f"{record['title']}, head dim {record['headDim']}: " + "; ".join(parts)


class Clock:
    """Times calls by events of the device, each after the cache was flushed and while the device is kept busy."""

    def __init__(self, torch, device):
        self.torch = torch
        # Larger than any cache.
        self.flush = torch.empty(2**28, dtype=torch.uint8, device=device)

    def once(self, call):
        """Milliseconds of one call, as a function that waits for it."""
        start, end = (self.torch.cuda.Event(enable_timing=True) for _ in range(2))
        self.flush.zero_()
        # About 2 ms of waiting, in which the host can start what it has to start.
        self.torch.cuda._sleep(4_000_000)
        start.record()
        call()
        end.record()

        def milliseconds():
            end.synchronize()
            return start.elapsed_time(end)

        return milliseconds

    def median(self, call, count=5):
        call()
        return statistics.median(self.once(call)() for _ in range(count))


def work(worker):
    import torch
    import torch._dynamo

    device = torch.device("cuda")
    torch.manual_seed(worker.options.seed)
    for limit in ("recompile_limit", "cache_size_limit", "accumulated_recompile_limit", "accumulated_cache_size_limit"):
        # Every mask is compiled anew; beyond the limit FlexAttention would run uncompiled.
        if hasattr(torch._dynamo.config, limit):
            setattr(torch._dynamo.config, limit, 4096)
    properties = torch.cuda.get_device_properties(device)
    worker.tell("machine", name=properties.name, torch=torch.__version__, cuda=torch.version.cuda,
                multiprocessors=properties.multi_processor_count, memory=properties.total_memory)
    clock = Clock(torch, device)
    found = {}
    for setting, dim in _wanted(worker):
        unit = f"{setting['id']} head dim {dim}"
        if unit in worker.skip:
            continue
        if worker.left() < 20:
            worker.tell("left out", what=unit, why="no time was left")
            continue
        worker.start(unit)
        try:
            _time_setting(torch, worker, clock, setting, dim, device, found)
        except Exception as error:
            worker.tell("fault", what=unit, why=f"{type(error).__name__}: {error}"[:600])
            if "CUDA error" in str(error):
                raise SystemExit(3) from error
        worker.finish(unit)
        worker.tell("completed", what=unit)
        gc.collect()
        torch.cuda.empty_cache()
    _time_masks(torch, worker, found, device)


def _wanted(worker):
    """Settings with head dims: all of 128 first."""
    pairs = [(setting, dim) for dim in ("128", "64") for setting in worker.prepared["settings"] if dim in setting["heads"]]
    if worker.options.only:
        pairs = [each for each in pairs if re.search(worker.options.only, f"settings/{each[0]['id']}")]
    if worker.options.quick:
        pairs = [each for each in pairs if each[1] == "128"][:QUICK_SETTINGS]
    return pairs


def _own(torch, worker, setting, dim, q, k, v):
    """mscc's kernels for a setting: each build, each architecture."""
    from . import peers

    found = []
    hopper = torch.cuda.get_device_capability() == (9, 0)
    for build in setting["builds"]:
        folder = build["folder"]
        name = setting["variant"]
        library = abi.Library(library_of(worker.folder, folder), (worker.folder / folder / f"{name}.h").read_text(), name)
        counts = {each["symbol"]: each for each in build["kernels"]}
        for kernel in worker.manifest(folder)["cuda"]:
            symbol = kernel["symbol"]
            if str(kernel["headDim"]) != dim or (kernel["architecture"] == "sm_90a" and not hopper):
                continue
            if symbol in worker.given["wrong"]:
                worker.tell("left out", what=f"{setting['id']}: {symbol}", why="it failed its check")
                continue
            forward, at = library.forward(symbol), {}

            def call(forward=forward, library=library, at=at):
                output, lse = torch.empty_like(q), torch.empty(q.shape[:-1], device=q.device)
                args = abi.arguments(library, "bf16", q, k, v, output, lse, at)
                status, message = abi.call(forward, args, torch.cuda.current_stream().cuda_stream)
                if status != abi.OK:
                    raise RuntimeError(f"{abi.STATUS[status]}: {message}")
                return output, lse

            label = kernel["architecture"] if build["label"] == "chosen" else f"{kernel['architecture']} {build['label']}"
            tiles = {"queryTile": kernel["queryTile"], "keyTile": kernel["keyTile"]}
            found.append(peers.Contender("mscc", label, call, visited=counts[symbol]["visited"], symbol=symbol, **tiles))
    return found


def _checked(torch, contender, setting, q, k, v, truth):
    """Warms a contender up: its first output against a few rows in float64, or the output of one that was so compared."""
    from . import reference

    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    made = contender.call()
    torch.cuda.synchronize()
    contender.facts["peakBytes"] = torch.cuda.max_memory_allocated() - before
    if contender.kind == "mscc":
        rows = reference.spread_rows(reference.product(setting["grid"]), 12)
        pattern = patterns.PATTERNS[setting["variant"]]
        errors = reference.sampled(pattern, q, k, v, *made, {"params": setting["params"]}, "bf16", rows)
        contender.facts["error"] = max(errors)
        if not max(errors) <= 1:
            raise RuntimeError(f"wrong: output {errors[0]:.3g}, LSE {errors[1]:.3g} of what is allowed")
        truth.setdefault("output", made[0])
    elif contender.kind.startswith("flex") or (contender.kind == "sdpa" and setting["id"] == "dense"):
        if "output" in truth:
            contender.facts["error"] = reference.norm_error(contender.undo(made), truth["output"].double())
            if not contender.facts["error"] < 0.02:
                raise RuntimeError(f"another result than mscc's: {contender.facts['error']:.3g} of its norm")


def _time_setting(torch, worker, clock, setting, dim, device, found):
    from . import peers

    torch.compiler.reset()
    heads = setting["heads"][dim]
    q, k, v = (torch.randn(1, heads, *setting["grid"], int(dim), dtype=torch.bfloat16, device=device) for _ in range(3))
    contenders, absent, truth = [], [], {}

    def warm(make, name):
        """Adds a contender that runs; says of one that does not why."""
        try:
            contender = make()
            _checked(torch, contender, setting, q, k, v, truth)
            contender.estimate = clock.median(contender.call, 2)
            return contender
        except torch.cuda.OutOfMemoryError:
            absent.append({"name": name, "why": "out of memory"})
        except Exception as error:
            text = f"{type(error).__name__}: {error}"[:300]
            if "CUDA error" in text:
                raise
            absent.append({"name": name, "why": text})
            if name.startswith("mscc"):
                worker.tell("fault", what=f"{setting['id']} head dim {dim}: {name}", why=text)
        torch.cuda.empty_cache()
        return None

    for own in _own(torch, worker, setting, dim, q, k, v):
        contenders.append(warm(lambda own=own: own, f"mscc {own.name}"))
    for peer in peers.sdpa(q, k, v, setting["grid"]):
        contenders.append(warm(lambda peer=peer: peer, f"sdpa {peer.name}"))
    contenders.append(warm(lambda: peers.matmul(device), "matmul"))
    for permuted in (False, True) if setting["permuted"] else (False,):
        contenders.append(_best_flex(worker, setting, permuted, (q, k, v), warm, absent, found))
    contenders = [each for each in contenders if each is not None]
    _rounds(worker, clock, contenders)
    facts = [{"kind": each.kind, "name": each.name, **_times(each), **_plain(each.facts)} for each in contenders]
    permuted = next((each for each in contenders if each.kind == "flex permuted"), None)
    permutation = peers.time_permutation(permuted.facts["order"], q, clock.median) if permuted else None
    useful = setting["builds"][0]["kernels"][0]["useful"]
    worker.tell("setting", id=setting["id"], title=setting["title"], grid=setting["grid"], headDim=int(dim), heads=heads,
                useful=useful, contenders=facts, absent=absent, permutation=permutation)


def _best_flex(worker, setting, permuted, tensors, warm, absent, found):
    """The fastest of the candidates in one order. What was best with another head dim is tried alone."""
    from . import peers

    pattern = patterns.PATTERNS[setting["variant"]]
    key = (setting["id"], permuted)
    best = None
    candidates = [found[key]] if key in found else peers.flex_candidates(setting, permuted)
    for order, block, options in candidates[: 1 if worker.options.quick else None]:
        name = f"flex {order.name}, blocks of {block[0]} x {block[1]}"
        if worker.left() < 25:
            absent.append({"name": name, "why": "no time was left"})
            continue
        worker.start(f"{setting['id']} head dim {tensors[0].shape[-1]}")

        def make(order=order, block=block, options=options):
            return peers.flex_candidate(setting, pattern, order, block, options, tensors, worker.options.flex_autotune)

        made = warm(make, name)
        if made and (best is None or made.estimate < best.estimate):
            if best:
                absent.append({"name": f"flex {best.name}", "why": f"slower: {best.estimate:.3g} ms"})
            best, found[key] = made, (order, block, options)
        elif made:
            absent.append({"name": f"flex {made.name}", "why": f"slower: {made.estimate:.3g} ms"})
    return best


def _rounds(worker, clock, contenders):
    """Rounds until about a second and a half per contender are used, in which those that take long have fewer turns."""
    seconds = 0.5 if worker.options.quick else 1.5
    for each in contenders:
        each.turns = max(ROUNDS[0], min(ROUNDS[1], int(1000 * seconds / (each.estimate + 2.5))))
    for turn in range(max(each.turns for each in contenders)):
        waiting = [(each, clock.once(each.call)) for each in contenders if turn < each.turns]
        for each, milliseconds in waiting:
            each.times.append(milliseconds())


def _times(contender):
    return {"ms": statistics.median(contender.times), "least": min(contender.times), "most": max(contender.times),
            "rounds": len(contender.times)}


def _plain(facts):
    return {name: value for name, value in facts.items() if isinstance(value, (int, float, str, list, tuple))}


def _time_masks(torch, worker, found, device):
    """create_block_mask for the best block of each order, while time is left."""
    from . import peers

    for (identity, _), (order, block, _) in found.items():
        setting = next(each for each in worker.prepared["settings"] if each["id"] == identity)
        unit = f"create_block_mask {identity} {order.name}"
        if identity == "dense" or unit in worker.skip:
            continue
        if worker.left() < 25 or worker.options.quick:
            worker.tell("left out", what=unit, why="no time was left")
            continue
        worker.start(unit)
        try:
            pattern = patterns.PATTERNS[setting["variant"]]
            worker.tell("mask", setting=setting["title"], **peers.time_mask(setting, pattern, order, block, device))
        except Exception as error:
            worker.tell("left out", what=unit, why=f"{type(error).__name__}: {error}"[:300])
        worker.finish(unit)
        torch.cuda.empty_cache()
