/** `<variant>.py`: the kernels as operators of PyTorch. Needs PyTorch, the standard library, and nvcc at first use. */
import type { ManifestCudaKernel, ManifestParam } from "../../../compiler/plan/manifest.js";
import { headerOf } from "../../artefact/files.js";
import { identifier } from "../../common/identifier.js";
import { boundsText, tableText } from "./arguments.js";
import { bestFirst } from "./dispatcher.js";
import { PYTHON_CHECKS } from "./python-checks.js";
import { PYTHON_LIBRARY } from "./python-library.js";
import { cName, DTYPES, dimensionsOf, oneLine, openParams, pythonName, type Variant } from "./variant.js";

const TORCH_TYPES = { f32: "torch.float32", f16: "torch.float16", bf16: "torch.bfloat16" };

const list = (items: readonly string[]) => `[${items.join(", ")}]`;
/** A JSON string is a Python string too. */
const quoted = (items: readonly string[]) => list(items.map((item) => JSON.stringify(item)));
/** What stands in a docstring must not end it. */
const inDoc = (text: string) => oneLine(text).replaceAll("\\", "\\\\").replaceAll('"""', "'''");
const pythonFloat = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value));
const literal = ({ type }: ManifestParam, value: number) => (type === "int" ? String(value) : pythonFloat(value));

const OPTIONS = ["size", "key_size", "query_offset", "key_offset", "key_extent"] as const;

function constants(variant: Variant, kernels: readonly ManifestCudaKernel[]): string {
  const dtypes = DTYPES.filter((dtype) => kernels.some((kernel) => kernel.dtype === dtype));
  const tables = variant.tables.map(({ name, type, labels }) => {
    const dtype = type === "int" ? "torch.int32" : "torch.float32";
    return `(${JSON.stringify(name)}, ${dtype}, ${quoted(labels.map((label) => label.name))})`;
  });
  return `_NAME = ${JSON.stringify(variant.name)}
_MODULE = ${JSON.stringify(identifier(variant.name))}
_FOLDER = os.path.dirname(os.path.abspath(__file__))
_KERNELS = [
${kernels.map(({ file, architecture }) => `    (${JSON.stringify(file)}, ${JSON.stringify(architecture)}),`).join("\n")}
]
_Q = ${quoted(dimensionsOf(variant, "q"))}
_K = ${quoted(dimensionsOf(variant, "k"))}
_DTYPES = ${list(dtypes.map((dtype) => TORCH_TYPES[dtype]))}
_CODES = {torch.float32: 0, torch.float16: 1, torch.bfloat16: 2}
_TABLES = ${list(tables)}
_DEVICE = "cuda"
_INTEGERS = (int, torch.SymInt)
_NUMBERS = (int, float, torch.SymInt, torch.SymFloat)
_log = logging.getLogger(f"mscc.{_MODULE}")`;
}

/** The struct of the C header, field by field. */
function argsStruct(variant: Variant): string {
  const [nq, nk] = [variant.axes.query.length, variant.axes.key.length];
  const params = openParams(variant);
  const field = (name: string, type: string) => `        ("${name}", ${type}),`;
  const ints = (name: string, count: number) => field(name, `ctypes.c_int * ${count}`);
  const tableClasses = variant.tables.map(
    ({ labels }, i) => `class _Table${i}(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("extent", ctypes.c_int * ${labels.length})]`,
  );
  const group = (name: string, members: readonly string[]) =>
    members.length === 0 ? [] : [`class ${name}(ctypes.Structure):\n    _fields_ = [\n${members.join("\n")}\n    ]`];
  const inner = [
    ...tableClasses,
    ...group(
      "_Params",
      params.map(({ name, type }) => field(cName(name), `ctypes.c_${type}`)),
    ),
    ...group(
      "_Tables",
      variant.tables.map(({ name }, i) => field(cName(name), `_Table${i}`)),
    ),
  ];
  const fields = [
    ...["dtype", "batch", "heads", "key_heads", "head_dim", "value_dim"].map((name) => field(name, "ctypes.c_int")),
    ...["extent", "offset", "size"].flatMap((part) => [ints(`query_${part}`, nq), ints(`key_${part}`, nk)]),
    ints("key_ring", nk),
    ...["q", "k", "v", "output", "lse"].map((name) => field(name, "ctypes.c_void_p")),
    ...(["q", "k", "v", "output", "lse"] as const).map((name) =>
      field(`${name}_stride`, `ctypes.c_longlong * ${dimensionsOf(variant, name).length}`),
    ),
    field("scale", "ctypes.c_float"),
    ...(params.length > 0 ? [field("params", "_Params")] : []),
    ...(variant.tables.length > 0 ? [field("tables", "_Tables")] : []),
    field("log", "_Log"),
    field("log_context", "ctypes.c_void_p"),
    field("message", "ctypes.c_char_p"),
    field("message_size", "ctypes.c_size_t"),
  ];
  return [
    "_Log = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)",
    ...inner,
    `class _Args(ctypes.Structure):
    """The struct of ${identifier(variant.name)}.h."""

    _fields_ = [
${fields.join("\n")}
    ]`,
  ].join("\n\n\n");
}

