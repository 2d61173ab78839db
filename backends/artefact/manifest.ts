/** Plan and kernels -> manifest: all that a launcher must know, as plain data in a fixed order. */
import { int, substitute } from "../../compiler/ir/expression.js";
import { print } from "../../compiler/ir/print.js";
import { simplify } from "../../compiler/ir/simplify.js";
import { checksOf, jsonOf } from "../../compiler/plan/checks.js";
import type {
  KeyHull,
  Manifest,
  ManifestKernel,
  ManifestLabel,
  ManifestParam,
  ManifestTable,
} from "../../compiler/plan/manifest.js";
import type { PatternParam, PatternTable, TableLabel } from "../../compiler/plan/pattern.js";
import type { AttentionPlan, Region } from "../../compiler/plan/plan.js";

/** Leaves out what is absent. */
const optional = <K extends string>(key: K, value: number | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: number };

export function paramsOf(params: readonly PatternParam[], constants: ReadonlyMap<string, number>): ManifestParam[] {
  return params.map(({ name, type, min, max, default: fallback }) => ({
    name,
    type,
    ...optional("min", min),
    ...optional("max", max),
    ...optional("default", fallback),
    ...optional("value", constants.get(name)),
  }));
}

function labelOf({ name, tie, extent }: TableLabel, { pattern, constants }: AttentionPlan): ManifestLabel {
  if (!extent) return { name, tie };
  const known = substitute(extent, (param) => {
    const value = constants.get(param);
    return value === undefined ? undefined : int(value);
  });
  return {
    name,
    tie,
    extent: { text: pattern.texts.get(extent)?.text ?? print(extent), expression: jsonOf(simplify(known)) },
  };
}

const tableOf = ({ name, type, labels, min, max, sorted }: PatternTable, plan: AttentionPlan): ManifestTable => ({
  name,
  type,
  labels: labels.map((label) => labelOf(label, plan)),
  ...optional("min", min),
  ...optional("max", max),
  sorted,
});

/** The ends of a region's loops: a lattice only leaves out some positions between them. */
const hullOf = ({ loops }: Region): KeyHull =>
  loops.map(({ lower, upper }) => ({ first: jsonOf(lower), last: jsonOf(upper) }));

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
    params: paramsOf(pattern.params, plan.constants),
    tables: pattern.tables.map((table) => tableOf(table, plan)),
    checks: checksOf(plan),
    hulls: plan.forward.regions.map(hullOf),
    kernels,
  };
}
