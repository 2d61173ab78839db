/** Where the elements of a box are: their coordinates, and whether the box holds them. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Dialect } from "./dialect.js";
import { identifier } from "./identifier.js";
import { hasLattice } from "./loops.js";

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

/** Coordinates of element `index` of a box: lines that declare `<side>_<axis>`, innermost axis fastest. */
export function coordinates(dialect: Dialect, plan: AttentionPlan, side: "q" | "k", index: string): string[] {
  const axes = plan.pattern.axes[side === "q" ? "query" : "key"];
  const tile = plan.tiles[side === "q" ? "query" : "key"];
  return axes.map((axis, i) => {
    const inner = product(tile.slice(i + 1));
    const extent = tile[i] as number;
    const lo = `at.lo_${side}_${identifier(axis)}`;
    const declare = (value: string) => dialect.let(`${side}_${identifier(axis)}`, "i32", value);
    if (extent === 1) return declare(lo);
    const quotient = inner === 1 ? index : `${index} / ${inner}`;
    const part = product(tile.slice(0, i)) === 1 ? quotient : `${inner === 1 ? index : `(${quotient})`} % ${extent}`;
    const stride = side === "k" && hasLattice(plan, i) ? ` * stride_${identifier(axis)}` : "";
    return declare(`${lo} + ${stride ? `(${part})${stride}` : part}`);
  });
}

/** Lines set in by so many levels. */
export const indent = (lines: readonly string[], depth: number) =>
  lines.map((line) => "  ".repeat(depth) + line).join("\n");

/** What holds where the box holds the position in hand. */
export const insideAlong = (plan: AttentionPlan, side: "q" | "k"): string[] =>
  plan.pattern.axes[side === "q" ? "query" : "key"].map(
    (axis) => `${side}_${identifier(axis)} <= at.hi_${side}_${identifier(axis)}`,
  );

/** Whether the box holds the position in hand. */
export const inside = (plan: AttentionPlan, side: "q" | "k") => insideAlong(plan, side).join(" && ");
