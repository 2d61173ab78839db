/** Where an element of an operand lies in its binding. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { identifier } from "../common/identifier.js";

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
