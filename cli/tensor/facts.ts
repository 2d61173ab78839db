/** What a tensor operation costs with given extents: operations, bytes, workgroups. Counted from the expressions; nothing runs. */
import type { TensorKernelText } from "../../backends/artefact/files.js";
import { evaluator } from "../../compiler/ir/evaluate.js";
import { type Expr, nodesOf } from "../../compiler/ir/expression.js";
import { print } from "../../compiler/ir/print.js";
import { innerOf, outermost, readsThrough } from "../../compiler/plan/nesting.js";
import type { Reduction, Tensor, TensorInput, TensorPlan, TensorSchedule } from "../../compiler/plan/tensor.js";
import type { TensorManifestKernel } from "../../runtime/index.js";
import { LaunchError } from "../../runtime/launcher/messages.js";
import { workgroupsOf } from "../../runtime/launcher/tensor/dispatch.js";
import { problem } from "../../runtime/launcher/tensor/messages.js";
import type { Extents } from "./extents.js";

export interface TensorCost {
  readonly elements: number;
  /** Of the declaration: each operation once for every index that it depends on. */
  readonly flops: number;
  /** Every operand once; and what the baseline kernel reads and writes, repeated reads counted again. f32. */
  readonly bytes: { readonly least: number; readonly kernel: number };
  /** FLOPs for each byte of both. */
  readonly intensity: { readonly least: number; readonly kernel: number };
  readonly workgroups: readonly {
    readonly profile: string;
    readonly subgroupSize?: number;
    readonly workgroups: number;
  }[];
}

const BYTES = 4;

/** Values of everything that expressions read: `at.<axis>`, ranges and sizes by their extents. */
type Counts = ReadonlyMap<string, number>;

/** How often each index takes a value. @throws LaunchError for a range that is empty. */
function countsOf(
  { name, axes, reductions }: Tensor,
  extents: Extents,
  params: { readonly [name: string]: number },
): Counts {
  const sizes = Object.fromEntries([...extents].map(([label, extent]) => [`size.${label}`, extent]));
  const counts = new Map(axes.map((axis) => [`at.${axis}`, extents.get(axis) as number]));
  const problems = reductions.flatMap(({ ranges }) =>
    ranges.flatMap(({ name: range, extent }) => {
      const count = evaluator(extent)({ ...params, ...sizes });
      counts.set(range, count);
      const own = range.slice(range.lastIndexOf(".") + 1);
      return count >= 1 && count < 2 ** 31 ? [] : [problem("range-extent", own, print(extent), count)];
    }),
  );
  if (problems.length > 0) throw new LaunchError(`mscc ${name}`, problems);
  return counts;
}

const times = (names: Iterable<string>, counts: Counts): number =>
  [...names].reduce((product, name) => product * (counts.get(name) ?? 1), 1);

const isIndexed = (names: ReadonlySet<string>, counts: Counts) => [...names].some((name) => counts.has(name));

/** Arithmetic on floats; conversions, comparisons and choices are free, and so are indices. */
const isArithmetic = (e: Expr): boolean =>
  e.type === "float" && (e.kind === "binary" || (e.kind === "unary" && e.op !== "toFloat"));

/** What a reduction depends on, its own ranges among it. */
const stepsOf = (tensor: Tensor, { ranges, body }: Reduction, counts: Counts): number =>
  times(new Set([...readsThrough(body, tensor), ...ranges.map(({ name }) => name)]), counts);

function flopsOf(tensor: Tensor, counts: Counts): number {
  const nodes = nodesOf(tensor.value, ...tensor.reductions.map(({ body }) => body));
  const arithmetic = nodes.filter(isArithmetic).reduce((sum, e) => {
    const reads = readsThrough(e, tensor);
    return isIndexed(reads, counts) ? sum + times(reads, counts) : sum;
  }, 0);
  return tensor.reductions.reduce((sum, each) => sum + stepsOf(tensor, each, counts), arithmetic);
}

