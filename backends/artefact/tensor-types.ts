/** The types of a tensor operation's ES module, precise for its axes, inputs and params; they need only the WebGPU types. */
import type { TensorManifest } from "../../compiler/plan/manifest.js";
import type { TensorInput } from "../../compiler/plan/tensor.js";
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

const LAUNCH = `/** A kernel with its operands and numbers, ready to run any number of times. */
export interface Launch {
  /** The kernel that it runs, as messages name it. */
  readonly kernel: string;
  /** Workgroups of the whole launch. */
  readonly workgroups: number;
${COMMANDS}
${KERNEL}`;

const storageOf = ({ type, isExact }: Pick<TensorInput, "type" | "isExact">) =>
  type === "int" ? "Of int32" : isExact ? "Of f32" : "Of the kernel's dtype";

function inputsType({ inputs }: TensorManifest): string[] {
  if (inputs.length === 0) return ["export type Inputs = { readonly [name: string]: never };", ""];
  const fields = inputs.flatMap((input) => [
    `  /** ${storageOf(input)}. */`,
    `  readonly ${input.name}: Operand<${tuple(input.labels.map(({ name }) => name))}>;`,
  ]);
  return [
    "/** A label that names an axis has its extent; equal labels have equal extents. */",
    "export interface Inputs {",
    ...fields,
    "}",
    "",
  ];
}

function bindOptions({ params, isExact }: TensorManifest): string[] {
  return [
    "export interface BindOptions {",
    "  readonly inputs: Inputs;",
    `  /** ${storageOf({ type: "float", isExact })}; a buffer that holds no input. */`,
    "  readonly output: Operand<OutputShape>;",
    ...(params.length > 0 ? [`  readonly params${params.some(isNeeded) ? "" : "?"}: Params;`] : []),
    "}",
    "",
  ];
}

function loadTypes({ name, kernels }: TensorManifest): string[] {
  const of = (key: "dtype" | "profile") => quoted(kernels.map((kernel) => kernel[key]));
  const files = [...new Set(kernels.map(({ file }) => file))];
  return [
    "export interface LoadOptions {",
    ...(kernels.some(({ dtype }) => dtype === "f32")
      ? ["  /** Storage type of what is not declared exact; f32 if absent. */"]
      : []),
    `  readonly dtype?: ${of("dtype")};`,
    ...loadEnd(of("profile")),
    "/** Compiles for a device the best kernel that it runs. */",
    "export declare function load(device: GPUDevice, options?: LoadOptions): Promise<Kernel>;",
    "",
    "/** What was compiled; the same as manifest.json. */",
    "export declare const manifest: {",
    "  readonly schema: 1;",
    '  readonly kind: "tensor";',
    `  readonly name: ${JSON.stringify(name)};`,
    "  readonly source: string;",
    "  readonly sentence: string;",
    "  readonly kernels: readonly {",
    `    readonly file: ${quoted(files)};`,
    `    readonly dtype: ${of("dtype")};`,
    `    readonly profile: ${of("profile")};`,
    ...manifestEnd(files),
  ];
}

export function emitTensorTypes(header: readonly string[], manifest: TensorManifest): string {
  return [
    ...header.map((line) => `// ${line}`),
    "",
    `export type OutputShape = ${tuple(manifest.axes)};`,
    "",
    operandType("A tensor"),
    ...paramsType(manifest.params),
    ...inputsType(manifest),
    ...bindOptions(manifest),
    LAUNCH,
    ...loadTypes(manifest),
  ].join("\n");
}
