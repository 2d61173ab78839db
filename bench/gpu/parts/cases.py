"""Launches that a kernel must get right: extents, layouts, heads, boxes of larger grids, rings of slots."""


class Case:
    """One launch. Extents of None for the keys: as many as queries."""

    def __init__(self, name, extent, key_extent=None, **more):
        self.name = name
        self.extent = tuple(extent)
        self.key_extent = tuple(key_extent or extent)
        self.batch = more.pop("batch", 1)
        self.heads, self.key_heads = more.pop("heads", (2, 2))
        self.layout = more.pop("layout", "dense")
        self.output_layout = more.pop("output_layout", "dense")
        #: query_offset, key_offset, query_size, key_size, ring, scale.
        self.at = more


def _beside(tile, by):
    return [max(1, extent + by) for extent in tile]


def _grids(axes, tiles, quick):
    """Extents of 1, primes, a tile less or more one: (name, extents)."""
    primes = {1: [37], 2: [7, 11], 3: [3, 5, 7]}[axes]
    yield "one", [1] * axes
    yield "line", [1] * (axes - 1) + [7]
    yield "primes", primes
    for tile in tiles:
        name = "x".join(map(str, tile))
        frames = [] if axes < 3 else [2]
        inner = tile[-1:] if axes == 1 else tile[-2:]
        yield f"tile {name}", [*frames, *inner]
        yield f"tile {name} - 1", [*frames, *_beside(inner, -1)]
        yield f"tile {name} + 1", [*(3 for _ in frames), *_beside(inner, 1)]
        if not quick:
            yield f"tiles {name}", [*(5 for _ in frames), *(2 * extent + 3 for extent in inner)]


def _boxes(axes):
    """Operands that hold boxes of a grid that both sides share: (name, arguments of a case)."""
    grid = {1: [40], 2: [11, 9], 3: [6, 5, 7]}[axes]
    first, rest = grid[0], grid[1:]
    whole = {"query_size": grid, "key_size": grid}
    yield "last frame", dict(extent=[1, *rest], key_extent=grid, query_offset=[first - 1] + [0] * len(rest), **whole)
    yield "middle", dict(extent=[2, *rest], key_extent=[3, *rest], query_offset=[first - 3] + [0] * len(rest),
                         key_offset=[first - 5] + [0] * len(rest), **whole)
    # Causal patterns let the first queries see nothing.
    yield "late keys", dict(extent=grid, key_extent=[2, *rest], key_offset=[first - 2] + [0] * len(rest), **whole)
    if rest:
        corner = [extent - 2 for extent in grid]
        yield "corner", dict(extent=[2] * axes, key_extent=grid, query_offset=corner, **whole)
    # Slots for four or more frames, which wrap around: positions first - 4 and on.
    yield "ring", dict(extent=[2, *rest], key_extent=[4, *rest], query_offset=[first - 2] + [0] * len(rest),
                       key_offset=[first - 4] + [0] * len(rest), ring=[1] + [0] * len(rest), slots=[5, *rest], **whole)
    if rest:
        yield "inner ring", dict(extent=grid, key_extent=[*grid[:-1], 4], key_offset=[0] * (axes - 1) + [3],
                                 ring=[0] * (axes - 1) + [1], slots=[*grid[:-1], 5], **whole)


def cases_for(pattern, tiles, params, quick, few=False):
    """All launches of a kernel. `few` keeps those whose outcome depends on the head dim."""

    def case(name, extent, key_extent=None, **more):
        if pattern.is_cross and key_extent is None:
            r = params["r"]
            key_extent = [extent[0], *(-(-n // r) for n in extent[1:])]
        return Case(name, extent, key_extent, **more)

    axes = pattern.axes
    middle = {1: [131], 2: [9, 13], 3: [3, 9, 11]}[axes]
    found = [case(name, extent) for name, extent in _grids(axes, tiles, quick)]
    layouts = ["tokens first", "padded rows", "transposed", "sliced", "stepped", "odd"]
    found += [case(f"layout {each}", middle, layout=each, output_layout=each) for each in layouts]
    found.append(case("output transposed", middle, output_layout="transposed"))
    found.append(case("shared batch", middle, batch=2, layout="shared batch"))
    found.append(case("gqa", middle, batch=2, heads=(6, 2)))
    found.append(case("one key head", middle, heads=(5, 1), layout="tokens first"))
    found.append(case("steep", middle, scale=1.0))
    found.append(case("negative scale", middle, scale=-0.3))
    if not pattern.is_cross and not few:
        found += [Case(name, **arguments) for name, arguments in _boxes(axes)]
    if few or quick:
        wanted = ("primes", "tile", "layout tokens first", "layout odd", "gqa", "steep", "late keys", "ring", "negative")
        found = [each for each in found if each.name.startswith(wanted)]
    return found
