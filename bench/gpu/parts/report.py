"""The results as Markdown."""


def table(head, rows):
    return ["| " + " | ".join(map(str, cells)) + " |" for cells in [head, ["---"] * len(head), *rows]]


def short(number, digits=3):
    if number is None:
        return "-"
    if number == 0:
        return "0"
    return f"{number:.{digits}g}" if abs(number) < 1000 else f"{number:,.0f}"


def _best(record, kind):
    found = [each for each in record["contenders"] if each["kind"] == kind]
    return min(found, key=lambda each: each["ms"]) if found else None


def _mebibytes(count):
    return "-" if count is None else f"{count / 2**20:,.1f}"


def _ratio(peer, own):
    return f"{peer['ms'] / own['ms']:.2f}" if peer and own else "-"


def _time_rows(record):
    """One row for each of mscc's kernels."""
    natural, permuted, dense = (_best(record, kind) for kind in ("flex natural", "flex permuted", "sdpa"))
    matmul = _best(record, "matmul")
    ceiling = matmul["flops"] / matmul["ms"] / 1e9 if matmul else None
    flops = 4 * record["headDim"] * record["heads"]
    for own in sorted((each for each in record["contenders"] if each["kind"] == "mscc"), key=lambda each: each["ms"]):
        useful, visited = (flops * pairs / own["ms"] / 1e9 for pairs in (record["useful"], own["visited"]))
        yield [
            record["title"], record["headDim"], record["heads"], own["name"],
            f"{'x'.join(map(str, own['queryTile']))} / {'x'.join(map(str, own['keyTile']))}",
            short(own["ms"]), short(useful), short(visited), short(ceiling),
            *(f"{100 * each / ceiling:.0f} %" if ceiling else "-" for each in (useful, visited)),
            _ratio(natural, own), _ratio(permuted, own), _ratio(dense, own), f"{own.get('error', 0):.2f}",
        ]


def _time(data):
    rows = [row for record in data["settings"] for row in _time_rows(record)]
    head = ["pattern", "head dim", "heads", "mscc", "tiles: queries / keys", "ms", "useful TFLOP/s", "visited TFLOP/s", "matmul TFLOP/s",
            "useful / matmul", "visited / matmul", "FlexAttention / mscc", "permuted FlexAttention / mscc", "dense SDPA / mscc",
            "error / allowed"]
    machine = data.get("machine", {})
    lines = [f"{machine.get('name', '?')}, PyTorch {machine.get('torch', '?')}, CUDA {machine.get('cuda', '?')}; bf16, forward, with LSE.",
             "Medians of rounds in which all had their turn; a ratio above 1 says that mscc is faster.", "", *table(head, rows)]
    peers = []
    for record in data["settings"]:
        for each in record["contenders"]:
            if each["kind"] in ("matmul", "mscc"):
                continue
            visited = each.get("visited")
            peers.append([record["title"], record["headDim"], each["kind"], each["name"], short(each["ms"]),
                          f"{short(each['least'])} to {short(each['most'])}", each["rounds"],
                          short(visited / record["useful"]) if visited else "-", _mebibytes(each.get("peakBytes")),
                          _mebibytes(each.get("maskBytes")),
                          short(record["permutation"]) if each["kind"] == "flex permuted" else "-"])
    head = ["pattern", "head dim", "peer", "which", "ms", "from, to", "rounds", "visited / useful", "peak MiB beside inputs", "mask MiB",
            "ms to permute"]
    lines += ["", "### Peers", "", *table(head, peers)]
    own = [[r["title"], r["headDim"], e["name"], short(e["visited"] / r["useful"]), _mebibytes(e.get("peakBytes")), "0"]
           for r in data["settings"] for e in r["contenders"] if e["kind"] == "mscc"]
    lines += ["", *table(["pattern", "head dim", "mscc", "visited / useful", "peak MiB beside inputs", "mask MiB"], own)]
    if data["masks"]:
        rows = [[m["setting"], m["order"], "x".join(map(str, m["block"])), short(m["first"]), short(1000 * m["second"]),
                 _mebibytes(m["peakBytes"]), _mebibytes(m["maskBytes"])] for m in data["masks"]]
        head = ["pattern", "order", "blocks", "first call, s", "then, ms", "peak MiB", "mask MiB"]
        lines += ["", "### create_block_mask, compiled", "", *table(head, rows)]
    absent = [f"- {r['title']}, head dim {r['headDim']}: {a['name']}: {a['why']}" for r in data["settings"] for a in r["absent"]]
    return lines + (["", "Not the fastest of its kind, or not run:", "", *absent] if absent else [])


