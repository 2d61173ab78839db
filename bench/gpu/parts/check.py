"""Every variant, dtype, architecture and head dim against float64, over adversarial launches; then tensors beyond 2^31 elements."""

import math

from . import abi, patterns
from .build import library_of, wanted

#: Seconds without a word after which a kernel is taken to hang.
PATIENCE = 15
#: So many kernels of an architecture may hang or crash before the others of it are left out.
PATIENCE_WITH_ARCHITECTURE = 3


def run(run):
    """Collects what workers say of each kernel."""
    data = {"counts": patterns.miscounted(run.prepared["variants"]), "kernels": [], "faults": [], "leftOut": []}
    run.results.data["check"] = data
    for fault in data["counts"]:
        run.say(f"FAILED: {fault}")

    def note(record):
        kind = record.pop("kind")
        if kind == "kernel":
            data["kernels"].append(record)
            failed = f"; FAILED {len(record['failed'])}: {record['failed'][0]}" if record["failed"] else ""
            run.say(f"{record['folder']} {record['symbol']}: {record['passed']} passed, worst {record['worst']:.2f} of what is "
                    f"allowed, {len(record['unfit'])} unfit{failed}")
        elif kind == "left out":
            data["leftOut"].append(record)
            run.say(f"LEFT OUT: {record['what']}: {record['why']}")
        else:
            data["faults"].append(record)
            run.say(f"FAILED: {record['what']}: {record['why']}")
            for suffix in ("_sm90a", "_sm80"):
                dead = [each for each in data["faults"] if each["what"].endswith(suffix)]
                if len(dead) >= PATIENCE_WITH_ARCHITECTURE and suffix not in more["given_up"]:
                    more["given_up"].append(suffix)
                    note({"kind": "left out", "what": f"kernels {suffix[1:]}", "why": "too many of them hang or crash"})
        run.results.save()

    more = {"given_up": []}
    run.supervise("check", note, PATIENCE, extra=more)
    failed = [each for each in data["kernels"] if each["failed"]]
    passed = sum(each["passed"] for each in data["kernels"])
    run.say(f"check: {len(data['kernels'])} kernels, {passed} launches right, {len(failed)} kernels wrong, {len(data['faults'])} faults")
    return not (failed or data["faults"] or data["counts"])


def passed_check(results, symbol):
    """Whether nothing speaks against timing a kernel."""
    check = results.data.get("check", {})
    bad = {each["symbol"] for each in check.get("kernels", []) if each["failed"]}
    return symbol not in bad and not any(symbol in each["what"] for each in check.get("faults", []))


class Tally:
    """What is known of one kernel."""

    def __init__(self, folder, kernel):
        self.folder, self.kernel = folder, kernel
        self.symbol = kernel["symbol"]
        self.passed, self.failed, self.unfit, self.blind = 0, [], [], 0
        self.worst, self.where, self.worst_lse, self.norm, self.plain = 0.0, "", 0.0, 0.0, 0.0

    def told(self):
        return {"folder": self.folder, "symbol": self.symbol, "passed": self.passed, "failed": self.failed,
                "unfit": self.unfit, "blind": self.blind, "worst": _finite(self.worst), "where": self.where,
                "worstLse": _finite(self.worst_lse), "norm": _finite(self.norm), "plain": _finite(self.plain)}


def _finite(number):
    return number if math.isfinite(number) else 1e300


def _groups(worker):
    """Kernels that share inputs: (folder, variant, entry of prepared.json, kernels); head dim 64 first."""
    folders = {folder for folder, _ in wanted(worker.prepared, worker.options)}
    entries = [(folder, each) for each in worker.prepared["variants"] for folder in each["folders"] if folder in folders]
    entries.sort(key=lambda entry: ("variants", "dims", "wide").index(entry[0].split("/")[0]))
    for folder, each in entries:
        kernels = worker.manifest(folder)["cuda"]
        for key in dict.fromkeys((k["dtype"], k["headDim"], k["valueDim"]) for k in kernels):
            yield folder, each, [k for k in kernels if (k["dtype"], k["headDim"], k["valueDim"]) == key]


def work(worker):
    import torch

    from . import launching

    device = torch.device("cuda")
    torch.manual_seed(worker.options.seed)
    is_hopper = torch.cuda.get_device_capability(device) == (9, 0)
    for folder, entry, kernels in _groups(worker):
        usable = [k for k in kernels if is_hopper or k["architecture"] == "sm_80"]
        usable = [k for k in usable if f"{folder} {k['symbol']}" not in worker.skip]
        usable = [k for k in usable if not k["symbol"].endswith(tuple(worker.given["given_up"]))]
        if worker.left() < 3:
            worker.tell("left out", what=folder, why="no time was left")
            continue
        try:
            header = (worker.folder / folder / f"{entry['name']}.h").read_text()
            library = abi.Library(library_of(worker.folder, folder), header, entry["name"])
        except Exception as error:
            worker.tell("fault", what=folder, why=str(error))
            continue
        tallies = [Tally(folder, kernel) for kernel in usable]
        launching.check_group(worker, library, entry, tallies, device, few=folder.startswith(("dims", "wide")))
        for tally in tallies:
            worker.tell("kernel", **tally.told())
            worker.tell("completed", what=f"{folder} {tally.symbol}")
    if not worker.options.quick and not worker.options.only:
        launching.check_large(worker, device)
