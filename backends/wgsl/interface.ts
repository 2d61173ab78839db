/** What a kernel shares with its launcher: uniform block, bindings and tables. The names are those of the manifest. */
import type { ManifestKernel, UniformField } from "../../compiler/plan/manifest.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { identifier } from "../common/identifier.js";
import { elementType, type Storage } from "./storage.js";

type Field = readonly [string, UniformField["type"]];

function operandFields(name: string, axes: readonly string[], hasDim: boolean): Field[] {
  const strides = ["batch", "head", ...axes.map(identifier), ...(hasDim ? ["dim"] : [])];
  return [[`${name}_offset`, "u32"], ...strides.map((each): Field => [`${name}_stride_${each}`, "u32"])];
}

/** The scalars of the uniform block, in order. */
export function uniformFields(
  { axes, params, tables }: Pattern,
  constants: ReadonlyMap<string, number>,
): UniformField[] {
  const perAxis = (prefix: string, side: "q" | "k"): Field[] =>
    axes[side === "q" ? "query" : "key"].map((axis): Field => [`${prefix}_${side}_${identifier(axis)}`, "i32"]);
  const fields: Field[] = [
    ["first_tile", "u32"],
    ["total_tiles", "u32"],
    ["splits", "u32"],
    ["heads", "u32"],
    ["key_heads", "u32"],
    ["head_dim", "u32"],
    ["value_dim", "u32"],
    ["no_unroll", "u32"],
    ["scale", "f32"],
    ...axes.query.map((axis): Field => [`tiles_${identifier(axis)}`, "u32"]),
    ...["size", "origin", "extent"].flatMap((prefix) => [...perAxis(prefix, "q"), ...perAxis(prefix, "k")]),
    ...axes.key.flatMap((axis): Field[] => [
      [`slot_k_${identifier(axis)}`, "u32"],
      [`wrap_k_${identifier(axis)}`, "u32"],
    ]),
    ...operandFields("q", axes.query, true),
    ...operandFields("k", axes.key, true),
    ...operandFields("v", axes.key, true),
    ...operandFields("output", axes.query, true),
    ["output_split_stride", "u32"],
    ...operandFields("lse", axes.query, false),
    ["lse_split_stride", "u32"],
    ...params
      .filter((param) => !constants.has(param.name))
      .map((param): Field => [`param_${identifier(param.name)}`, param.type === "int" ? "i32" : "f32"]),
    ...tables.flatMap((table): Field[] => [
      [`table_${identifier(table.name)}_offset`, "u32"],
      ...table.labels.map((_, i): Field => [`table_${identifier(table.name)}_extent_${i}`, "u32"]),
    ]),
  ];
  return fields.map(([name, type], i) => ({ name, type, offset: 4 * i }));
}

export const uniformSize = (fields: readonly UniformField[]): number => Math.ceil((4 * fields.length) / 16) * 16;

/** Group 0, in order. */
export function bindingsOf({ tables }: Pattern): ManifestKernel["bindings"] {
  const inputs = ["q", "k", "v", ...(tables.length > 0 ? ["tables"] : [])];
  return [
    { name: "uniforms", type: "uniform" },
    ...inputs.map((name) => ({ name, type: "read-only-storage" }) as const),
    ...["output", "lse"].map((name) => ({ name, type: "storage" }) as const),
  ];
}

/** The declarations of the uniform block and the bindings. */
export function emitInterface(
  fields: readonly UniformField[],
  bindings: ManifestKernel["bindings"],
  storage: Storage,
): string {
  const members = fields.map(({ name, type }) => `  ${name}: ${type},`).join("\n");
  const variables = bindings.slice(1).map(({ name, type }, i) => {
    const access = type === "storage" ? "read_write" : "read";
    const element = name === "tables" ? "u32" : name === "lse" ? "f32" : elementType(storage);
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${element}>;`;
  });
  return `struct Uniforms {\n${members}\n}\n\n@group(0) @binding(0) var<uniform> u: Uniforms;\n${variables.join("\n")}`;
}

/** Functions that read tables: every index is clamped, so that pairs that do not attend can be evaluated too. */
export function emitTables({ pattern }: AttentionPlan, text: string): string {
  const functions = pattern.tables.flatMap((table) => {
    const name = identifier(table.name);
    const type = table.type === "int" ? "i32" : "f32";
    const indices = table.labels.map((_, i) => `i${i}`);
    const clamped = indices.map((index, i) => `u32(clamp(${index}, 0, i32(u.table_${name}_extent_${i}) - 1))`);
    const address = clamped.reduce((so, index, i) => `(${so}) * u.table_${name}_extent_${i} + ${index}`);
    const entry = (at: string) => `bitcast<${type}>(tables[u.table_${name}_offset + ${at}])`;
    const read = `fn table_${name}(${indices.map((index) => `${index}: i32`).join(", ")}) -> ${type} {
  return ${entry(address)};
}`;
    const searches = [
      ["count_below", "<"],
      ["count_up_to", "<="],
    ].map(
      ([search, compare]) => `// How many entries of the sorted table are ${compare} the bound.
fn ${search}_${name}(bound: ${type}) -> i32 {
  var low = 0u;
  var high = u.table_${name}_extent_0;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (${entry("middle")} ${compare} bound) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return i32(low);
}`,
    );
    return [read, ...searches];
  });
  return functions.filter((body) => text.includes(`${/fn (\w+)/.exec(body)?.[1]}(`)).join("\n\n");
}