def _build(data):
    rows = [[k["folder"], k["symbol"], k["target"], k["registers"], k["spills"], k["stack"], k["sharedMemory"], k["threads"], k["seconds"]]
            for k in sorted(data["kernels"], key=lambda each: (each["folder"], each["symbol"], each["target"]))]
    worst = sorted(rows, key=lambda row: -row[3])[:12] + [row for row in rows if row[4]]
    head = ["folder", "kernel", "target", "registers", "spilled bytes", "stack", "shared memory", "threads", "seconds"]
    unique = [row for i, row in enumerate(worst) if row not in worst[:i]]
    nvrtc = data.get("nvrtc", {})
    said = nvrtc.get("leftOut") or f"{nvrtc.get('compiled', 0)} compiled, {len(nvrtc.get('failed', []))} failed"
    spilled = sum(1 for row in rows if row[4])
    return [f"{len(rows)} kernels and targets, {data['nvcc']}; {spilled} spill. NVRTC: {said}. All are in the JSON; here "
            "those with the most registers, and those that spill.", "", *table(head, unique)]


def _check(data):
    groups = {}
    for each in data["kernels"]:
        groups.setdefault((each["folder"].split("/")[0], each["symbol"].split("_")[0]), []).append(each)
    rows = [[part, name, len(found), sum(e["passed"] for e in found), sum(len(e["failed"]) for e in found),
             sum(len(e["unfit"]) for e in found), sum(e["blind"] for e in found), f"{max(e['worst'] for e in found):.2f}",
             f"{max(e['worstLse'] for e in found):.2f}", f"{max(e['norm'] for e in found):.1e}", f"{max(e['plain'] for e in found):.1e}".replace("0.0e+00", "-")]
            for (part, name), found in groups.items()]
    head = ["folder", "variant", "kernels", "launches right", "wrong", "given to another kernel", "blind queries", "worst output / allowed",
            "worst LSE / allowed", "norm of error", "of plain computation"]
    wrong = [f"- {e['symbol']} ({e['folder']}): {text}" for e in data["kernels"] for text in e["failed"]]
    counts = [f"- pairs: {text}" for text in data["counts"]]
    return ["Against float64 on the device; what is allowed is derived in parts/reference.py.", "", *table(head, rows), "", *counts, *wrong]


def _sanitize(data):
    rows = [[tool, each["launches"], len(each["kernels"]), len(each["findings"]), each["summary"]] for tool, each in data["tools"].items()]
    findings = [f"- {tool}: {f['what']}: {f['why']}" for tool, each in data["tools"].items() for f in each["findings"][:10]]
    return [*table(["tool", "launches", "kernels", "findings", "summary"], rows), "", *findings]


def _opcheck(data):
    return [f"{len(data['passed'])} passed, {len(data['failed'])} failed.", "", *(f"- {e['what']}: {e['why']}" for e in data["failed"])]


def _profile(data):
    names = list(dict.fromkeys(name for each in data["kernels"] for name in each))
    return table(names, [[each.get(name, "-") for name in names] for each in data["kernels"]]) if names else []


_PARTS = (("time", "Times", _time), ("check", "Checks", _check), ("sanitize", "compute-sanitizer", _sanitize),
          ("opcheck", "PyTorch modules and the C ABI", _opcheck), ("profile", "Profiles", _profile), ("build", "Kernels", _build))


def markdown(results):
    """The whole report; a part that cannot be shown says so and leaves the others."""
    head = results.get("head", {})
    lines = [f"# CUDA kernels on {head.get('device', 'a device')}", "",
             f"`bench/gpu/cuda.py`, {head.get('date', '')}; mscc {head.get('mscc', '')}."]
    for name, title, render in _PARTS:
        if name not in results:
            continue
        lines += ["", f"## {title}", ""]
        try:
            lines += render(results[name])
        except (KeyError, TypeError, ValueError) as error:
            lines.append(f"Cannot be shown: {type(error).__name__}: {error}")
        for what in ("faults", "leftOut"):
            label = "Failed" if what == "faults" else "Left out"
            lines += [f"- {label}: {each['what']}: {each['why'][:300]}" for each in results[name].get(what, [])]
    return "\n".join(lines) + "\n"
