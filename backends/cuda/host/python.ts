/** `<variant>.py`: the kernels as operators of PyTorch. Needs PyTorch, the standard library, and nvcc at first use. */
import type { ManifestCudaKernel } from "../../../compiler/plan/manifest.js";
import { headerOf } from "../../artefact/files.js";
import { identifier } from "../../common/identifier.js";
import { boundsText, tableText } from "./arguments.js";
import { bestFirst } from "./dispatcher.js";
import { PYTHON_CHECKS } from "./python-checks.js";
import { PYTHON_LIBRARY } from "./python-library.js";
import { pythonConstants, pythonStruct } from "./python-struct.js";
import { filled, inDoc, literal, tupleOf } from "./python-text.js";
import { cName, dimensionsOf, openParams, pythonName, type Variant } from "./variant.js";

const OPTIONS = ["size", "key_size", "query_offset", "key_offset", "key_extent"] as const;

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
  ];
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
  return `${filled("def _launch(", ["output", "lse", ...positional, ...defined], "):")}
    """Fills the struct and launches on the current stream of the tensors' device."""
    held = _check_held(k, key_extent)
    # The launcher takes strides that are all 0 for those of a dense operand.
    q, k, v = (each if any(each.stride()) else each.contiguous() for each in (q, k, v))
    for name, tensor, axes in (("q", q, _Q), ("k", k, _K)):
        for axis, extent in zip(axes, tensor.shape):
            _integer(f"the extent of axis '{axis}' of {name}", extent)
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
    args.scale = 0.0 if scale is None else _scale(scale)
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
  const { positional, tensors, schema } = signatures(variant);
  const tables = tupleOf(positional.slice(3));
  const given = positional.join(", ");
  const name = `mscc::${identifier(variant.name)}`;
  const text = (inputs: readonly string[], result: string) =>
    filled('    schema="(', [...inputs, "*", ...schema], `) -> ${result}",`, (line) => `"${line}"`);
  return `def _made(q, v):
    """New tensors for output and LSE, dense and row-major."""
    rows = list(q.shape[:-1])
    return q.new_empty([*rows, v.shape[-1]]), q.new_empty(rows, dtype=torch.float32)


def _check_outputs(output, lse, q, v):
    _check_out("out", output, _Q, [*q.shape[:-1], v.shape[-1]], q.dtype, q)
    _check_out("lse", lse, _Q[:-1], q.shape[:-1], torch.float32, q)


@torch.library.custom_op(
    "${name}",
    mutates_args=(),
${text(tensors, "(Tensor, Tensor)")}
)
def _operator(${given}, **options):
    _check(q, k, v, ${tables}, options)
    output, lse = _made(q, v)
    _launch(output, lse, ${given}, **options)
    return output, lse


@_operator.register_fake
def _(${given}, **options):
    _check(q, k, v, ${tables}, options)
    return _made(q, v)


@torch.library.custom_op(
    "${name}_out",
    mutates_args=("output", "lse"),
${text(["Tensor(a!) output", "Tensor(b!) lse", ...tensors], "()")}
)
def _operator_out(output, lse, ${given}, **options):
    _check(q, k, v, ${tables}, options)
    _check_outputs(output, lse, q, v)
    _launch(output, lse, ${given}, **options)


@_operator_out.register_fake
def _(output, lse, ${given}, **options):
    _check(q, k, v, ${tables}, options)
    _check_outputs(output, lse, q, v)`;
}

function attention(variant: Variant): string {
  const { positional, defined, passed } = signatures(variant);
  const tables = positional.slice(3);
  const [, ...options] = defined;
  const params = openParams(variant).map(({ name, type, min, max }) => {
    const bounds = boundsText(min, max);
    return `        ${pythonName(name)}: ${type === "int" ? "integer" : "number"}${bounds === "" ? "" : `, ${bounds}`}.`;
  });
  const described = variant.tables.map(
    (table) =>
      `        ${pythonName(table.name)}: ${inDoc(tableText(table))}; ${table.type === "int" ? "int32" : "float32"}.`,
  );
  const shape = (operand: "q" | "k" | "lse") => `[${dimensionsOf(variant, operand).join(", ")}]`;
  const signature = ["q", "k", "v", "*", ...tables, ...options, "out=None", "return_lse=False"];
  return `${filled("def attention(", signature, "):")}
    """${inDoc(variant.sentence)}

    Tensors lie on one CUDA device, with any strides; nothing is copied. Runs on the current stream of the device.

    Args:
        q: ${shape("q")} of a dtype that was compiled: float32, float16 or bfloat16.
        k, v: ${shape("k")} of that dtype. The heads of q are a multiple of theirs; the dim of v may be another.
${[...params, ...described].map((line) => `${line}\n`).join("")}        scale: factor of the dot products; 1 / sqrt(dim) if None.
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
${filled("    options = dict(", passed, ")")}
    _check(q, k, v, ${tupleOf(tables)}, options)
    if out is None:
        output, lse = torch.ops.mscc.${identifier(variant.name)}(${positional.join(", ")}, **options)
    else:
        output, lse = out, q.new_empty(list(q.shape[:-1]), dtype=torch.float32)
        torch.ops.mscc.${identifier(variant.name)}_out(output, lse, ${positional.join(", ")}, **options)
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

${[pythonConstants(variant, bestFirst(given)), pythonStruct(variant), PYTHON_LIBRARY, PYTHON_CHECKS, launch(variant), operators(variant), attention(variant)].join("\n\n\n")}
`;
}
