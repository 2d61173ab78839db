/** The mask of a run of keys for one query: a word whose bit j says that the query sees key j of the run. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { coordinates, indent, inside } from "./coordinates.js";
import { identifier } from "./interface.js";
import { isMasked, needsOf, pairArguments, rowsOf } from "./pattern.js";

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

/** The query's coordinates have names of their own in every row. */
interface Row {
  /** Follows the names of the query's coordinates. */
  readonly suffix: string;
  /** Where the bits go: a word that starts as 0. */
  readonly seen: string;
}

/** Along the innermost axis the mask is a compare of bounds, computed once per row and run. */
function emitByBounds(plan: AttentionPlan, first: string, keys: number, rows: readonly Row[]): string {
  const needs = needsOf(rowsOf(plan) ?? []);
  const run = runOf(plan, keys);
  const axes = plan.pattern.axes.key.map(identifier);
  const inner = axes.at(-1) as string;
  const at = `k_${inner}`;
  const outside = axes.slice(0, -1).map((axis) => `k_${axis} <= at.hi_k_${axis}`);
  const bits = ({ suffix }: Row) => {
    const call = (name: string) => `${name}(region, ${pairArguments(plan, suffix)})`;
    const from = needs.first_seen ? `max(${call("first_seen")}, ${at}) - ${at}` : "0";
    const last = needs.last_seen ? `min(${call("last_seen")}, at.hi_k_${inner})` : `at.hi_k_${inner}`;
    const between = `bits_between(${from}, max(${last}, ${at} - 1) - ${at})`;
    const sees = [...(outside.length > 0 ? ["holds"] : []), ...(needs.sees ? [call("sees")] : [])].join(" && ");
    return sees ? `select(0u, ${between}, ${sees})` : between;
  };
  const shift = run < keys ? " << run" : "";
  const lines = [
    `let element = i32(${run < keys ? `${first} + run` : first});`,
    ...coordinates(plan, "k", "element"),
    ...(outside.length > 0 ? [`let holds = ${outside.join(" && ")};`] : []),
    ...rows.map((row) => `${row.seen} |= ${shift ? `(${bits(row)})${shift}` : bits(row)};`),
  ];
  if (run === keys) return `{\n${indent(lines, 1)}\n}`;
  return `for (var run = 0u; run < times(${keys}u); run += ${run}u) {\n${indent(lines, 1)}\n}`;
}

function emitByPairs(plan: AttentionPlan, first: string, keys: number, rows: readonly Row[]): string {
  const test = ({ suffix }: Row) => (isMasked(plan) ? ` && attends(region, ${pairArguments(plan, suffix)})` : "");
  const lines = [
    `let element = i32(${first} + key);`,
    ...coordinates(plan, "k", "element"),
    `let holds = ${inside(plan, "k")};`,
    ...rows.map((row) => `${row.seen} |= select(0u, 1u, holds${test(row)}) << key;`),
  ];
  return `for (var key = 0u; key < times(${keys}u); key++) {\n${indent(lines, 1)}\n}`;
}

/** Statements that set the bits of `keys` keys of the box from element `first` on, for several rows. */
export const emitSeen = (plan: AttentionPlan, first: string, keys: number, rows: readonly Row[]): string =>
  (rowsOf(plan) ? emitByBounds : emitByPairs)(plan, first, keys, rows);
