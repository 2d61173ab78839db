/** C that fills the struct `Uniforms` of a kernel, field by field, by the names that device and host agree on. */
import type { ManifestCudaKernel } from "../../../compiler/plan/manifest.js";
import { identifier } from "../../common/identifier.js";
import { bytesOf, cName, dimensionsOf, floatLiteral, type LaunchField, openParams, type Variant } from "./variant.js";

type Values = Map<string, string>;

const OPERANDS = ["q", "k", "v", "output", "lse"] as const;

/** Strides by the names of the dimensions, and whether rows can be taken whole. */
function operandValues(variant: Variant, { headDim, valueDim, dtype }: ManifestCudaKernel): Values {
  const values: Values = new Map();
  for (const name of OPERANDS) {
    for (const [i, dimension] of dimensionsOf(variant, name).entries()) {
      // What the strides of an axis are called that is itself called `heads`, say, the axis decides.
      const axis = i === 0 ? "batch" : i === 1 ? "head" : dimension === "dim" ? "dim" : identifier(dimension);
      values.set(`${name}_stride_${axis}`, `${name}.strides[${i}]`);
    }
    const dim = name === "q" || name === "k" ? headDim : valueDim;
    // Where a row is no whole number of 16 bytes, its last piece would reach beyond it.
    const isWhole = (dim * bytesOf(dtype)) % 16 === 0;
    if (name !== "lse") values.set(`${name}_rows`, isWhole ? `has_wide_rows(&${name})` : "0");
  }
  return values
    .set("q", "static_cast<const Element *>(args->q)")
    .set("k", "static_cast<const Element *>(args->k)")
    .set("v", "static_cast<const Element *>(args->v)")
    .set("output", "static_cast<Element *>(args->output)")
    .set("lse", "args->lse");
}

function axisValues({ axes }: Variant, { queryTile }: ManifestCudaKernel): Values {
  const values: Values = new Map();
  for (const [i, axis] of axes.query.entries()) {
    values.set(`tiles_${identifier(axis)}`, `ceil_divide(args->query_extent[${i}], ${queryTile[i]})`);
  }
  for (const [letter, side] of [
    ["q", "query"],
    ["k", "key"],
  ] as const) {
    for (const [i, axis] of axes[side].entries()) {
      const name = `${letter}_${identifier(axis)}`;
      values.set(`size_${name}`, `grid.${side}[${i}]`);
      values.set(`origin_${name}`, `args->${side}_offset[${i}]`);
      values.set(`extent_${name}`, `args->${side}_extent[${i}]`);
      if (side === "query") continue;
      values.set(`slot_${name}`, `first_slot(args, ${i})`);
      values.set(`wrap_${name}`, `first_slot(args, ${i}) - ring_turn(args, ${i})`);
    }
  }
  return values;
}

function valuesOf(variant: Variant, kernel: ManifestCudaKernel): Values {
  const { headDim } = kernel;
  const named: Values = new Map([
    ["heads", "args->heads"],
    ["key_heads", "args->key_heads"],
    ["first_batch", "0"],
    ["scale", `args->scale != 0 ? args->scale : ${floatLiteral(1 / Math.sqrt(headDim))}`],
    ...openParams(variant).map(({ name }) => [`param_${identifier(name)}`, `args->params.${cName(name)}`] as const),
    ...variant.tables.flatMap(({ name, labels }) => {
      const [field, member] = [`table_${identifier(name)}`, `args->tables.${cName(name)}`];
      const extents = labels.map((_, i) => [`${field}_extent_${i}`, `${member}.extent[${i}]`] as const);
      return [[field, `${member}.data`] as const, ...extents];
    }),
  ]);
  return new Map([...named, ...axisValues(variant, kernel), ...operandValues(variant, kernel)]);
}

const FUNCTIONS: readonly (readonly [name: string, text: string])[] = [
  ["ceil_divide", "static int ceil_divide(int extent, int tile) { return extent / tile + (extent % tile != 0); }"],
  [
    "first_slot",
    `// Where the first key lies along an axis.
static u32 first_slot(const Args *args, int axis) {
  return args->key_ring[axis] ? args->key_offset[axis] % args->key_ring[axis] : 0;
}`,
  ],
  [
    "ring_turn",
    `// What a slot loses at the end of a ring: its extent; without a ring 2^31, which no slot reaches.
static u32 ring_turn(const Args *args, int axis) {
  return args->key_ring[axis] ? args->key_ring[axis] : 0x80000000u;
}`,
  ],
];

/** Functions that the lines of `emitUniforms` and the launch call. */
export const emitUniformFunctions = (text: string): string[] =>
  FUNCTIONS.filter(([name]) => text.includes(`${name}(`)).map(([, body]) => body);

/** Lines that declare and fill `u`. */
export function emitUniforms(variant: Variant, kernel: ManifestCudaKernel, fields: readonly LaunchField[]): string[] {
  const values = valuesOf(variant, kernel);
  const lines = fields.map(({ name, type }) => {
    const value = values.get(name);
    if (value === undefined)
      throw new Error(`bug in mscc: the kernel has the uniform '${name}', unknown to its launcher`);
    return `u.${name} = ${type === "i64" ? `(i64)${value}` : value};`;
  });
  return ["Uniforms u = {};", ...lines];
}
