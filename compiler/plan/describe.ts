/** The derived loops as lines that a person reads: what is visited, and what is tested there. Pseudocode, never a kernel. */
import { FALSE, TRUE } from "../ir/expression.js";
import { print } from "../ir/print.js";
import type { AttentionPlan, Loop, LoopNest, Region } from "./plan.js";

/** What surrounds the loops of one role. */
interface Surroundings {
  readonly nest: LoopNest;
  /** Variables of the looped side begin with this. */
  readonly looped: "q" | "k";
  readonly axes: readonly string[];
  /** Extents of a box of the looped side. */
  readonly extents: readonly number[];
}

const indent = (lines: readonly string[], depth: number) => lines.map((line) => "  ".repeat(depth) + line);

function loopLine({ axis, lower, upper, step, residue, live, scanned }: Loop, side: "q" | "k", extent: number): string {
  const name = `${side}.${axis}`;
  const parts = [`for ${name} in ${print(lower)} .. ${print(upper)}`];
  if (residue) parts.push(`where ${name} is congruent to ${print(residue)} modulo ${print(step)}`);
  if (extent > 1) parts.push(`${extent} at a time`);
  if (scanned) parts.push("the whole axis");
  if (live !== TRUE) parts.push(`only where ${print(live)}`);
  return parts.join(", ");
}

/** Lines inside the innermost loop. */
function boxLines({ full, attend }: Region): string[] {
  if (full === TRUE) return ["every pair attends"];
  const test = `a pair attends if ${print(attend)}`;
  return full === FALSE ? [test] : [`every pair attends if ${print(full)}`, `else ${test}`];
}

function regionLines(region: Region, { looped, extents }: Surroundings): string[] {
  const loops = region.loops.map((loop, i) => indent([loopLine(loop, looped, extents[i] as number)], i));
  return [...loops.flat(), ...indent(boxLines(region), region.loops.length)];
}

function nestLines(surroundings: Surroundings): string[] {
  const { regions } = surroundings.nest;
  return regions.flatMap((region, i) => {
    const lines = regionLines(region, surroundings);
    const name = regions.length > 1 ? `region ${i + 1} of ${regions.length}` : "";
    const guard = region.guard === TRUE ? "" : `if ${print(region.guard)}`;
    const head = [name, guard].filter((part) => part !== "").join(", ");
    return head === "" ? lines : [`${head}:`, ...indent(lines, 1)];
  });
}

/**
 * The loops of the forward kernel (which keys a tile of queries visits) or, for "key-tile", of the backward one.
 * Bounds are inclusive; `.lo` and `.hi` are the first and last position of a tile or box.
 */
export function describeLoops(plan: AttentionPlan, role: LoopNest["role"] = "query-tile"): string[] {
  const { axes } = plan.pattern;
  const byQuery = role === "query-tile";
  const looped = byQuery
    ? { nest: plan.forward, looped: "k" as const, axes: axes.key, extents: plan.tiles.key }
    : { nest: plan.backward, looped: "q" as const, axes: axes.query, extents: plan.tiles.query };
  const [tile, names] = byQuery ? [plan.tiles.query, axes.query] : [plan.tiles.key, axes.key];
  const what = byQuery ? "queries" : "keys";
  return [`for each tile of ${tile.join(" x ")} ${what} (${names.join(", ")}):`, ...indent(nestLines(looped), 1)];
}
