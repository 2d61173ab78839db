/**
 * The subgroup skeleton: one fused forward kernel without workgroup memory or barriers. A tile of 32 queries lies in
 * the registers of 4, 8 or 32 invocations; keys go in groups of 16 whose elements the invocations load together and
 * pass on by shuffles, so that every loaded key serves 32 rows.
 */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { coordinates, indent, inside, offset } from "./coordinates.js";
import { emitBoxStruct, emitLoopFunctions, emitNest } from "./loops.js";
import { emitMaskFunctions } from "./mask.js";
import { emitTileEntry, TIMES, TIMES_UNROLLED } from "./parts.js";
import { emitPatternFunctions } from "./pattern.js";
import { emitLoad, emitStore, type Storage } from "./storage.js";
import { emitAttending, emitGroups } from "./subgroup-body.js";
import { each, partOf, type Shape, shapeFor, typeOf } from "./subgroup-shape.js";

/** Fewest invocations of a subgroup for which there is a kernel: each takes the most that a device is sure to have. */
export const SUBGROUP_SIZES = [32, 8, 4] as const;

export interface SubgroupOptions {
  readonly headDim: number;
  readonly valueDim: number;
  readonly storage: Storage;
  readonly lanes: number;
  /** Keys whose logits an invocation holds at a time. */
  readonly group?: number;
}

/** Names of the query's coordinates in a term that names them plainly. */
const renamed = (text: string, r: number): string => text.replace(/\bq_(\w+)(?= - u\.| <= at)/g, `q_$1_${r}`);

function emitRow(plan: AttentionPlan, r: number, shape: Shape): string[] {
  const declared = coordinates(plan, "q", `row_${r}`).map((line) => line.replace(/let (q_\w+) =/, `let $1_${r} =`));
  return [
    `let row_${r} = i32(${shape.rows === 1 ? "lane" : `${shape.rows}u * lane + ${r}u`});`,
    ...declared,
    `let holds_${r} = ${renamed(inside(plan, "q"), r)};`,
    `let start_of_${r} = select(0u, ${renamed(offset(plan, "q", "q", "u32(at.head)"), r)}, holds_${r});`,
    `var rows_of_q_${r}: array<vec4f, ${shape.head.held}>;`,
    `var acc_${r}: array<vec4f, ${shape.value.held}>;`,
  ];
}

const emitWrite = (plan: AttentionPlan, r: number, shape: Shape) => `if (holds_${r}) {
    let sees_any = ${partOf(shape, "attended", r)} != 0u;
    let sum = ${partOf(shape, "total", r)};
    lse[${renamed(offset(plan, "lse", "q", "u32(at.head)"), r)}] = select(LOWEST, ${partOf(shape, "largest", r)} + log(sum), sees_any);
    let start = ${renamed(offset(plan, "output", "q", "u32(at.head)"), r)};
    for (var i = 0u; i < times(${shape.value.used}u); i++) {
      store_output(start, i, select(vec4f(0.0), acc_${r}[i] / sum, sees_any));
    }
  }`;

function emitMain(plan: AttentionPlan, shape: Shape): string {
  const { lanes, rows, vectors, head } = shape;
  const state = each(vectors, (n) =>
    [
      `var attended_${n} = ${typeOf(shape, "u32")}(0);`,
      `var largest_${n} = ${typeOf(shape, "f32")}(LOWEST);`,
      `var total_${n} = ${typeOf(shape, "f32")}(0.0);`,
    ].join("\n"),
  );
  const lines = (texts: readonly string[]) => texts.flatMap((text) => text.split("\n"));
  return `@compute @workgroup_size(${lanes})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) subgroup_lane: u32,
) {
${emitTileEntry(plan)}

${indent(lines(each(rows, (r) => emitRow(plan, r, shape).join("\n"))), 1)}
  for (var i = 0u; i < times(${head.held}u); i++) {
${indent(
  each(rows, (r) => `rows_of_q_${r}[i] = load_q(start_of_${r}, i);`),
  2,
)}
  }

  // Not 0 once a row has seen a key; the largest logit of a row so far; the sum of its weights.
${indent(lines(state), 1)}

${emitNest(plan, emitGroups(plan, shape))}

  ${each(rows, (r) => emitWrite(plan, r, shape)).join("\n  ")}
}`;
}

/** Everything below the interface, for subgroups of at least `lanes` invocations. */
export function emitSubgroups(plan: AttentionPlan, options: SubgroupOptions): string {
  const { headDim, valueDim, storage, lanes } = options;
  const shape = shapeFor(plan.tiles, options);
  const { head, value } = shape;
  return [
    `// LSE of a query that sees nothing, and the logit of a pair that does not attend.
const LOWEST = -3.4028234663852886e38f;`,
    lanes < 32 ? TIMES : TIMES_UNROLLED,
    emitBoxStruct(plan),
    emitLoopFunctions(plan),
    emitPatternFunctions(plan),
    emitMaskFunctions(plan, shape.group),
    emitAttending(shape),
    emitLoad("q", headDim, storage, head),
    emitLoad("k", headDim, storage, head),
    emitLoad("v", valueDim, storage, value),
    emitStore(valueDim, storage),
    emitMain(plan, shape),
  ]
    .filter((text) => text.length > 0)
    .join("\n\n");
}
