/** The part of a PyTorch module that says what was compiled, and mirrors the struct of the C header. */
import type { ManifestCudaKernel } from "../../../compiler/plan/manifest.js";
import { identifier } from "../../common/identifier.js";
import { list, quoted } from "./python-text.js";
import { cName, DTYPES, dimensionsOf, openParams, type Variant } from "./variant.js";

const TORCH_TYPES = { f32: "torch.float32", f16: "torch.float16", bf16: "torch.bfloat16" };

/** What was compiled, and what tensors look like. */
export function pythonConstants(variant: Variant, kernels: readonly ManifestCudaKernel[]): string {
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
export function pythonStruct(variant: Variant): string {
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
