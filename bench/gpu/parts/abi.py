"""The C ABI of a variant as ctypes see it: the struct, parsed from its header, and the functions of a compiled library."""

import ctypes
import re

OK, INVALID, UNSUPPORTED, UNFIT, CUDA = range(5)
STATUS = ("OK", "INVALID", "UNSUPPORTED", "UNFIT", "CUDA")
DTYPES = {"f32": 0, "f16": 1, "bf16": 2}

_SCALARS = {
    "int": ctypes.c_int,
    "unsigned": ctypes.c_uint,
    "float": ctypes.c_float,
    "long long": ctypes.c_longlong,
    "size_t": ctypes.c_size_t,
}


def _closing(text, start):
    """Where the brace that is open at `start` closes."""
    depth = 0
    for i in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i
    raise ValueError("a struct of the header never ends")


def _declared(text, base):
    """The members of one declaration: `*q, *k` or `query_extent[3], key_extent[3]`."""
    for part in text.split(","):
        stars, name, extent = re.fullmatch(r"\s*(\**)\s*(\w+)\s*(?:\[(\d+)\])?\s*", part).groups()
        kind = ctypes.c_void_p if stars else base
        if kind is None:
            raise ValueError(f"cannot read the member '{part.strip()}' of the header")
        yield name, kind * int(extent) if extent else kind


def _fields(body):
    fields = []
    at = 0
    while body[at:].strip():
        inner = re.match(r"\s*struct\s*\{", body[at:])
        if inner:
            start = at + inner.end() - 1
            end = _closing(body, start)
            stop = body.index(";", end)
            structure = type("Inner", (ctypes.Structure,), {"_fields_": _fields(body[start + 1 : end])})
            fields += _declared(body[end + 1 : stop], structure)
        else:
            stop = body.index(";", at)
            statement = body[at:stop].strip()
            function = re.match(r"void\s*\(\s*\*\s*(\w+)\s*\)", statement)
            if function:
                fields.append((function.group(1), ctypes.c_void_p))
            else:
                words = re.match(r"(?:const\s+)?(long long|\w+)\s*", statement)
                fields += _declared(statement[words.end() :], _SCALARS.get(words.group(1)))
        at = stop + 1
    return fields


def struct_of(header):
    """The struct of arguments that a header declares."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", header, flags=re.S)
    start = re.search(r"struct\s+mscc_\w+_args\s*\{", text).end() - 1
    body = text[start + 1 : _closing(text, start)]
    return type("Arguments", (ctypes.Structure,), {"_fields_": _fields(body)})


class Library:
    """A compiled library: its struct, and its forward functions by symbol; `None` names the one that chooses."""

    def __init__(self, path, header, variant):
        self.struct = struct_of(header)
        self.variant = variant
        self._library = ctypes.CDLL(str(path))

    def forward(self, symbol=None):
        function = getattr(self._library, f"mscc_{symbol or self.variant}_forward")
        function.argtypes = [ctypes.POINTER(self.struct), ctypes.c_void_p]
        function.restype = ctypes.c_int
        return function


def _set(struct, values):
    """Sets members by name; a name that C has no room for carries an underscore behind it."""
    names = {name for name, _ in struct._fields_}
    for name, value in values.items():
        spelled = name if name in names else f"{name}_"
        if spelled in names:
            setattr(struct, spelled, value)


def arguments(library, dtype, q, k, v, output, lse, at):
    """The struct for tensors `[batch, heads, ...axes, dim]`; `at` holds params, tables, and where they lie in their grids."""
    args = library.struct()
    args.dtype = DTYPES[dtype]
    args.batch, args.heads, args.key_heads = q.shape[0], q.shape[1], k.shape[1]
    args.head_dim, args.value_dim = q.shape[-1], v.shape[-1]
    rooms = list(k.shape[2:-1])
    ring = at.get("ring") or [0] * len(rooms)
    args.query_extent[:] = list(q.shape[2:-1])
    args.key_extent[:] = list(at.get("key_extent") or rooms)
    for side in ("query", "key"):
        for what in ("offset", "size"):
            given = at.get(f"{side}_{what}")
            if given:
                getattr(args, f"{side}_{what}")[:] = list(given)
    args.key_ring[:] = [room if turns else 0 for room, turns in zip(rooms, ring)]
    for name, tensor in (("q", q), ("k", k), ("v", v), ("output", output), ("lse", lse)):
        if tensor is not None:
            setattr(args, name, tensor.data_ptr())
            getattr(args, f"{name}_stride")[:] = list(tensor.stride())
    args.scale = at.get("scale") or 0.0
    if hasattr(args, "params"):
        _set(args.params, at.get("params") or {})
    for name, tensor in (at.get("tables") or {}).items():
        table = getattr(args.tables, name)
        table.data = tensor.data_ptr()
        table.extent[:] = list(tensor.shape)
    return args


def call(forward, args, stream):
    """Status and message of one call. What fails on the device later, only the stream says."""
    message = ctypes.create_string_buffer(1024)
    args.message = ctypes.cast(message, ctypes.c_void_p)
    args.message_size = len(message)
    status = forward(ctypes.byref(args), ctypes.c_void_p(stream))
    return status, message.value.decode(errors="replace")
