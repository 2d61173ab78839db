"""The patterns once more, as functions of broadcast index tensors or of plain ints: a second writing of what mscc compiles.

`attend(q, k, p, size, tables)` takes one index per axis of a query and a key, params by name, extents of the whole grids as
`size["q"]` and `size["k"]`, tables as functions. `score` takes the scaled logit besides. That they say the same as the
declarations is checked by counting: mscc has counted the pairs of small grids.
"""

import sys


def least(a, b):
    """The smaller one, of ints or tensors."""
    return (a + b - abs(a - b)) // 2


def most(a, b):
    return (a + b + abs(a - b)) // 2


def _causal(q, k, p=None, size=None, tables=None):
    return k[0] <= q[0]


def _within(q, k, reach):
    """Rows and columns at most `reach` apart."""
    return (abs(q[1] - k[1]) <= reach) & (abs(q[2] - k[2]) <= reach)


def _recent(q, k, frames):
    age = q[0] - k[0]
    return (age >= 0) & (age < frames)


def _dense(q, k, p, size, tables):
    return (q[0] >= 0) & (k[0] >= 0)


def _local_window(q, k, p, size, tables):
    return _recent(q, k, p["frames"]) & _within(q, k, p["radius"])


def _light_cone(q, k, p, size, tables):
    return _recent(q, k, p["frames"]) & _within(q, k, p["radius"] + p["speed"] * (q[0] - k[0]))


def _disc(q, k, p, size, tables):
    dy, dx = q[1] - k[1], q[2] - k[2]
    return _recent(q, k, p["frames"]) & (dy * dy + dx * dx <= p["radius"] * p["radius"])


def _in_shifted(position, key, before, width, size):
    """Within `width` positions of which `before` lie before the query, shifted inwards at the borders."""
    first = most(least(position - before, size - width), 0)
    return (key >= first) & (key < first + width)


def _shifted_window(q, k, p, size, tables):
    r = p["radius"]
    held = _in_shifted(q[1], k[1], r, 2 * r + 1, size["k"][1]) & _in_shifted(q[2], k[2], r, 2 * r + 1, size["k"][2])
    return _recent(q, k, p["frames"]) & held


def _centred_window(q, k, p, size, tables):
    widths = (p["depth"], p["height"], p["width"])
    held = [_in_shifted(q[i], k[i], widths[i] // 2, widths[i], size["k"][i]) for i in range(3)]
    return held[0] & held[1] & held[2]


def _strided(q, k, p, size, tables):
    return _causal(q, k) & ((q[0] - k[0]) % p["stride"] == 0)


def _i_frames(q, k, p, size, tables):
    return (q[0] == k[0]) | (_causal(q, k) & (k[0] % p["gop"] == 0))


def _i_frames_window(q, k, p, size, tables):
    return _i_frames(q, k, p, size, tables) | _local_window(q, k, p, size, tables)


def _sinks_window(q, k, p, size, tables):
    return _causal(q, k) & ((k[0] < p["sinks"]) | _local_window(q, k, p, size, tables))


def _documents(q, k, p, size, tables):
    return _causal(q, k) & (tables["document"](q[0]) == tables["document"](k[0]))


def _relative(q, k, p, size, tables):
    return (abs(q[0] - k[0]) <= p["radius"]) & (abs(q[1] - k[1]) <= p["radius"])


def _cross_grid(q, k, p, size, tables):
    r, reach = p["r"], 2 * p["reach"]

    def near(fine, coarse):
        return abs(2 * fine - (2 * r * coarse + r - 1)) <= reach

    return _causal(q, k) & near(q[1], k[1]) & near(q[2], k[2])


def _less_noise(s, q, k, head, p, tables):
    return s - p["alpha"] * tables["noise"](k[0])


def _soft_cap(s, q, k, head, p, tables):
    return p["cap"] * (s / p["cap"]).tanh()


def _alibi(s, q, k, head, p, tables):
    return s - tables["slope"](head) * (q[0] - k[0])


def _relative_bias(s, q, k, head, p, tables):
    r = p["radius"]
    return s + tables["bias"](q[0] - k[0] + r, q[1] - k[1] + r)


class Pattern:
    """A pattern by its number of axes, its mask, its change of logits, and its tables by name with what they are tied to."""

    def __init__(self, axes, attend, score=None, tables=None, is_cross=False):
        self.axes = axes
        self.attend = attend
        self.score = score
        self.tables = tables or {}
        self.is_cross = is_cross


PATTERNS = {
    "dense": Pattern(3, _dense),
    "frameCausal": Pattern(3, _causal),
    "localWindow": Pattern(3, _local_window),
    "lightCone": Pattern(3, _light_cone),
    "disc": Pattern(3, _disc),
    "shiftedWindow": Pattern(3, _shifted_window),
    "centredWindow": Pattern(3, _centred_window),
    "stridedFrames": Pattern(3, _strided),
    "iFrames": Pattern(3, _i_frames),
    "iFramesWindow": Pattern(3, _i_frames_window),
    "sinksWindow": Pattern(3, _sinks_window),
    "noiseAware": Pattern(3, _causal, _less_noise, {"noise": "frame"}),
    "softCap": Pattern(3, _causal, _soft_cap),
    "alibi": Pattern(1, _causal, _alibi, {"slope": "head"}),
    "documentMask": Pattern(1, _documents, None, {"document": "token"}),
    "relativeBias": Pattern(2, _relative, _relative_bias, {"bias": "offset"}),
    "crossGrid": Pattern(3, _cross_grid, is_cross=True),
}


def positions(extents):
    """All positions of a grid, outermost axis first."""
    found = [()]
    for extent in extents:
        found = [(*at, i) for at in found for i in range(extent)]
    return found


def count(name, params, grid, key_grid, tables):
    """How many pairs attend, by looking at each."""
    attend = PATTERNS[name].attend
    size = {"q": grid, "k": key_grid}
    called = {table: (lambda i, data=values["data"]: data[i]) for table, values in tables.items()}
    keys = positions(key_grid)
    return sum(1 for q in positions(grid) for k in keys if attend(q, k, params, size, called))


def miscounted(variants):
    """One line for each variant whose pairs mscc has counted otherwise, or that is not written here."""
    faults = []
    for each in variants:
        name, counted = each["name"], each["counted"]
        if name not in PATTERNS:
            faults.append(f"{name}: not written in patterns.py")
            continue
        for params, want in zip(each["params"], counted["useful"]):
            got = count(name, params, counted["grid"], counted["keyGrid"], counted["tables"])
            if got != want:
                faults.append(f"{name} {params}: {got} pairs here, {want} counted by mscc")
    return faults


if __name__ == "__main__":
    import json

    lines = miscounted(json.load(sys.stdin)["variants"])
    print("\n".join(lines) or "the same pairs")
    sys.exit(1 if lines else 0)