/** Names of the tables and arguments after them, as they stand in a definition, in a call, and in a schema. */
function signatures(variant: Variant) {
  const params = openParams(variant);
  const tables = variant.tables.map(({ name }) => pythonName(name));
  const names = params.map(({ name }) => pythonName(name));
  const more = ["scale", ...OPTIONS, "key_ring"];
  const defaults = params.map((param, i) =>
    param.default === undefined ? (names[i] as string) : `${names[i]}=${literal(param, param.default)}`,
  );
  const schema = [
    ...params.map((param, i) => {
      const fallback = param.default === undefined ? "" : `=${literal(param, param.default)}`;
      return `${param.type === "int" ? "SymInt" : "float"} ${names[i]}${fallback}`;
    }),
    "float? scale=None",
    ...OPTIONS.map((name) => `SymInt[]? ${name}=None`),
    "bool[]? key_ring=None",
  ].join(", ");
  return {
    positional: ["q", "k", "v", ...tables],
    defined: ["*", ...defaults, ...more.map((name) => `${name}=None`)],
    passed: [...names, ...more].map((name) => `${name}=${name}`),
    tensors: ["q", "k", "v", ...tables].map((name) => `Tensor ${name}`),
    schema,
  };
}

function launch(variant: Variant): string {
  const { positional, defined } = signatures(variant);
  const params = openParams(variant).map((param) => {
    const check = param.type === "int" ? "_integer" : "_number";
    return `    args.params.${cName(param.name)} = ${check}("param '${param.name}'", ${pythonName(param.name)})`;
  });
  const tables = variant.tables.map(({ name }) => {
    const [local, member] = [pythonName(name), `args.tables.${cName(name)}`];
    return `    ${local} = ${local}.contiguous()
    ${member}.data = ${local}.data_ptr()
    ${member}.extent[:] = list(${local}.shape)`;
  });
  return `def _launch(output, lse, ${[...positional, ...defined].join(", ")}):
    """Fills the struct and launches on the current stream of the tensors' device."""
    held = _check_held(k, key_extent)
    # The launcher takes strides that are all 0 for those of a dense operand.
    q, k, v = (each if any(each.stride()) else each.contiguous() for each in (q, k, v))
    args = _Args()
    args.dtype = _CODES[q.dtype]
    args.batch, args.heads, args.key_heads = q.shape[0], q.shape[1], k.shape[1]
    args.head_dim, args.value_dim = q.shape[-1], v.shape[-1]
    args.query_extent[:] = list(q.shape[2:-1])
    args.key_extent[:] = held
    args.query_offset[:] = _positions("query_offset", query_offset, _Q[2:-1]) or [0] * (len(_Q) - 3)
    args.key_offset[:] = _positions("key_offset", key_offset, _K[2:-1]) or [0] * (len(_K) - 3)
    args.query_size[:] = _positions("size", size, _Q[2:-1]) or [0] * (len(_Q) - 3)
    args.key_size[:] = _positions("key_size", key_size, _K[2:-1]) or [0] * (len(_K) - 3)
    args.key_ring[:] = [slots if ring else 0 for slots, ring in zip(k.shape[2:-1], key_ring or [False] * (len(_K) - 3))]
    for name, tensor in (("q", q), ("k", k), ("v", v), ("output", output), ("lse", lse)):
        setattr(args, name, tensor.data_ptr())
        getattr(args, f"{name}_stride")[:] = list(tensor.stride())
    args.scale = 0.0 if scale is None else _number("scale", scale)
${[...params, ...tables].join("\n")}
    if _log.isEnabledFor(logging.DEBUG):
        args.log = _Log(lambda _, text: _log.debug("%s", text.decode(errors="replace")))
    message = ctypes.create_string_buffer(1024)
    args.message = ctypes.cast(message, ctypes.c_char_p)
    args.message_size = len(message)
    with _current(q.device) as stream:
        status = _forward_for(q.device)(ctypes.byref(args), stream)
    if status != 0:
        raise _ERRORS.get(status, RuntimeError)(message.value.decode(errors="replace") or f"mscc {_NAME}: status {status}")


_ERRORS = {1: ValueError, 2: NotImplementedError}


@contextlib.contextmanager
def _current(device):
    """Makes a device the current one; gives its current stream."""
    with torch.cuda.device(device):
        yield torch.cuda.current_stream(device).cuda_stream`.replace(/\n\n {4}if _log/, "\n    if _log");
}

