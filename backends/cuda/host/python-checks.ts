/** The part of a PyTorch module that checks tensors and numbers, by name. The same for every variant. */

export const PYTHON_CHECKS = `def _shown(values):
    return f"[{', '.join(str(value) for value in values)}]"


def _invalid(text, kind=ValueError):
    return kind(f"mscc {_NAME}: {text}")


def _check_tensor(name, tensor, dimensions, like=None):
    if not isinstance(tensor, torch.Tensor):
        raise _invalid(f"{name} is {type(tensor).__name__}, expected a torch.Tensor", TypeError)
    if tensor.dim() != len(dimensions):
        raise _invalid(f"{name} has shape {_shown(tensor.shape)}, expected {len(dimensions)} dimensions: {_shown(dimensions)}")
    if like is None and tensor.device.type != _DEVICE:
        raise _invalid(f"{name} is on {tensor.device}, expected a {_DEVICE} device")
    if like is not None and tensor.device != like.device:
        raise _invalid(f"{name} is on {tensor.device}, expected {like.device}, where q is")


def _check_dtype(name, tensor, expected):
    if tensor.dtype not in expected:
        names = " or ".join(str(each) for each in expected)
        raise _invalid(f"{name} has dtype {tensor.dtype}, expected {names}", TypeError)


def _check_extents(name, tensor, dimensions, expected, why):
    for axis, got, want in zip(dimensions, tensor.shape, expected):
        if want is not None and got != want:
            raise _invalid(f"axis '{axis}' of {name} has extent {got}, expected {want} ({why})")


def _integer(name, value):
    if isinstance(value, bool) or not isinstance(value, _INTEGERS):
        raise _invalid(f"{name} is {value!r}, expected an integer", TypeError)
    if not -2**31 <= value < 2**31:
        raise _invalid(f"{name} is {value}, expected an integer of 32 bits")
    return value


def _number(name, value):
    if isinstance(value, bool) or not isinstance(value, _NUMBERS):
        raise _invalid(f"{name} is {value!r}, expected a number", TypeError)
    return value


def _scale(value):
    if ctypes.c_float(_number("scale", value)).value == 0:
        raise _invalid(f"scale is {value}, expected a number that is not 0 in float32, or None for 1 / sqrt(dim)")
    return value


def _positions(name, values, axes):
    """One integer per axis; None where none were given."""
    if values is None:
        return None
    if len(values) != len(axes):
        raise _invalid(f"{name} has {len(values)} entries, expected {len(axes)}: {_shown(axes)}")
    return [_integer(f"{name} on axis '{axis}'", value) for axis, value in zip(axes, values)]


def _check_operands(q, k, v, tables):
    _check_tensor("q", q, _Q)
    _check_tensor("k", k, _K, q)
    _check_tensor("v", v, _K, q)
    _check_dtype("q", q, _DTYPES)
    _check_dtype("k", k, [q.dtype])
    _check_dtype("v", v, [q.dtype])
    _check_extents("k", k, _K, [q.shape[0]] + [None] * (len(_K) - 2) + [q.shape[-1]], "as in q")
    _check_extents("v", v, _K, [*k.shape[:-1], None], "as in k")
    for (name, dtype, labels), table in zip(_TABLES, tables):
        _check_tensor(f"table '{name}'", table, labels, q)
        _check_dtype(f"table '{name}'", table, [dtype])


def _check_held(k, key_extent):
    """How many positions of keys are held: as many as k has room for, unless fewer are said to be."""
    room = list(k.shape[2:-1])
    held = _positions("key_extent", key_extent, _K[2:-1]) or room
    for axis, count, slots in zip(_K[2:-1], held, room):
        if not 1 <= count <= slots:
            raise _invalid(f"key_extent is {count} on axis '{axis}', expected 1 to {slots}, which k has room for")
    return held


def _check(q, k, v, tables, options):
    _check_operands(q, k, v, tables)
    _check_held(k, options.get("key_extent"))
    rings = options.get("key_ring")
    if rings is not None and len(rings) != len(_K) - 3:
        raise _invalid(f"key_ring has {len(rings)} entries, expected {len(_K) - 3}: {_shown(_K[2:-1])}")


def _check_out(name, tensor, dimensions, shape, dtype, like):
    _check_tensor(name, tensor, dimensions, like)
    _check_dtype(name, tensor, [dtype])
    _check_extents(name, tensor, dimensions, shape, "as in q and v")
    if tensor.numel() > 1 and not any(tensor.stride()):
        raise _invalid(f"elements of {name} overlap: every stride is 0")`;
