/** What a CUDA kernel shares with its launcher: the struct that it takes by value, and the tables. Names as in WGSL. */
import type { PatternTable } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { identifier } from "../common/identifier.js";
import { DEVICE } from "./dialect.js";

export interface UniformField {
  readonly name: string;
  readonly type: "i32" | "u32" | "i64" | "f32" | "pointer";
  /** What a pointer points to, with `const` where it is only read. */
  readonly to?: string;
}

/** Operands with rows of the element type, and the axes that their rows lie along. */
const OPERANDS = [
  ["q", "query"],
  ["k", "key"],
  ["v", "key"],
  ["output", "query"],
] as const;

const elementOf = ({ type }: PatternTable) => (type === "int" ? "i32" : "f32");

const fields = (type: UniformField["type"], names: readonly string[]): UniformField[] =>
  names.map((name) => ({ name, type }));

/** The members of the struct, in order; those of 8 bytes first. */
export function fieldsOf({ pattern, constants }: AttentionPlan): UniformField[] {
  const { axes, params, tables } = pattern;
  const pointer = (name: string, to: string): UniformField => ({ name, type: "pointer", to });
  const strides = (operand: string, side: "query" | "key", hasDim: boolean) =>
    ["batch", "head", ...axes[side].map(identifier), ...(hasDim ? ["dim"] : [])].map(
      (each) => `${operand}_stride_${each}`,
    );
  const perAxis = (prefix: string) => [
    ...axes.query.map((axis) => `${prefix}_q_${identifier(axis)}`),
    ...axes.key.map((axis) => `${prefix}_k_${identifier(axis)}`),
  ];
  const own = params.filter(({ name }) => !constants.has(name));
  return [
    ...["q", "k", "v"].map((name) => pointer(name, "const Element")),
    pointer("output", "Element"),
    pointer("lse", "f32"),
    ...tables.map((table) => pointer(`table_${identifier(table.name)}`, `const ${elementOf(table)}`)),
    ...fields(
      "i64",
      OPERANDS.flatMap(([operand, side]) => strides(operand, side, true)),
    ),
    ...fields("i64", strides("lse", "query", false)),
    ...fields("f32", ["scale"]),
    ...fields("i32", ["heads", "key_heads", "first_batch"]),
    ...fields(
      "i32",
      axes.query.map((axis) => `tiles_${identifier(axis)}`),
    ),
    ...fields("i32", ["size", "origin", "extent"].flatMap(perAxis)),
    ...fields(
      "u32",
      axes.key.flatMap((axis) => ["slot", "wrap"].map((each) => `${each}_k_${identifier(axis)}`)),
    ),
    ...fields(
      "i32",
      OPERANDS.map(([operand]) => `${operand}_rows`),
    ),
    ...own.map(
      ({ name, type }): UniformField => ({ name: `param_${identifier(name)}`, type: type === "int" ? "i32" : "f32" }),
    ),
    ...fields(
      "i32",
      tables.flatMap(({ name, labels }) => labels.map((_, i) => `table_${identifier(name)}_extent_${i}`)),
    ),
  ];
}

/** `struct Uniforms`. */
export function emitUniforms(members: readonly UniformField[]): string {
  const lines = members.map(({ name, type, to }) => `  ${type === "pointer" ? `${to} *` : `${type} `}${name};`);
  return `struct Uniforms {\n${lines.join("\n")}\n};`;
}

/** Functions that read tables: every index is clamped, so that pairs that do not attend can be evaluated too. */
export function emitTables({ pattern }: AttentionPlan, text: string): string {
  const functions = pattern.tables.flatMap((table) => {
    const name = identifier(table.name);
    const type = elementOf(table);
    const indices = table.labels.map((_, i) => `i${i}`);
    const clamped = indices.map((index, i) => `min(max(${index}, 0), u.table_${name}_extent_${i} - 1)`);
    // The launcher takes no table of 2^31 values or more.
    const address = clamped.reduce(
      (so, index, i) => `${i === 1 ? so : `(${so})`} * u.table_${name}_extent_${i} + ${index}`,
    );
    const read = `${DEVICE} ${type} table_${name}(const Uniforms &u, ${indices.map((index) => `i32 ${index}`).join(", ")}) {
  return u.table_${name}[${address}];
}`;
    const searches = [
      ["count_below", "<"],
      ["count_up_to", "<="],
    ].map(
      ([search, compare]) => `// How many entries of the sorted table are ${compare} the bound.
${DEVICE} i32 ${search}_${name}(const Uniforms &u, ${type} bound) {
  i32 low = 0;
  i32 high = u.table_${name}_extent_0;
  while (low < high) {
    const i32 middle = low + (high - low) / 2;
    if (u.table_${name}[middle] ${compare} bound) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}`,
    );
    return [read, ...searches];
  });
  return functions.filter((body) => text.includes(`${/(\w+)\(const Uniforms/.exec(body)?.[1]}(`)).join("\n\n");
}