const lookupsIn = (...parts: readonly Expr[]): number => nodesOf(...parts).filter((e) => e.kind === "lookup").length;

/** Reads in a reduction's loop, with the loops inside it. */
function readsInLoop(tensor: Tensor, reduction: Reduction, counts: Counts): number {
  const inner = innerOf(tensor, reduction).reduce((sum, each) => sum + readsInLoop(tensor, each, counts), 0);
  const steps = times(
    reduction.ranges.map(({ name }) => name),
    counts,
  );
  return steps * (lookupsIn(reduction.body) + inner);
}

type Contraction = Extract<TensorSchedule, { readonly kind: "contraction" }>;

/** Reads of the factors: of a row's for every tile of columns, and the other way round. */
function readsOfTiles(tensor: Tensor, schedule: Contraction, kernel: TensorManifestKernel, counts: Counts): number {
  const { dispatch } = kernel;
  const [tileRows, tileColumns] = dispatch.kind === "tiles" ? dispatch.tile : [1, 1];
  const along = (axes: readonly string[]) =>
    times(
      axes.map((axis) => `at.${axis}`),
      counts,
    );
  const [batch, rows, columns] = [along(schedule.batch), along(schedule.rows), along(schedule.columns)];
  const ranges = tensor.reductions.flatMap((each) => each.ranges.map(({ name }) => name));
  const left = lookupsIn(schedule.left) * rows * Math.ceil(columns / tileColumns);
  const right = lookupsIn(schedule.right) * columns * Math.ceil(rows / tileRows);
  return batch * times(ranges, counts) * (left + right);
}

/** Elements that a kernel reads. */
function readsOf({ tensor, schedule }: TensorPlan, kernel: TensorManifestKernel, counts: Counts): number {
  const elements = times(
    tensor.axes.map((axis) => `at.${axis}`),
    counts,
  );
  const ofValue = elements * lookupsIn(tensor.value);
  if (schedule.kind === "contraction") return ofValue + readsOfTiles(tensor, schedule, kernel, counts);
  return outermost(tensor).reduce((sum, reduction) => {
    const isShared = schedule.kind === "reduce" && schedule.shared.includes(reduction.name);
    const often = isShared
      ? times(
          schedule.rows.map((axis) => `at.${axis}`),
          counts,
        )
      : elements;
    return sum + often * readsInLoop(tensor, reduction, counts);
  }, ofValue);
}

const sizeOf = ({ labels }: TensorInput, extents: Extents): number =>
  labels.reduce((product, { name }) => product * (extents.get(name) as number), 1);

/** All numbers. `extents` has every axis and label, `params` every param. */
export function costOf(
  plan: TensorPlan,
  kernels: readonly TensorKernelText[],
  extents: Extents,
  params: { readonly [name: string]: number },
): TensorCost {
  const { tensor } = plan;
  const counts = countsOf(tensor, extents, params);
  const elements = tensor.axes.reduce((product, axis) => product * (extents.get(axis) as number), 1);
  const flops = flopsOf(tensor, counts);
  const baseline = (kernels.at(-1) as TensorKernelText).kernel;
  const least = BYTES * tensor.inputs.reduce((sum, input) => sum + sizeOf(input, extents), elements);
  const kernel = BYTES * (elements + readsOf(plan, baseline, counts));
  const ofAxes = new Map(tensor.axes.map((axis) => [axis, extents.get(axis) as number]));
  const workgroups = kernels.map(({ kernel: { profile, subgroupSize, dispatch } }) => ({
    profile,
    ...(subgroupSize === undefined ? {} : { subgroupSize }),
    workgroups: workgroupsOf(dispatch, ofAxes),
  }));
  return {
    elements,
    flops,
    bytes: { least, kernel },
    intensity: { least: flops / least, kernel: flops / kernel },
    workgroups,
  };
}
