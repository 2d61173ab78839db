"""Small launches under compute-sanitizer: memcheck, racecheck, synccheck, initcheck."""

import re
import shutil

from . import abi, patterns
from .build import library_of

#: In order; memory first.
TOOLS = ("memcheck", "racecheck", "synccheck", "initcheck")
#: Seconds without a word: instrumented kernels are slow to load.
PATIENCE = 90
#: With these, beyond memcheck: the kinds of masks and of changed logits.
FEW = ("lightCone", "iFramesWindow", "relativeBias", "stridedFrames", "documentMask")


def run(run):
    """One run per tool. Every finding is told with the kernel that was running."""
    data = {"tools": {}, "faults": [], "leftOut": []}
    run.results.data["sanitize"] = data
    tool_path = shutil.which("compute-sanitizer") or shutil.which("/usr/local/cuda/bin/compute-sanitizer")
    if not tool_path:
        data["leftOut"].append({"what": "sanitize", "why": "there is no compute-sanitizer"})
        run.say("LEFT OUT: there is no compute-sanitizer")
        return True
    for i, tool in enumerate(TOOLS):
        _run_tool(run, data, tool, tool_path, run.left() / (len(TOOLS) - i))
    return not data["faults"] and not any(each["findings"] for each in data["tools"].values())


def _run_tool(run, data, tool, path, seconds):
    found = {"launches": 0, "kernels": [], "findings": [], "summary": ""}
    data["tools"][tool] = found

    def note(record):
        kind = record.pop("kind")
        if kind == "launched":
            found["launches"] += 1
            if record["what"] not in found["kernels"]:
                found["kernels"].append(record["what"])
        elif kind == "left out":
            data["leftOut"].append({**record, "what": f"{tool}: {record['what']}"})
        else:
            data["faults"].append({**record, "what": f"{tool}: {record['what']}"})
            run.say(f"FAILED: {tool}: {record['what']}: {record['why'][-500:]}")
        run.results.save()

    def line(text, open_unit):
        if not text.startswith("========="):
            return
        said = text.strip("= ")
        if "SUMMARY" in said:
            found["summary"] = said
        elif re.match(r"(Invalid|Race|Error|Warning|Uninitialized|Barrier|Program hit|Potential|Host|Device)", said):
            if len(found["findings"]) < 40:
                found["findings"].append({"what": open_unit or "outside launches", "why": said})

    command = [path, "--tool", tool, "--error-exitcode", "99", "--print-limit", "20"]
    if tool == "memcheck":
        command += ["--padding", "128"]
    outer, run.part_end = run.part_end, min(run.part_end, run.part_end - run.left() + seconds)
    run.supervise("sanitize", note, PATIENCE, prefix=command, extra={"tool": tool}, on_line=line,
                  environment={"PYTORCH_NO_CUDA_MEMORY_CACHING": "1", "CUDA_MODULE_LOADING": "LAZY"})
    run.part_end = outer
    run.say(f"{tool}: {found['launches']} launches of {len(found['kernels'])} kernels, {len(found['findings'])} findings; {found['summary']}")
    for finding in found["findings"][:5]:
        run.say(f"  {finding['what']}: {finding['why']}")


def _launches(worker):
    """Entries of prepared.json with the kernels to launch: memcheck all, the others a few."""
    tool = worker.given["tool"]
    entries = [e for e in worker.prepared["variants"] if tool == "memcheck" or e["name"] in FEW]
    entries.sort(key=lambda each: FEW.index(each["name"]) if each["name"] in FEW else len(FEW))
    for entry in entries[: 2 if worker.options.quick else None]:
        # Of odd dims only where rows are no whole number of anything.
        for folder in [each for each in entry["folders"] if not each.startswith("wide")]:
            if worker.options.only and not re.search(worker.options.only, folder):
                continue
            kernels = worker.manifest(folder)["cuda"]
            if folder.startswith("dims"):
                kernels = [each for each in kernels if each["headDim"] in (80, 256)]
            yield folder, entry, [each for each in kernels if each["dtype"] != "f16"]


def work(worker):
    """
    Operands are made on the CPU and copied: no kernel of PyTorch runs, so that every finding is ours. Each tensor has an
    allocation of its own, which ends where the tensor does.
    """
    import torch

    is_hopper = torch.cuda.get_device_capability() == (9, 0)
    torch.manual_seed(worker.options.seed)
    for folder, entry, kernels in _launches(worker):
        library = abi.Library(library_of(worker.folder, folder), (worker.folder / folder / f"{entry['name']}.h").read_text(), entry["name"])
        for kernel in kernels:
            unit = f"{folder} {kernel['symbol']}"
            if unit in worker.skip or (kernel["architecture"] == "sm_90a" and not is_hopper):
                continue
            if worker.left() < 5:
                worker.tell("left out", what=unit, why="no time was left")
                return
            worker.start(unit)
            for extent, at in _small(patterns.PATTERNS[entry["name"]], entry["params"][0]):
                if _launch(torch, library, kernel, entry, extent, at):
                    worker.tell("launched", what=unit)
            worker.finish(unit)
            worker.tell("completed", what=unit)


def _small(pattern, params):
    """Extents of queries and keys, and what else a launch is given: ragged tiles, and a ring."""
    ragged = {1: [150], 2: [9, 19], 3: [2, 9, 19]}[pattern.axes]
    if pattern.is_cross:
        yield (ragged, [ragged[0], *(-(-n // params["r"]) for n in ragged[1:])]), {}
        return
    yield (ragged, ragged), {}
    if pattern.axes == 3:
        whole = [6, 5, 9]
        yield ([2, 5, 9], [5, 5, 9]), {"query_offset": [4, 0, 0], "key_offset": [2, 0, 0], "query_size": whole,
                                       "key_size": whole, "key_extent": [4, 5, 9], "ring": [1, 0, 0]}


def _launch(torch, library, kernel, entry, extents, at):
    from . import reference

    pattern, params, heads = patterns.PATTERNS[entry["name"]], entry["params"][0], 2
    kind = reference.TORCH[kernel["dtype"]]

    def draw(extent, dim):
        return torch.randn(1, heads, *extent, dim).to(kind).cuda()

    q, k, v = draw(extents[0], kernel["headDim"]), draw(extents[1], kernel["headDim"]), draw(extents[1], kernel["valueDim"])
    output = torch.empty((*q.shape[:-1], v.shape[-1]), dtype=kind, device="cuda")
    lse = torch.empty(q.shape[:-1], device="cuda")
    size = at.get("query_size") or extents[0]
    tables = reference.tables_for(pattern, size, heads, params, torch.Generator(), torch.device("cpu"))
    given = {**at, "params": params, "tables": {name: table.cuda() for name, table in tables.items()}}
    args = abi.arguments(library, kernel["dtype"], q, k, v, output, lse, given)
    status, message = abi.call(library.forward(kernel["symbol"]), args, torch.cuda.current_stream().cuda_stream)
    torch.cuda.synchronize()
    if status not in (abi.OK, abi.UNFIT):
        raise RuntimeError(f"{kernel['symbol']}: {abi.STATUS[status]}: {message}")
    if status == abi.OK and not bool(torch.isfinite(output.cpu().float()).all()):
        raise RuntimeError(f"{kernel['symbol']}: the output is not finite")
    return status == abi.OK
