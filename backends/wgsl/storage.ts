/** How elements of q, k, v and output lie in their bindings, and the functions that load and store four of them. */
import type { Dtype } from "../../compiler/plan/manifest.js";

export interface Storage {
  readonly dtype: Dtype;
  /** Elements of a binding's array: four at a time where rows start at multiples of 4 and lie dense, else one. */
  readonly width: 1 | 4;
}

/** Type of a binding's array element. */
export const elementType = ({ dtype, width }: Storage): string => (width === 4 ? `vec4<${dtype}>` : dtype);

/** An f32 of a stored scalar or vector. */
export const widened = ({ dtype, width }: Storage, value: string): string =>
  dtype === "f32" ? value : `${width === 4 ? "vec4f" : "f32"}(${value})`;

/** An f32 as it is stored. */
export const narrowed = ({ dtype, width }: Storage, value: string): string =>
  dtype === "f32" ? value : `${width === 4 ? "vec4<f16>" : "f16"}(${value})`;

const each = (text: (c: number) => string): string[] => [0, 1, 2, 3].map(text);
const STEPS = ["", " + step", " + 2u * step", " + 3u * step"];

/** `load_<operand>(start, i)`: elements 4 i to 4 i + 3 of the row that starts at `start`; those beyond the dim are 0. */
export function emitLoad(
  operand: "q" | "k" | "v",
  dim: number,
  storage: Storage,
  { used, held }: { readonly used: number; readonly held: number },
): string {
  const head = `fn load_${operand}(start: u32, i: u32) -> vec4f {`;
  if (storage.width === 4) {
    const value = widened(storage, `${operand}[start / 4u + i]`);
    return `${head}\n  return ${held > used ? `select(vec4f(0.0), ${value}, i < ${used}u)` : value};\n}`;
  }
  const element = (c: number) => widened(storage, `${operand}[at${STEPS[c]}]`);
  const place = `  let step = u.${operand}_stride_dim;\n  let at = start + 4u * i * step;`;
  if (dim % 4 === 0 && held === used) return `${head}\n${place}\n  return vec4f(${each(element).join(", ")});\n}`;
  const lines = each((c) => `  if (4u * i + ${c}u < ${dim}u) {\n    four[${c}] = ${element(c)};\n  }`);
  return `${head}\n${place}\n  var four = vec4f(0.0);\n${lines.join("\n")}\n  return four;\n}`;
}

/** `store_output(start, i, four)`: the counterpart of a load. */
export function emitStore(dim: number, storage: Storage): string {
  const head = "fn store_output(start: u32, i: u32, four: vec4f) {";
  if (storage.width === 4) return `${head}\n  output[start / 4u + i] = ${narrowed(storage, "four")};\n}`;
  const lines = each((c) => {
    const line = `output[at${STEPS[c]}] = ${narrowed(storage, `four[${c}]`)};`;
    return dim % 4 === 0 ? `  ${line}` : `  if (4u * i + ${c}u < ${dim}u) {\n    ${line}\n  }`;
  });
  const place = "  let step = u.output_stride_dim;\n  let at = start + 4u * i * step;";
  return `${head}\n${place}\n${lines.join("\n")}\n}`;
}
