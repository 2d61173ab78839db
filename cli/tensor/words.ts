/** The schedule of a tensor operation in words: what is computed by whom, and why it was chosen. */
import type { TensorKernelText } from "../../backends/artefact/files.js";
import { print } from "../../compiler/ir/print.js";
import { outermost } from "../../compiler/plan/nesting.js";
import type { Tensor, TensorPlan, TensorSchedule } from "../../compiler/plan/tensor.js";
import { kindName } from "../../runtime/index.js";

type Rows = readonly (readonly [string, string])[];
type Of<K extends TensorSchedule["kind"]> = Extract<TensorSchedule, { readonly kind: K }>;

const list = (names: readonly string[]) => names.join(", ");

/** An expression as the source writes it: `t`, not `at.t`. */
export const shown = (text: string): string => text.replaceAll(/\bat\.(\w)/g, "$1");

export const KINDS: { readonly [kind in TensorSchedule["kind"]]: string } = {
  map: "a map",
  reduce: "a reduction of rows",
  contraction: "a tiled matrix product",
};

/** Why an operation with reductions is no tiled product. */
function whyNoProduct({ reductions, axes }: Tensor): string {
  const [only] = reductions;
  if (!only || reductions.length > 1) return `there are ${reductions.length} reductions, and a product has one`;
  if (only.op === "max") return "it takes the largest, and a product sums";
  if (only.body.kind !== "binary" || only.body.op !== "mul") return "what is summed is no product";
  return `its factors do not divide the axes ${list(axes)} between them`;
}

const sizeText = ({ kernel }: TensorKernelText): string => `${kernel.workgroupSize} (${kindName(kernel)})`;
const tileText = ({ kernel }: TensorKernelText): string =>
  kernel.dispatch.kind === "tiles" ? `${kernel.dispatch.tile.join(" x ")} (${kindName(kernel)})` : "";

function productWords({ tensor }: TensorPlan, schedule: Of<"contraction">, kernels: readonly TensorKernelText[]): Rows {
  const { batch, rows, columns, left, right, reduction } = schedule;
  const ranges = tensor.reductions.flatMap((each) => each.ranges);
  const terms = ranges.map(({ name, extent }) => `${name} < ${print(extent)}`);
  const hasPrologue = [left, right].some((factor) => factor.kind !== "lookup");
  const isBare = tensor.value.kind === "var" && tensor.value.name === reduction;
  const [l, r] = [left, right].map((factor) => shown(print(factor)));
  return [
    ["why", "its one reduction sums a product whose factors divide the axes between them"],
    ...(batch.length > 0 ? [["batch", `${list(batch)}: both factors read them; a product for each`] as const] : []),
    ["rows", `${list(rows)}: what ${l} reads, and ${r} does not`],
    ["columns", `${list(columns)}: what ${r} reads, and ${l} does not`],
    ["terms", `${list(terms)}: summed in registers, tile by tile`],
    ...(hasPrologue ? [["prologue", "factors are computed as a tile is loaded, once per tile"] as const] : []),
    ...(isBare
      ? []
      : [["epilogue", `the value, from ${reduction} in registers: nothing else passes over memory`] as const]),
    ["tiles", list(kernels.map(tileText))],
  ];
}

function reduceWords(
  { tensor }: TensorPlan,
  { rows, columns, shared }: Of<"reduce">,
  kernels: readonly TensorKernelText[],
): Rows {
  const loops = outermost(tensor).flatMap(({ name }) => (shared.includes(name) ? [] : [name]));
  const each = rows.length > 0 ? `${list(rows)}: one workgroup for each` : "one, by one workgroup";
  const common =
    columns.length > 0 ? `; they do not read ${list(columns)}` : "; the innermost range walks along memory";
  return [
    ["why", `no tiled product, since ${whyNoProduct(tensor)}`],
    ["rows", each],
    ["invocations", `${list(kernels.map(sizeText))} to a workgroup`],
    ["shared", `${list(shared)}: all invocations of a row take part${common}`],
    ...(columns.length > 0
      ? [["columns", `${list(columns)}: the invocations divide the elements of a row`] as const]
      : []),
    ...(loops.length > 0 ? [["loops", `${list(loops)}: by one invocation, for each element`] as const] : []),
  ];
}

function mapWords({ tensor }: TensorPlan): Rows {
  const loops = outermost(tensor);
  const elements = ["elements", `${list(tensor.axes)}: one invocation for each, 64 to a workgroup`] as const;
  if (loops.length === 0) return [["why", "nothing is reduced"], elements];
  const reason = "no elements have a reduction in common, and no range walks along memory";
  return [
    ["why", `no tiled product, since ${whyNoProduct(tensor)}; no rows, since ${reason}`],
    elements,
    ["loops", `${list(loops.map(({ name }) => name))}: by one invocation, for each element`],
  ];
}

/** One row for each part of the schedule. */
export function scheduleWords(plan: TensorPlan, kernels: readonly TensorKernelText[]): Rows {
  const { schedule } = plan;
  switch (schedule.kind) {
    case "map":
      return mapWords(plan);
    case "reduce":
      return reduceWords(plan, schedule, kernels);
    case "contraction":
      return productWords(plan, schedule, kernels);
  }
}
