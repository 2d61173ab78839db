/** Plan and kernels -> manifest: all that a launcher must know, as plain data in a fixed order. */
import { print } from "../../compiler/ir/print.js";
import { checksOf } from "../../compiler/plan/checks.js";
import type { Manifest, ManifestKernel, ManifestParam } from "../../compiler/plan/manifest.js";
import type { PatternTable } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";

/** Leaves out what is absent. */
const optional = <K extends string>(key: K, value: number | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: number };

function paramsOf({ pattern, constants }: AttentionPlan): ManifestParam[] {
  return pattern.params.map(({ name, type, min, max, default: fallback }) => ({
    name,
    type,
    ...optional("min", min),
    ...optional("max", max),
    ...optional("default", fallback),
    ...optional("value", constants.get(name)),
  }));
}

const tableOf = ({ name, type, labels, min, max, sorted }: PatternTable): PatternTable => ({
  name,
  type,
  labels: labels.map((label) => ({ name: label.name, tie: label.tie })),
  ...optional("min", min),
  ...optional("max", max),
  sorted,
});

export function manifestOf(plan: AttentionPlan, kernels: readonly ManifestKernel[], version: string): Manifest {
  const { pattern, score } = plan;
  const { query, key, shared } = pattern.axes;
  return {
    schema: 1,
    mscc: version,
    name: pattern.name,
    source: pattern.place.file,
    sentence: pattern.sentence,
    attend: print(pattern.attend),
    ...(score.kind === "var" ? {} : { score: print(score) }),
    axes: { query: [...query], key: [...key], shared },
    params: paramsOf(plan),
    tables: pattern.tables.map(tableOf),
    checks: checksOf(plan),
    kernels,
  };
}