function operators(variant: Variant): string {
  const { positional, defined, passed, tensors, schema } = signatures(variant);
  const tables = positional.slice(3);
  const group = `(${tables.map((name) => `${name},`).join(" ")})`;
  const definition = [...positional, ...defined].join(", ");
  const call = [...positional, ...passed].join(", ");
  const name = `mscc::${identifier(variant.name)}`;
  return `def _check(q, k, v, tables, key_extent, key_ring):
    _check_operands(q, k, v, tables)
    _check_held(k, key_extent)
    if key_ring is not None and len(key_ring) != len(_K) - 3:
        raise _invalid(f"key_ring has {len(key_ring)} entries, expected {len(_K) - 3}: {_shown(_K[2:-1])}")


def _made(q, v):
    """New tensors for output and LSE, dense and row-major."""
    rows = list(q.shape[:-1])
    return q.new_empty([*rows, v.shape[-1]]), q.new_empty(rows, dtype=torch.float32)


@torch.library.custom_op("${name}", mutates_args=(), schema=(
    "(${tensors.join(", ")}, *, "
    "${schema}) -> (Tensor, Tensor)"))
def _operator(${definition}):
    _check(q, k, v, ${group}, key_extent, key_ring)
    output, lse = _made(q, v)
    _launch(output, lse, ${call})
    return output, lse


@_operator.register_fake
def _(${definition}):
    _check(q, k, v, ${group}, key_extent, key_ring)
    return _made(q, v)


@torch.library.custom_op("${name}_out", mutates_args=("output", "lse"), schema=(
    "(Tensor(a!) output, Tensor(b!) lse, ${tensors.join(", ")}, *, "
    "${schema}) -> ()"))
def _operator_out(output, lse, ${definition}):
    _check(q, k, v, ${group}, key_extent, key_ring)
    _check_out("out", output, _Q, [*q.shape[:-1], v.shape[-1]], q.dtype, q)
    _check_out("lse", lse, _Q[:-1], q.shape[:-1], torch.float32, q)
    _launch(output, lse, ${call})


@_operator_out.register_fake
def _(output, lse, ${definition}):
    _check(q, k, v, ${group}, key_extent, key_ring)
    _check_out("out", output, _Q, [*q.shape[:-1], v.shape[-1]], q.dtype, q)
    _check_out("lse", lse, _Q[:-1], q.shape[:-1], torch.float32, q)`;
}

