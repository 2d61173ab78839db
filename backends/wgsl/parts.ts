/** Parts that every skeleton shares: the way from a workgroup to its tile. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { indent } from "../common/coordinates.js";
import { identifier } from "../common/identifier.js";
import { runOf } from "../common/mask.js";
import { rowsOf } from "../common/pattern.js";

/** From the workgroup to its split, and its batch, heads and query tile: what every entry point begins with. */
export function emitTileEntry(plan: AttentionPlan): string {
  const lines: string[] = [];
  for (const [i, axis] of [...plan.pattern.axes.query.entries()].reverse()) {
    const id = identifier(axis);
    const extent = plan.tiles.query[i] as number;
    const step = extent === 1 ? `i32(rest % u.tiles_${id})` : `${extent} * i32(rest % u.tiles_${id})`;
    lines.push(`at.lo_q_${id} = u.origin_q_${id} + ${step};`);
    lines.push(`at.hi_q_${id} = min(at.lo_q_${id} + ${extent - 1}, u.origin_q_${id} + u.extent_q_${id} - 1);`);
    lines.push(`rest /= u.tiles_${id};`);
  }
  lines.push("at.head = i32(rest % u.heads);", "at.batch = i32(rest / u.heads);");
  return `  // Neighbouring workgroups share a tile: of its key boxes, each takes those that its split falls on.
  let work = workgroup.x + workgroup.y * workgroups.x;
  let split = work % u.splits;
  let tile = u.first_tile + work / u.splits;
  if (tile >= u.total_tiles) {
    return;
  }
  var at: Box;
  var rest = tile;
${indent(lines, 1)}
  let key_head = u32(at.head) / (u.heads / u.key_heads);`;
}

export const TIMES = `// Bound of a loop that is not to be unrolled: software drivers take many seconds to compile what they unroll.
fn times(n: u32) -> u32 {
  return n + u.no_unroll;
}`;

export const TIMES_UNROLLED = `// Bound of a loop that is to be unrolled, so that what it indexes stays in registers.
fn times(n: u32) -> u32 {
  return n;
}`;

/** Helpers that the statements of a mask call. */
export const emitMaskFunctions = (plan: AttentionPlan, keys: number): string =>
  rowsOf(plan)
    ? `// Bits first to last of a run of keys.
fn bits_between(first: i32, last: i32) -> u32 {
  let below = (1u << u32(clamp(first, 0, ${runOf(plan, keys)}))) - 1u;
  return ((1u << u32(clamp(last + 1, 0, ${runOf(plan, keys)}))) - 1u) & ~below;
}`
    : "";
