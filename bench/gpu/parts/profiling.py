"""One launch of a few kernels under Nsight Compute: what bounds them."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys

from . import abi
from .build import library_of
from .run import HERE

SECTIONS = ("SpeedOfLight", "ComputeWorkloadAnalysis", "MemoryWorkloadAnalysis", "WarpStateStats", "Occupancy", "LaunchStats")
#: Metrics by the name that they are shown under; the first that a device has. Names differ between architectures.
SHOWN = {
    "ms": [r"^gpu__time_duration\.sum$"],
    "tensor pipe %": [r"sm__pipe_tensor_(op_)?\w*cycles_active\.avg\.pct_of_peak_sustained_active", r"sm__inst_executed_pipe_tensor\w*\.\w+\.pct"],
    "SM busy %": [r"^sm__throughput\.avg\.pct"],
    "occupancy %": [r"^sm__warps_active\.avg\.pct_of_peak_sustained_active"],
    "L2 %": [r"^lts__throughput\.avg\.pct", r"^l1tex__m_xbar2l1tex_read_bytes\.sum\.pct"],
    "DRAM %": [r"^dram__throughput\.avg\.pct", r"^gpu__dram_throughput\.avg\.pct"],
    "shared memory %": [r"^l1tex__throughput\.avg\.pct", r"^l1tex__data_pipe\w*\.pct"],
    "registers": [r"^launch__registers_per_thread$"],
}
STALL = re.compile(r"smsp__average_warps?_(?:latency_)?issue_stalled_(\w+?)(?:_per_issue_active)?(?:_not_issued)?\.ratio$")
#: Most telling first: (setting, head dim).
WANTED = (("dense", "128"), ("window", "128"), ("cone", "128"), ("natten", "128"))


def run(run):
    data = {"kernels": [], "leftOut": []}
    run.results.data["profile"] = data
    ncu = shutil.which("ncu") or shutil.which("/usr/local/cuda/bin/ncu")
    if not ncu:
        data["leftOut"].append({"what": "profile", "why": "there is no ncu"})
        run.say("LEFT OUT: there is no ncu")
        return True
    for identity, dim in WANTED[: 1 if run.options.quick else None]:
        setting = next(each for each in run.prepared["settings"] if each["id"] == identity)
        for build in setting["builds"]:
            manifest = json.loads((run.folder / build["folder"] / "manifest.json").read_text())
            for kernel in [each for each in manifest["cuda"] if str(each["headDim"]) == dim]:
                _profile(run, data, ncu, setting, dim, build, kernel)
    return True


def _profile(run, data, ncu, setting, dim, build, kernel):
    what = f"{setting['title']}, {kernel['symbol']}, {build['label']}"
    if run.left() < 15:
        data["leftOut"].append({"what": what, "why": "no time was left"})
        return
    request = {"skip": [], "left": 60, "folder": str(run.folder), "setting": setting["id"], "dim": dim,
               "build": build["folder"], "symbol": kernel["symbol"]}
    command = [ncu, "--csv", "--page", "raw", "--clock-control", "none", "--kernel-name", f"regex:{kernel['symbol']}",
               "--launch-skip", "1", "--launch-count", "1", *(part for name in SECTIONS for part in ("--section", name)),
               sys.executable, str(HERE / "cuda.py"), "profile", "--worker", json.dumps(request)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=min(90, run.left()))
        found = shown(done.stdout)
        data["kernels"].append({"what": what, **found})
        run.say(f"{what}: " + ", ".join(f"{name} {value}" for name, value in found.items()))
    except Exception as error:
        data["leftOut"].append({"what": what, "why": f"{type(error).__name__}: {error}"[:400]})
        run.say(f"LEFT OUT: {what}: {error}"[:500])
    run.results.save()


def shown(text):
    """The numbers that matter, of ncu's raw page: a line of names, a line of units, a line for each launch."""
    start = next((i for i, line in enumerate(text.splitlines()) if line.startswith('"ID"')), None)
    if start is None:
        raise RuntimeError(" | ".join(text.splitlines()[-6:]) or "ncu said nothing")
    rows = list(csv.reader(io.StringIO("\n".join(text.splitlines()[start:]))))
    names, units, values = rows[0], rows[1], rows[2]
    metrics = {name: (value.replace(",", ""), unit) for name, unit, value in zip(names, units, values)}
    found = {}
    for label, wanted in SHOWN.items():
        name = next((name for pattern in wanted for name in metrics if re.search(pattern, name)), None)
        if name:
            value, unit = metrics[name]
            factor = {"nsecond": 1e-6, "ns": 1e-6, "usecond": 1e-3, "us": 1e-3, "second": 1e3, "s": 1e3}.get(unit, 1) if label == "ms" else 1
            found[label] = round(float(value) * factor, 3)
    stalls = {}
    for name, (value, _) in metrics.items():
        match = STALL.search(name)
        if match and value:
            stalls[match.group(1)] = max(stalls.get(match.group(1), 0.0), float(value))
    largest = sorted(stalls.items(), key=lambda each: -each[1])[:5]
    found["stalls"] = ", ".join(f"{name} {value:.2f}" for name, value in largest)
    return found


def work(worker):
    """Launches a kernel three times; ncu looks at the second."""
    import torch

    given = worker.given
    setting = next(each for each in worker.prepared["settings"] if each["id"] == given["setting"])
    heads, dim, name = setting["heads"][given["dim"]], int(given["dim"]), setting["variant"]
    q, k, v = (torch.randn(1, heads, *setting["grid"], dim, dtype=torch.bfloat16, device="cuda") for _ in range(3))
    output, lse = torch.empty_like(q), torch.empty(q.shape[:-1], device="cuda")
    library = abi.Library(library_of(worker.folder, given["build"]), (worker.folder / given["build"] / f"{name}.h").read_text(), name)
    for _ in range(3):
        args = abi.arguments(library, "bf16", q, k, v, output, lse, {})
        status, message = abi.call(library.forward(given["symbol"]), args, torch.cuda.current_stream().cuda_stream)
        torch.cuda.synchronize()
        if status != abi.OK:
            raise RuntimeError(message)
