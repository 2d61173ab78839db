/** The mask of a run of keys for one query: a word whose bit j says that the query sees key j of the run. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { coordinates, indent, insideAlong } from "./coordinates.js";
import type { Dialect } from "./dialect.js";
import { hoisted, typeOfPart } from "./hoist.js";
import { identifier } from "./identifier.js";
import { isMasked, needsOf, pairArguments, rowsOf, valuesOfParts } from "./pattern.js";

/** Keys of a box that lie side by side along the innermost key axis, at most so many. */
export const runOf = (plan: AttentionPlan, most: number): number => Math.min(most, plan.tiles.key.at(-1) as number);

/** Along the innermost axis the mask is a compare of bounds, computed once per row and run. */
function emitByBounds(dialect: Dialect, plan: AttentionPlan, first: string, keys: number): string {
  const needs = needsOf(rowsOf(plan) ?? []);
  const run = runOf(plan, keys);
  const axes = plan.pattern.axes.key.map(identifier);
  const inner = axes.at(-1) as string;
  const at = `k_${inner}`;
  const call = (name: string) => dialect.call(name, "region", pairArguments(plan));
  const outside = axes.slice(0, -1).map((axis) => `k_${axis} <= at.hi_k_${axis}`);
  const sees = [...outside, ...(needs.sees ? [call("sees")] : [])];
  const bits = `bits_between(start - ${at}, max(last, ${at} - 1) - ${at})${run < keys ? " << run" : ""}`;
  const lines = [
    dialect.let("element", "i32", `i32(${run < keys ? `${first} + run` : first})`),
    ...coordinates(dialect, plan, "k", "element"),
    dialect.let("start", "i32", needs.first_seen ? `max(${call("first_seen")}, ${at})` : at),
    dialect.let("last", "i32", needs.last_seen ? `min(${call("last_seen")}, at.hi_k_${inner})` : `at.hi_k_${inner}`),
    `seen_by_row |= ${sees.length > 0 ? `select(0u, ${bits}, ${dialect.all(sees)})` : bits};`,
  ];
  if (run === keys) return lines.join("\n");
  return `${dialect.loop("run", keys, run)}\n${indent(lines, 1)}\n}`;
}

function emitByPairs(dialect: Dialect, plan: AttentionPlan, first: string, keys: number): string {
  const { rows, columns } = hoisted(plan);
  const parts = [...rows.map(({ name }) => name), ...columns.map(({ name }) => `${name}[key]`)];
  const attends = isMasked(plan) ? [dialect.call("attends", "region", pairArguments(plan), ...parts)] : [];
  const lines = [
    dialect.let("element", "i32", `i32(${first} + key)`),
    ...coordinates(dialect, plan, "k", "element"),
    `seen_by_row |= select(0u, 1u, ${dialect.all([...insideAlong(plan, "k"), ...attends])}) << key;`,
  ];
  const declared = valuesOfParts(dialect, plan, rows, (part, value) => dialect.let(part.name, typeOfPart(part), value));
  return [...declared, `${dialect.loop("key", keys, 1)}\n${indent(lines, 1)}\n}`].join("\n");
}

/** Statements that come before the rows: what the keys alone decide, where pairs are tested one by one. */
export function emitColumns(dialect: Dialect, plan: AttentionPlan, first: string, keys: number): string[] {
  const columns = rowsOf(plan) ? [] : hoisted(plan).columns;
  if (columns.length === 0) return [];
  const lines = [
    dialect.let("element", "i32", `i32(${first} + key)`),
    ...coordinates(dialect, plan, "k", "element"),
    ...valuesOfParts(dialect, plan, columns, ({ name }, value) => `${name}[key] = ${value};`),
  ];
  return [
    ...columns.map((part) => dialect.array(part.name, typeOfPart(part), keys)),
    `${dialect.loop("key", keys, 1)}\n${indent(lines, 1)}\n}`,
  ];
}

/** Statements that set, for the query in hand, the bits in `seen_by_row` of `keys` keys of the box from `first` on. */
export const emitSeen = (dialect: Dialect, plan: AttentionPlan, first: string, keys: number): string =>
  `${dialect.var("seen_by_row", "u32", "0u")}\n${(rowsOf(plan) ? emitByBounds : emitByPairs)(dialect, plan, first, keys)}`;
