/** The mask of a run of keys for one query: a word whose bit j says that the query sees key j of the run. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { coordinates, indent, inside } from "./coordinates.js";
import { hoisted, typeOfPart } from "./hoist.js";
import { identifier } from "./interface.js";
import { declareParts, isMasked, needsOf, pairArguments, rowsOf } from "./pattern.js";

/** Keys of a box that lie side by side along the innermost key axis, at most so many. */
export const runOf = (plan: AttentionPlan, most: number): number => Math.min(most, plan.tiles.key.at(-1) as number);

/** Helpers that the statements of `emitSeen` call. */
export const emitMaskFunctions = (plan: AttentionPlan, keys: number): string =>
  rowsOf(plan)
    ? `// Bits first to last of a run of keys.
fn bits_between(first: i32, last: i32) -> u32 {
  let below = (1u << u32(clamp(first, 0, ${runOf(plan, keys)}))) - 1u;
  return ((1u << u32(clamp(last + 1, 0, ${runOf(plan, keys)}))) - 1u) & ~below;
}`
    : "";

/** Along the innermost axis the mask is a compare of bounds, computed once per row and run. */
function emitByBounds(plan: AttentionPlan, first: string, keys: number): string {
  const needs = needsOf(rowsOf(plan) ?? []);
  const run = runOf(plan, keys);
  const axes = plan.pattern.axes.key.map(identifier);
  const inner = axes.at(-1) as string;
  const at = `k_${inner}`;
  const call = (name: string) => `${name}(region, ${pairArguments(plan)})`;
  const outside = axes.slice(0, -1).map((axis) => `k_${axis} <= at.hi_k_${axis}`);
  const sees = [...outside, ...(needs.sees ? [call("sees")] : [])];
  const bits = `bits_between(start - ${at}, max(last, ${at} - 1) - ${at})${run < keys ? " << run" : ""}`;
  const lines = [
    `let element = i32(${run < keys ? `${first} + run` : first});`,
    ...coordinates(plan, "k", "element"),
    `let start = ${needs.first_seen ? `max(${call("first_seen")}, ${at})` : at};`,
    `let last = ${needs.last_seen ? `min(${call("last_seen")}, at.hi_k_${inner})` : `at.hi_k_${inner}`};`,
    `seen_by_row |= ${sees.length > 0 ? `select(0u, ${bits}, ${sees.join(" && ")})` : bits};`,
  ];
  if (run === keys) return lines.join("\n");
  return `for (var run = 0u; run < times(${keys}u); run += ${run}u) {\n${indent(lines, 1)}\n}`;
}

function emitByPairs(plan: AttentionPlan, first: string, keys: number): string {
  const { rows, columns } = hoisted(plan);
  const parts = [...rows.map(({ name }) => name), ...columns.map(({ name }) => `${name}[key]`)];
  const attends = isMasked(plan) ? ` && attends(${["region", pairArguments(plan), ...parts].join(", ")})` : "";
  const lines = [
    `let element = i32(${first} + key);`,
    ...coordinates(plan, "k", "element"),
    `seen_by_row |= select(0u, 1u, ${inside(plan, "k")}${attends}) << key;`,
  ];
  const declared = declareParts(plan, rows, (name) => `let ${name}`);
  return [...declared, `for (var key = 0u; key < times(${keys}u); key++) {\n${indent(lines, 1)}\n}`].join("\n");
}

/** Statements that come before the rows: what the keys alone decide, where pairs are tested one by one. */
export function emitColumns(plan: AttentionPlan, first: string, keys: number): string[] {
  const columns = rowsOf(plan) ? [] : hoisted(plan).columns;
  if (columns.length === 0) return [];
  const lines = [
    `let element = i32(${first} + key);`,
    ...coordinates(plan, "k", "element"),
    ...declareParts(plan, columns, (name) => `${name}[key]`),
  ];
  return [
    ...columns.map((part) => `var ${part.name}: array<${typeOfPart(part)}, ${keys}>;`),
    `for (var key = 0u; key < times(${keys}u); key++) {\n${indent(lines, 1)}\n}`,
  ];
}

/** Statements that set, for the query in hand, the bits in `seen_by_row` of `keys` keys of the box from `first` on. */
export const emitSeen = (plan: AttentionPlan, first: string, keys: number): string =>
  `var seen_by_row = 0u;\n${(rowsOf(plan) ? emitByBounds : emitByPairs)(plan, first, keys)}`;
