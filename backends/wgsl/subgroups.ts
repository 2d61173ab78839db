/**
 * The subgroup skeleton: one fused forward kernel without workgroup memory or barriers. A tile of 32 queries lies in
 * the registers of 4, 8 or 32 invocations; keys go in groups of 16 or 8 whose elements the invocations load together and
 * pass on by shuffles, so that every loaded key serves 32 rows.
 */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { indent } from "../common/coordinates.js";
import { emitNest } from "./nest.js";
import { emitMaskFunctions, emitTileEntry, TIMES, TIMES_UNROLLED } from "./parts.js";
import { emitBoxStruct, emitLoopFunctions, emitPatternFunctions } from "./spelling.js";
import { emitLoad, emitStore, type Storage } from "./storage.js";
import { emitAttending, emitGroups } from "./subgroup-body.js";
import { emitResults, emitRows } from "./subgroup-rows.js";
import { type Shape, shapeFor, typeOf } from "./subgroup-shape.js";

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

function emitMain(plan: AttentionPlan, shape: Shape): string {
  const { lanes, vectors } = shape;
  const state = (n: number) => [
    `var attended_${n} = ${typeOf(shape, "u32")}(0u);`,
    `var largest_${n} = ${typeOf(shape, "f32")}(LOWEST);`,
    `var total_${n} = ${typeOf(shape, "f32")}(0.0);`,
  ];
  return `@compute @workgroup_size(${lanes})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) subgroup_lane: u32,
) {
${emitTileEntry(plan)}

${emitRows(plan, shape)}

  // Not 0 once a row has seen a key; the largest logit of a row so far; the sum of its weights.
${indent(Array.from({ length: vectors }, (_, n) => state(n)).flat(), 1)}

${emitNest(plan, emitGroups(plan, shape))}

${emitResults(plan, shape)}
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
