/** Device functions that say where a position lies in an operand. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { identifier } from "../common/identifier.js";
import { DEVICE } from "./dialect.js";

const sideOf = (operand: string): "q" | "k" => (operand === "k" || operand === "v" ? "k" : "q");

const axesOf = ({ pattern: { axes } }: AttentionPlan, side: "q" | "k") =>
  axes[side === "q" ? "query" : "key"].map(identifier);

/** The coordinates of a position as arguments: `q_t, q_y, q_x`. */
export const position = (plan: AttentionPlan, side: "q" | "k"): string =>
  axesOf(plan, side)
    .map((axis) => `${side}_${axis}`)
    .join(", ");

const parameters = (plan: AttentionPlan, side: "q" | "k") =>
  axesOf(plan, side)
    .map((axis) => `i32 ${side}_${axis}`)
    .join(", ");

/**
 * Slot of a position along an axis of the keys. They may lie in a ring: the slot is the lesser of the count from the slot
 * of the first one and that count less the ring, which without a ring, or before its end, is beyond the range in u32.
 */
const slotOf = (axis: string): string =>
  `min(u32(k_${axis} - u.origin_k_${axis}) + u.slot_k_${axis}, u32(k_${axis} - u.origin_k_${axis}) + u.wrap_k_${axis})`;

/** Slot of a position as a coordinate of a tensor map. */
export const slot = (plan: AttentionPlan, side: "q" | "k", depth: number, at: string): string => {
  const axis = axesOf(plan, side)[depth] as string;
  return side === "q"
    ? `${at}.lo_q_${axis} - u.origin_q_${axis}`
    : `i32(${slotOf(axis).replaceAll(`k_${axis} - `, `${at}.lo_k_${axis} - `)})`;
};

function emitPlace(plan: AttentionPlan, operand: string): string {
  const side = sideOf(operand);
  const head = side === "k" ? "at.head / (u.heads / u.key_heads)" : "at.head";
  const terms = axesOf(plan, side).map((axis) => {
    const along = side === "k" ? slotOf(axis) : `${side}_${axis} - u.origin_${side}_${axis}`;
    return `i64(${along}) * u.${operand}_stride_${axis}`;
  });
  const sum = [`i64(at.batch) * u.${operand}_stride_batch`, `i64(${head}) * u.${operand}_stride_head`, ...terms].join(
    " +\n         ",
  );
  return `${DEVICE} i64 place_of_${operand}(const Uniforms &u, const Box &at, ${parameters(plan, side)}) {
  return ${sum};
}`;
}

/** `place_of_<operand>`: elements from the start of the operand to the row of a position; of the LSE, to its value. */
export const emitPlaces = (plan: AttentionPlan, operands: readonly string[]): string =>
  `// Elements from the start of an operand to the row of a position.\n${operands
    .map((operand) => emitPlace(plan, operand))
    .join("\n\n")}`;
