/** Where the elements of a box are: their coordinates, whether the box holds them, their offset in an operand. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { identifier } from "./interface.js";
import { hasLattice } from "./loops.js";

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

/** Coordinates of element `index` of a box: lines that declare `<side>_<axis>`, innermost axis fastest. */
export function coordinates(plan: AttentionPlan, side: "q" | "k", index: string): string[] {
  const axes = plan.pattern.axes[side === "q" ? "query" : "key"];
  const tile = plan.tiles[side === "q" ? "query" : "key"];
  return axes.map((axis, i) => {
    const inner = product(tile.slice(i + 1));
    const extent = tile[i] as number;
    const lo = `at.lo_${side}_${identifier(axis)}`;
    if (extent === 1) return `let ${side}_${identifier(axis)} = ${lo};`;
    const quotient = inner === 1 ? index : `${index} / ${inner}`;
    const part = product(tile.slice(0, i)) === 1 ? quotient : `${inner === 1 ? index : `(${quotient})`} % ${extent}`;
    const stride = side === "k" && hasLattice(plan, i) ? ` * stride_${identifier(axis)}` : "";
    return `let ${side}_${identifier(axis)} = ${lo} + ${stride ? `(${part})${stride}` : part};`;
  });
}

/** Lines set in by so many levels. */
export const indent = (lines: readonly string[], depth: number) =>
  lines.map((line) => "  ".repeat(depth) + line).join("\n");

/**
 * Slot of a position along an axis. Keys may lie in a ring: their slot is the lesser of the count from the slot of the
 * first one and that count less the ring, which without a ring, or before its end, is beyond the range in u32.
 */
function slot(side: "q" | "k", id: string): string {
  const from = `u32(${side}_${id} - u.origin_${side}_${id})`;
  return side === "q" ? from : `min(${from} + u.slot_k_${id}, ${from} + u.wrap_k_${id})`;
}

/** Offset of a position in an operand, without the dim, in elements; of a result, in the part of the workgroup's split. */
export function offset(plan: AttentionPlan, operand: string, side: "q" | "k", head: string): string {
  const axes = plan.pattern.axes[side === "q" ? "query" : "key"];
  const terms = axes.map((axis) => {
    const id = identifier(axis);
    return `${slot(side, id)} * u.${operand}_stride_${id}`;
  });
  return [
    `u.${operand}_offset`,
    `u32(at.batch) * u.${operand}_stride_batch`,
    `${head} * u.${operand}_stride_head`,
    ...terms,
    ...(operand === "output" || operand === "lse" ? [`split * u.${operand}_split_stride`] : []),
  ].join(" + ");
}

/** Whether the box holds the position in hand. */
export const inside = (plan: AttentionPlan, side: "q" | "k") =>
  plan.pattern.axes[side === "q" ? "query" : "key"]
    .map((axis) => `${side}_${identifier(axis)} <= at.hi_${side}_${identifier(axis)}`)
    .join(" && ");
