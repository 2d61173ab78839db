/** Parts of a query tile: the rows of a warp or a warpgroup are a box as well, which many boxes of keys pass by. */
import { variablesOf } from "../../compiler/ir/expression.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { identifier } from "../common/identifier.js";
import { axisLoops } from "../common/loops.js";
import { DEVICE } from "./dialect.js";
import { block } from "./text.js";

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

interface Narrowed {
  readonly axis: string;
  readonly lines: readonly string[];
}

/** The query axes along which `rows` rows extend less than the tile does. */
function narrowed({ pattern, tiles }: AttentionPlan, rows: number): Narrowed[] {
  return pattern.axes.query.flatMap((name, i) => {
    const extent = tiles.query[i] as number;
    const inner = product(tiles.query.slice(i + 1));
    const span = Math.max(1, Math.floor(rows / inner));
    if (span >= extent) return [];
    const id = identifier(name);
    const quotient = inner === 1 ? "first_row" : `first_row / ${inner}`;
    const isOutermost = product(tiles.query.slice(0, i)) === 1;
    const lo = `at.lo_q_${id} += ${isOutermost ? quotient : `${quotient} % ${extent}`};`;
    const hi = span === 1 ? `at.lo_q_${id}` : `min(at.lo_q_${id} + ${span - 1}, at.hi_q_${id})`;
    return [{ axis: name, lines: [lo, `at.hi_q_${id} = ${hi};`] }];
  });
}

/** Key axes whose bounds follow from where the queries lie along the axes given. */
function boundedBy({ forward, pattern }: AttentionPlan, axes: readonly string[]): string[] {
  const ends = new Set(axes.flatMap((axis) => [`q.${axis}.lo`, `q.${axis}.hi`]));
  return pattern.axes.key.filter((_, depth) =>
    axisLoops(forward.regions, depth).some(({ lower, upper }) =>
      [...variablesOf(lower), ...variablesOf(upper)].some((name) => ends.has(name)),
    ),
  );
}

/** `meet`: what of a box of keys the rows from `first_row` on see. */
export function emitMeet(plan: AttentionPlan, rows: number): string {
  const parts = narrowed(plan, rows);
  const axes = boundedBy(
    plan,
    parts.map(({ axis }) => axis),
  ).map(identifier);
  const tests = axes.flatMap((axis) => [
    `(first_${axis}(u, walk.region, at) <= at.hi_k_${axis})`,
    `(at.lo_k_${axis} <= last_${axis}(u, walk.region, at))`,
  ]);
  const body = [
    "Box at = walk.at;",
    ...parts.flatMap(({ lines }) => lines),
    "is_full = walk.is_whole & full(u, walk.region, at);",
    `return ${tests.length === 0 ? "true" : tests.join(" &\n       ")};`,
  ];
  return `// False only where none of ${rows} rows of the tile attends with the box in hand. Sets whether all of them do with all of it.
${DEVICE} bool meet(const Uniforms &u, const Walk &walk, i32 first_row, bool &is_full) {
${block(body, 1)}
}`;
}
