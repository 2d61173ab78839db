/**
 * How the subgroup skeleton holds the rows of a tile: queries and sums in registers, read once and written once. Each row
 * has arrays of its own, named by constants: the time that LLVM takes to compile an array grows with the square of its
 * length, and one for all rows took lavapipe a minute at head dim 256.
 */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { indent, inside } from "../common/coordinates.js";
import { offset } from "./offset.js";
import { coordinates } from "./spelling.js";
import { each, partOf, type Shape } from "./subgroup-shape.js";

/** Row `r` of this invocation: its coordinates. */
export const emitRowInHand = (plan: AttentionPlan, { rows }: Shape): string[] => [
  `let row = i32(${rows === 1 ? "lane" : `${rows}u * lane + r`});`,
  ...coordinates(plan, "q", "row"),
];

/** The array that holds a row. */
export const arrayOf = ({ rows }: Shape, name: "rows_of_q" | "acc", r: number): string =>
  rows === 1 ? name : `${name}_${r}`;

const startOf = (plan: AttentionPlan) => `select(0u, ${offset(plan, "q", "q", "u32(at.head)")}, ${inside(plan, "q")})`;

/** Declares the arrays, and loads the queries. */
export function emitRows(plan: AttentionPlan, shape: Shape): string {
  const { rows, head, value } = shape;
  const row = indent(emitRowInHand(plan, shape), 2);
  if (rows === 1) {
    return `  // The rows of this invocation, one after another, in groups of four elements.
  var rows_of_q: array<vec4f, ${head.held}>;
  var acc: array<vec4f, ${value.held}>;
  for (var r = 0u; r < times(1u); r++) {
${row}
    let start = ${startOf(plan)};
    for (var i = 0u; i < times(${head.held}u); i++) {
      rows_of_q[r * ${head.held}u + i] = load_q(start, i);
    }
  }`;
  }
  return `  // The rows of this invocation, in groups of four elements, each in arrays of its own.
${indent(
  each(rows, (r) => `var rows_of_q_${r}: array<vec4f, ${head.held}>; var acc_${r}: array<vec4f, ${value.held}>;`),
  1,
)}
  var starts: array<u32, ${rows}>;
  for (var r = 0u; r < times(${rows}u); r++) {
${row}
    starts[r] = ${startOf(plan)};
  }
  for (var i = 0u; i < times(${head.held}u); i++) {
    var four: array<vec4f, ${rows}>;
    for (var r = 0u; r < times(${rows}u); r++) {
      four[r] = load_q(starts[r], i);
    }
${indent(
  each(rows, (r) => `rows_of_q_${r}[i] = four[${r}];`),
  2,
)}
  }`;
}

/** Writes LSE and output. */
export function emitResults(plan: AttentionPlan, shape: Shape): string {
  const { rows, value } = shape;
  const ofRows = (name: string) => each(rows, (r) => partOf(shape, name, r)).join(", ");
  const row = indent(emitRowInHand(plan, shape), 2);
  const lse = `lse[${offset(plan, "lse", "q", "u32(at.head)")}] = select(LOWEST, largest[r] + log(total[r]), attended[r] != 0u);`;
  const start = offset(plan, "output", "q", "u32(at.head)");
  const states = `  var attended = array<u32, ${rows}>(${ofRows("attended")});
  var largest = array<f32, ${rows}>(${ofRows("largest")});
  var total = array<f32, ${rows}>(${ofRows("total")});`;
  if (rows === 1) {
    return `${states}
  for (var r = 0u; r < times(1u); r++) {
${row}
    if (${inside(plan, "q")}) {
      ${lse}
      let start = ${start};
      for (var i = 0u; i < times(${value.used}u); i++) {
        store_output(start, i, select(vec4f(0.0), acc[r * ${value.held}u + i] / total[r], attended[r] != 0u));
      }
    }
  }`;
  }
  return `${states}
  var is_inside: array<bool, ${rows}>;
  for (var r = 0u; r < times(${rows}u); r++) {
${row}
    is_inside[r] = ${inside(plan, "q")};
    if (is_inside[r]) {
      ${lse}
      starts[r] = ${start};
    }
  }
  for (var i = 0u; i < times(${value.used}u); i++) {
    let four = array<vec4f, ${rows}>(${each(rows, (r) => `acc_${r}[i]`).join(", ")});
    for (var r = 0u; r < times(${rows}u); r++) {
      if (is_inside[r]) {
        store_output(starts[r], i, select(vec4f(0.0), four[r] / total[r], attended[r] != 0u));
      }
    }
  }`;
}
