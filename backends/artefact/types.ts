/** The types of a variant's ES module, precise for its axes, params and tables; they need only the WebGPU types. */
import type { Manifest, ManifestLabel } from "../../compiler/plan/manifest.js";
import {
  COMMANDS,
  isNeeded,
  KERNEL,
  loadEnd,
  manifestEnd,
  operandType,
  paramsType,
  quoted,
  tuple,
} from "./shared-types.js";

/** What the launcher demands of the extents that nothing but the declaration states. */
function extentsOf(labels: readonly ManifestLabel[]): string[] {
  const stated = labels.flatMap(({ name, extent }) => (extent ? [`${name} \`${extent.text}\``] : []));
  return stated.length === 0 ? [] : [`  /** Extents: ${stated.join(", ").replaceAll("*/", "* /")}. */`];
}

function tablesType({ tables }: Manifest): string[] {
  if (tables.length === 0) return [];
  const fields = tables.flatMap(({ name, type, labels }) => {
    const array = type === "int" ? "Int32Array" : "Float32Array";
    // Labels may repeat, names of a tuple may repeat too.
    return [
      ...extentsOf(labels),
      `  readonly ${name}: { readonly shape: ${tuple(labels.map((label) => label.name))}; readonly data: ${array} };`,
    ];
  });
  return [
    "/** Dense row-major values; a label that names an axis, `head` or `batch` has that extent. */",
    "export interface Tables {",
    ...fields,
    "}",
    "",
  ];
}

function bindOptions({ axes, params, tables }: Manifest): string[] {
  const needed = params.some(isNeeded);
  return [
    "export interface BindOptions {",
    "  readonly q: Operand<QueryShape>;",
    "  readonly k: Operand<KeyShape>;",
    "  readonly v: Operand<KeyShape>;",
    "  /** A buffer of its own, `[batch, heads, ..., value dim]`. */",
    "  readonly output: Operand<QueryShape>;",
    "  /** Natural logarithm of the sum of exponentials; if absent, a buffer that the launch owns. */",
    "  readonly lse?: Operand<LseShape>;",
    ...(params.length > 0 ? [`  readonly params${needed ? "" : "?"}: Params;`] : []),
    ...(tables.length > 0 ? ["  readonly tables: Tables;"] : []),
    "  /** Extents of the whole grids, where the operands hold a box of them. */",
    `  readonly size?: { readonly q?: ${tuple(axes.query)}; readonly k?: ${tuple(axes.key)} };`,
    "  /** Position of the first query; 0 if absent. */",
    `  readonly queryOffset?: ${tuple(axes.query)};`,
    "  /** Position of the first key; 0 if absent. */",
    `  readonly keyOffset?: ${tuple(axes.key)};`,
    "  /** How many positions of keys are held, where `k` and `v` have room for more. */",
    `  readonly keyExtent?: ${tuple(axes.key)};`,
    "  /** Key axes along which `k` and `v` are rings: position p lies in slot p modulo their extent. */",
    `  readonly keyRing?: { ${axes.key.map((axis) => `readonly ${axis}?: boolean`).join("; ")} };`,
    "  /** Workgroups that share the keys of one tile of queries, 1 to 64; chosen by the launch if absent. */",
    "  readonly splits?: number;",
    "  /** Factor of the dot product; `1 / sqrt(head dim)` if absent. */",
    "  readonly scale?: number;",
    "  /** Bytes of one binding at most, for less than the device's limit; larger operands are bound in slices. */",
    "  readonly maxBindingSize?: number;",
    "}",
    "",
  ];
}

const LAUNCH = `/** A kernel with its operands and numbers, ready to run any number of times. */
export interface Launch {
  /** The kernel that it runs, as messages name it. */
  readonly kernel: string;
  /** Where the LSE goes: the operand that was given, or one that lives until \`dispose\`. */
  readonly lse: Operand<LseShape>;
  /** Tiles of the whole launch; a workgroup, or one per split, computes one. */
  readonly tiles: number;
  /** Dispatches of the whole launch: more than one where an operand is larger than a binding, and is bound in slices. */
  readonly slabs: number;
  /** Workgroups that share the keys of a tile; where there are several, another kernel joins what they give. */
  readonly splits: number;
${COMMANDS}
${KERNEL}`;

function loadTypes({ name, kernels }: Manifest): string[] {
  const of = (key: "headDim" | "valueDim" | "dtype" | "profile") => quoted(kernels.map((kernel) => kernel[key]));
  const merges = kernels.flatMap(({ merge }) => (merge ? [merge.file] : []));
  const files = [...new Set([...kernels.map(({ file }) => file), ...merges])];
  return [
    "export interface LoadOptions {",
    `  readonly headDim?: ${of("headDim")};`,
    `  readonly valueDim?: ${of("valueDim")};`,
    ...(kernels.some(({ dtype }) => dtype === "f32")
      ? ["  /** Storage type of q, k, v and output; f32 if absent. */"]
      : []),
    `  readonly dtype?: ${of("dtype")};`,
    ...loadEnd(of("profile")),
    "/** Compiles for a device the best kernel that it runs; without options for the first dims of the manifest. */",
    "export declare function load(device: GPUDevice, options?: LoadOptions): Promise<Kernel>;",
    "",
    "/** What was compiled; the same as manifest.json. */",
    "export declare const manifest: {",
    "  readonly schema: 1;",
    `  readonly name: ${JSON.stringify(name)};`,
    "  readonly source: string;",
    "  readonly sentence: string;",
    "  readonly kernels: readonly {",
    `    readonly file: ${quoted(kernels.map(({ file }) => file))};`,
    `    readonly headDim: ${of("headDim")};`,
    `    readonly valueDim: ${of("valueDim")};`,
    `    readonly dtype: ${of("dtype")};`,
    `    readonly profile: ${of("profile")};`,
    ...manifestEnd(files),
  ];
}

export function emitTypes(header: readonly string[], manifest: Manifest): string {
  const { query, key } = manifest.axes;
  return [
    ...header.map((line) => `// ${line}`),
    "",
    `export type QueryShape = ${tuple(["batch", "heads", ...query, "dim"])};`,
    `export type KeyShape = ${tuple(["batch", "heads", ...key, "dim"])};`,
    `export type LseShape = ${tuple(["batch", "heads", ...query])};`,
    "",
    operandType("A tensor of the kernel's dtype (LSE: f32)"),
    ...paramsType(manifest.params),
    ...tablesType(manifest),
    ...bindOptions(manifest),
    LAUNCH,
    ...loadTypes(manifest),
  ].join("\n");
}
