/** What a kernel of a tensor operation shares with its launcher: uniform block, bindings, reads and stores. The names are those of the manifest. */
import type { Dtype, ManifestKernel, UniformField } from "../../../compiler/plan/manifest.js";
import type { Tensor, TensorInput, TensorPlan } from "../../../compiler/plan/tensor.js";
import { identifier } from "../../common/identifier.js";

type Field = readonly [string, UniformField["type"]];
type Stored = Dtype | "i32";

/** Every label that an extent belongs to: the axes, then the free labels in order of appearance. */
export function labelsOf({ axes, inputs }: Tensor): string[] {
  const free = inputs.flatMap(({ labels }) => labels.filter(({ tie }) => tie === "free").map(({ name }) => name));
  return [...new Set([...axes, ...free])];
}

const operandFields = (name: string, rank: number): Field[] => [
  [`${name}_offset`, "u32"],
  ...Array.from({ length: rank }, (_, i): Field => [`${name}_stride_${i}`, "u32"]),
];

/** The scalars of the uniform block, in order. */
export function uniformFields({ tensor, constants }: TensorPlan): UniformField[] {
  const fields: Field[] = [
    ["first", "u32"],
    ["total", "u32"],
    ["count", "u32"],
    ["no_unroll", "u32"],
    ...labelsOf(tensor).map((label): Field => [`size_${identifier(label)}`, "i32"]),
    ...tensor.inputs.flatMap(({ name, labels }) => operandFields(`input_${identifier(name)}`, labels.length)),
    ...operandFields("output", tensor.axes.length),
    ...tensor.params
      .filter(({ name }) => !constants.has(name))
      .map(({ name, type }): Field => [`param_${identifier(name)}`, type === "int" ? "i32" : "f32"]),
  ];
  return fields.map(([name, type], i) => ({ name, type, offset: 4 * i }));
}

/** Group 0, in order. */
export const bindingsOf = ({ inputs }: Tensor): ManifestKernel["bindings"] => [
  { name: "uniforms", type: "uniform" },
  ...inputs.map(({ name }) => ({ name, type: "read-only-storage" }) as const),
  { name: "output", type: "storage" },
];

const storedAs = ({ type, isExact }: TensorInput, dtype: Dtype): Stored =>
  type === "int" ? "i32" : isExact ? "f32" : dtype;

/** The declarations of the uniform block and the bindings. Inputs are prefixed, and so are their fields: an axis, a param or a function of WGSL may have their names. */
export function emitInterface({ tensor }: TensorPlan, fields: readonly UniformField[], dtype: Dtype): string {
  const members = fields.map(({ name, type }) => `  ${name}: ${type},`).join("\n");
  const inputs = tensor.inputs.map(
    (input, i) =>
      `@group(0) @binding(${i + 1}) var<storage, read> input_${identifier(input.name)}: array<${storedAs(input, dtype)}>;`,
  );
  const output = `@group(0) @binding(${inputs.length + 1}) var<storage, read_write> output: array<${tensor.isExact ? "f32" : dtype}>;`;
  return [
    `struct Uniforms {\n${members}\n}\n\n@group(0) @binding(0) var<uniform> u: Uniforms;`,
    ...inputs,
    output,
  ].join("\n");
}

const address = (operand: string, indices: readonly string[]) =>
  [`u.${operand}_offset`, ...indices.map((index, i) => `u32(${index}) * u.${operand}_stride_${i}`)].join(" + ");

/** `read_<input>(i0, i1, ...)` for the inputs that a text reads. What calls them has clamped the indices. */
export function emitReads({ inputs }: Tensor, dtype: Dtype, text: string): string {
  const reads = inputs.map((input) => {
    const name = identifier(input.name);
    const indices = input.labels.map((_, i) => `i${i}`);
    const operand = `input_${name}`;
    const value = `${operand}[${address(operand, indices)}]`;
    const returns = input.type === "int" ? "i32" : "f32";
    const widened = storedAs(input, dtype) === "f16" ? `f32(${value})` : value;
    return `fn read_${name}(${indices.map((index) => `${index}: i32`).join(", ")}) -> ${returns} {\n  return ${widened};\n}`;
  });
  return reads.filter((body) => text.includes(`${/read_\w+/.exec(body)?.[0]}(`)).join("\n\n");
}

/** The statement that stores a value, an f32, at the coordinates that the axes are spelled as. */
export const storeAt = (
  { axes, isExact }: Tensor,
  dtype: Dtype,
  place: (axis: string) => string,
  value: string,
): string => `output[${address("output", axes.map(place))}] = ${isExact || dtype === "f32" ? value : `f16(${value})`};`;