function attention(variant: Variant): string {
  const { positional, defined, passed } = signatures(variant);
  const tables = positional.slice(3);
  const [, ...options] = defined;
  const call = [...positional, ...passed].join(", ");
  const params = openParams(variant).map(({ name, type, min, max }) => {
    const bounds = boundsText(min, max);
    return `        ${pythonName(name)}: ${type === "int" ? "integer" : "number"}${bounds === "" ? "" : `, ${bounds}`}.`;
  });
  const described = variant.tables.map(
    (table) =>
      `        ${pythonName(table.name)}: tensor ${inDoc(tableText(table))}; ${table.type === "int" ? "int32" : "float32"}.`,
  );
  const shape = (operand: "q" | "k" | "lse") => `[${dimensionsOf(variant, operand).join(", ")}]`;
  return `def attention(q, k, v, *, ${[...tables, ...options].join(", ")}, out=None, return_lse=False):
    """${inDoc(variant.sentence)}

    Tensors lie on one CUDA device, with any strides; nothing is copied. Runs on the current stream of the device.

    Args:
        q: ${shape("q")}, ${list(["torch.float32", "torch.float16", "torch.bfloat16"])}, of those that were compiled.
        k, v: ${shape("k")} of the same dtype; heads of q are a multiple of theirs, and the dim of v may be another.
${[...params, ...described].join("\n")}${params.length + described.length > 0 ? "\n" : ""}        scale: factor of the dot products; 1 / sqrt(dim) if None.
        size, key_size: extents of the whole grids, where the tensors hold a box of them.
        query_offset, key_offset: position of the first query and key; 0 if None.
        key_extent: how many positions of keys are held, where k and v have room for more.
        key_ring: one bool per key axis; along such an axis position p lies in slot p modulo the extent of k and v.
        out: a tensor ${shape("q")} for the output, with any strides that keep its elements apart.
        return_lse: also gives the natural logarithm of the sum of exponentials, ${shape("lse")} in float32.

    Returns:
        The output, or (output, lse). A query that sees nothing gives 0 and -3.4028235e38.

    Raises:
        TypeError, ValueError: an argument is wrong; the message names it.
        NotImplementedError: no kernel was compiled for this dtype and these dims, or none runs on this device.
        RuntimeError: nvcc is missing or fails, or CUDA does.
    """
    _check(q, k, v, ${`(${tables.map((name) => `${name},`).join(" ")})`}, key_extent, key_ring)
    if out is None:
        output, lse = torch.ops.mscc.${identifier(variant.name)}(${call})
    else:
        output, lse = out, q.new_empty(list(q.shape[:-1]), dtype=torch.float32)
        torch.ops.mscc.${identifier(variant.name)}_out(output, lse, ${call})
    return (output, lse) if return_lse else output`;
}

/** The PyTorch module of a variant, which stands beside its kernels, the header and the dispatcher. */
export function emitPython(variant: Variant, given: readonly ManifestCudaKernel[]): string {
  const header = headerOf(variant)
    .map((line) => `# ${line}`)
    .join("\n");
  const modules = [
    "concurrent.futures",
    "contextlib",
    "ctypes",
    "hashlib",
    "logging",
    "os",
    "shutil",
    "subprocess",
    "tempfile",
    "threading",
  ];
  return `${header}
"""Attention of the pattern ${identifier(variant.name)} for PyTorch: \`attention(q, k, v, ...)\`.

The kernels beside this file are compiled with nvcc when they are first used, into MSCC_CACHE_DIR or ~/.cache/mscc. As
operators they are torch.ops.mscc.${identifier(variant.name)} and ${identifier(variant.name)}_out. What runs, and why, is told to the logger
mscc.${identifier(variant.name)} at level DEBUG.
"""
${modules.map((name) => `import ${name}`).join("\n")}

import torch

if not hasattr(torch.library, "custom_op"):
    raise ImportError(f"mscc: needs PyTorch 2.4 or later, for torch.library.custom_op; this is {torch.__version__}")

__all__ = ["attention", "build"]

${[constants(variant, bestFirst(given)), argsStruct(variant), PYTHON_LIBRARY, PYTHON_CHECKS, launch(variant), operators(variant), attention(variant)].join("\n\n\n")}
`;
}
