/** Plan and kernels of a tensor operation -> manifest: all that its launcher must know, as plain data in a fixed order. */
import { print } from "../../compiler/ir/print.js";
import { jsonOf } from "../../compiler/plan/checks.js";
import type { Manifest, TensorManifest, TensorManifestKernel } from "../../compiler/plan/manifest.js";
import { reductionText } from "../../compiler/plan/print-tensor.js";
import type { Range, Tensor, TensorInput, TensorPlan, TensorSchedule } from "../../compiler/plan/tensor.js";
import { tensorChecksOf } from "../../compiler/plan/tensor-checks.js";
import { paramsOf } from "./manifest.js";

/** Of a declaration of either kind. */
export type AnyManifest = Manifest | TensorManifest;

export const isTensor = (manifest: AnyManifest): manifest is TensorManifest =>
  "kind" in manifest && manifest.kind === "tensor";

const inputOf = ({ name, type, labels, isExact }: TensorInput): TensorInput => ({
  name,
  type,
  labels: labels.map(({ name: label, tie }) => ({ name: label, tie })),
  isExact,
});

const rangeOf = ({ texts }: Tensor, { name, extent }: Range): TensorManifest["ranges"][number] => ({
  name,
  text: texts.get(extent)?.text ?? print(extent),
  extent: jsonOf(extent),
});

/** A schedule in words. */
export function scheduleText(schedule: TensorSchedule): string {
  const list = (names: readonly string[]) => names.join(", ");
  switch (schedule.kind) {
    case "map":
      return "map: one invocation for each element";
    case "reduce": {
      const rows = schedule.rows.length > 0 ? `for each ${list(schedule.rows)}` : "for all";
      return `reduce: one workgroup ${rows}, whose invocations share ${list(schedule.shared)}`;
    }
    case "contraction": {
      const { batch, rows, columns, reduction } = schedule;
      const each = batch.length > 0 ? `, for each ${list(batch)}` : "";
      return `contraction: ${reduction} in tiles of ${list(rows)} by ${list(columns)}${each}`;
    }
  }
}

export function tensorManifestOf(
  plan: TensorPlan,
  kernels: readonly TensorManifestKernel[],
  version: string,
): TensorManifest {
  const { tensor, constants, schedule } = plan;
  return {
    schema: 1,
    kind: "tensor",
    mscc: version,
    name: tensor.name,
    source: tensor.place.file,
    sentence: tensor.sentence,
    axes: [...tensor.axes],
    params: paramsOf(tensor.params, constants),
    inputs: tensor.inputs.map(inputOf),
    isExact: tensor.isExact,
    text: [...tensor.reductions.map(reductionText), print(tensor.value)],
    schedule: scheduleText(schedule),
    ranges: tensor.reductions.flatMap(({ ranges }) => ranges.map((range) => rangeOf(tensor, range))),
    checks: tensorChecksOf(plan),
    kernels,
  };
}
