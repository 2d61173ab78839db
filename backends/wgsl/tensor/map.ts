/** The plainest skeleton: one invocation per element of the output, reductions as loops. */
import type { Dtype } from "../../../compiler/plan/manifest.js";
import type { TensorPlan } from "../../../compiler/plan/tensor.js";
import { coordinates } from "./coordinates.js";
import { storeAt } from "./interface.js";
import { local, namesOf } from "./scalars.js";
import type { Skeleton } from "./skeleton.js";
import { axesNamed, ENTRY, workEntry } from "./skeleton.js";
import { evaluated, indented } from "./statements.js";

const LANES = 64;

export function emitMap(plan: TensorPlan, dtype: Dtype): Skeleton {
  const { tensor } = plan;
  const scope = { plan, names: namesOf(plan), ranges: new Set<string>(), done: new Set<string>() };
  const { lines, values } = evaluated(scope, [tensor.value], "value");
  const body = [
    ...workEntry("work"),
    `let element = work * ${LANES}u + lane;`,
    "if (element >= u.count) {",
    "  return;",
    "}",
    ...coordinates("element", axesNamed(tensor.axes)),
    ...lines,
    ...values.map((value) => storeAt(tensor, dtype, (axis) => local(`at.${axis}`), value)),
  ];
  return {
    text: `@compute @workgroup_size(${LANES})\n${ENTRY}\n${indented(body).join("\n")}\n}`,
    explanation: ["One invocation computes one element."],
    workgroupSize: LANES,
    memory: 0,
    dispatch: { kind: "elements", perWorkgroup: LANES },
  };
}
