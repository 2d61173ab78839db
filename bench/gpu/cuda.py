#!/usr/bin/env python3
"""Builds, checks and times mscc's CUDA kernels on a machine with an NVIDIA GPU: see README.md. Needs PyTorch and nvcc."""

import argparse
import datetime
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from parts import build, check, opcheck, profiling, report, sanitize, timing
from parts.run import HERE, Results, Run, Worker, prepared_folder

#: In order, with the seconds that each may take of a whole run; in a quick one a quarter.
PARTS = {
    "build": (build, 150),
    "check": (check, 110),
    "sanitize": (sanitize, 90),
    "opcheck": (opcheck, 60),
    "time": (timing, 250),
    "profile": (profiling, 45),
}


def options_of(argv):
    parser = argparse.ArgumentParser(description=__doc__, epilog="Without names of parts, all run in order.")
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="about two minutes: few kernels, few cases, few settings")
    parser.add_argument("--budget", type=float, help="seconds for everything (570, quick 120)")
    parser.add_argument("--only", help="a regular expression: folders of kernels to build and check, settings to time")
    parser.add_argument("--prepared", help="the folder that prepare.js wrote")
    parser.add_argument("--results", help="where the report goes; bench/results of a checkout, else beside this file")
    parser.add_argument("--capability", help="compile for this compute capability, such as 9.0, where there is no GPU")
    parser.add_argument("--seed", type=int, help="of random inputs; by default another one each time")
    parser.add_argument("--force", action="store_true", help="also time kernels that failed their check")
    parser.add_argument("--flex-autotune", action="store_true", help="let torch.compile search for FlexAttention (slow)")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    unknown = [each for each in options.parts if each not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    options.budget = options.budget or (120 if options.quick else 570)
    options.seed = int(time.time()) % 1_000_000 if options.seed is None else options.seed
    return options


def device_name(options):
    """As nvidia-smi says, or the capability that is compiled for."""
    try:
        query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        return subprocess.run(query, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return f"compute capability {options.capability}" if options.capability else "no device"


def results_folder(options):
    if options.results:
        return Path(options.results)
    checkout = HERE.parent.parent / "bench" / "results"
    return checkout if checkout.exists() else HERE / "results"


def main(argv):
    options = options_of(argv)
    if options.worker:
        PARTS[options.parts[0]][0].work(Worker(options))
        return 0
    device = device_name(options)
    slug = re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-")
    prepared = prepared_folder(options.prepared)
    results = Results(results_folder(options), f"{'quick.' if options.quick else ''}cuda-{slug}", report.markdown)
    run = Run(prepared, results, options)
    date = datetime.date.today().isoformat()
    results.data["head"] = {"device": device, "date": date, "seed": options.seed, "mscc": run.prepared["mscc"]}
    print(f"{device}; seed {options.seed}; kernels in {prepared}", flush=True)
    failed = run_parts(run, options)
    results.save()
    print("\n" + report.markdown(results.data))
    for path in results.files():
        print(f"written: {path}")
    print(f"failed: {', '.join(failed)}" if failed else "all parts passed")
    return 1 if failed else 0


def run_parts(run, options):
    """Runs the parts; one that fails leaves the others. Gives the names of those that failed."""
    failed = []
    names = options.parts or list(PARTS)
    for name in PARTS:
        if name not in names:
            continue
        part, seconds = PARTS[name]
        share = run.end - time.monotonic() if len(names) == 1 else seconds / (4 if options.quick else 1)
        run.part_end = time.monotonic() + share
        print(f"\n== {name}", flush=True)
        start = time.monotonic()
        try:
            passed = part.run(run)
        except Exception as error:
            passed = False
            run.results.data.setdefault(name, {}).setdefault("faults", []).append(
                {"what": name, "why": f"{type(error).__name__}: {error}"})
            print(f"FAILED: {name}: {type(error).__name__}: {error}", flush=True)
        run.results.data.setdefault("seconds", {})[name] = round(time.monotonic() - start, 1)
        run.results.save()
        if passed is False:
            failed.append(name)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
