/** The nested loops of a query tile around one tile body. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { identifier } from "../common/identifier.js";
import { axisLoops, hasLattice, isTrue } from "../common/loops.js";

/** Nested loops over regions and key axes with the tile body in the middle, indented to stand in a function. */
export function emitNest(plan: AttentionPlan, body: string): string {
  const { regions } = plan.forward;
  const lines: string[] = [];
  const put = (depth: number, text: string) => lines.push(`${"  ".repeat(depth + 1)}${text}`);
  put(0, "// Which split the next key box falls on: all walk the loops, and the boxes go round.");
  put(0, "var turn = 0u;");
  // Unrolled, several regions are as many bodies.
  const end = regions.length === 1 ? "1" : `${regions.length} + i32(u.no_unroll)`;
  put(0, `for (var region = 0; region < ${end}; region++) {`);
  if (!isTrue(regions.map((region) => region.guard))) put(1, "if (!enters(region, at)) {\n      continue;\n    }");
  const whole: string[] = [];
  for (const [depth, axis] of plan.pattern.axes.key.entries()) {
    emitLoopHead(plan, depth, axis, put);
    // A box of extent 1 is always whole.
    if (plan.tiles.key[depth] !== 1)
      whole.push(`at.lo_k_${identifier(axis)} + ${reachOf(plan, depth)} <= end_${identifier(axis)}`);
  }
  const inner = plan.pattern.axes.key.length + 1;
  put(inner, "let is_mine = turn == split;");
  put(inner, "turn = select(turn + 1u, 0u, turn + 1u == u.splits);");
  put(inner, `if (!is_mine) {\n${"  ".repeat(inner + 2)}continue;\n${"  ".repeat(inner + 1)}}`);
  put(inner, `let is_full = ${[...whole, "full(region, at)"].join(" && ")};`);
  for (const line of body.trim().split("\n")) lines.push(line ? `${"  ".repeat(inner + 1)}${line}` : "");
  for (let depth = inner - 1; depth >= 0; depth--) put(depth, "}");
  return lines.join("\n");
}

/** Distance from the first to the last position of a whole box along a key axis. */
function reachOf(plan: AttentionPlan, depth: number): string {
  const extent = plan.tiles.key[depth] as number;
  const id = identifier(plan.pattern.axes.key[depth] as string);
  return hasLattice(plan, depth) ? `${extent - 1} * stride_${id}` : String(extent - 1);
}

function emitLoopHead(
  plan: AttentionPlan,
  depth: number,
  axis: string,
  put: (depth: number, text: string) => void,
): void {
  const id = identifier(axis);
  const lo = `at.lo_k_${id}`;
  const extent = plan.tiles.key[depth] as number;
  put(depth + 1, `let end_${id} = last_${id}(region, at);`);
  put(depth + 1, `let start_${id} = first_${id}(region, at);`);
  let start = `start_${id}`;
  let step = String(extent);
  if (hasLattice(plan, depth)) {
    put(depth + 1, `let stride_${id} = step_${id}(region, at);`);
    start = `start_${id} + modulo(residue_${id}(region, at) - start_${id}, stride_${id})`;
    step = extent === 1 ? `stride_${id}` : `${extent} * stride_${id}`;
  }
  put(depth + 1, `for (${lo} = ${start}; ${lo} <= end_${id}; ${lo} += ${step}) {`);
  put(depth + 2, `at.hi_k_${id} = ${extent === 1 ? lo : `min(${lo} + ${reachOf(plan, depth)}, end_${id})`};`);
  if (!isTrue(axisLoops(plan.forward.regions, depth).map((loop) => loop.live))) {
    put(depth + 2, `if (!live_${id}(region, at)) {\n${"  ".repeat(depth + 4)}continue;\n${"  ".repeat(depth + 3)}}`);
  }
}
