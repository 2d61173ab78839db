/** Chooses how the elements of a tensor operation are computed, from its expression alone: map, reduce or contraction. */
import { type Expr, mul, nodesOf, operands } from "../ir/expression.js";
import { axesRead, outermost } from "../plan/nesting.js";
import type { Reduction, Tensor, TensorPlan, TensorSchedule } from "../plan/tensor.js";

const factorsOf = (e: Expr): Expr[] =>
  e.kind === "binary" && e.op === "mul" ? [...factorsOf(e.a), ...factorsOf(e.b)] : [e];

const productOf = (factors: readonly Expr[], of: Expr): Expr | undefined => {
  if (factors.length === 0) return undefined;
  // A whole operand of the product keeps its form.
  const whole = operands(of).find((part) => {
    const own = factorsOf(part);
    return own.length === factors.length && own.every((factor, i) => factor === factors[i]);
  });
  return whole ?? factors.reduce(mul);
};

/** The sum of a product whose factors read different axes: the one that reads the last axis is the right one. */
function contractionOf(tensor: Tensor): TensorSchedule | undefined {
  const [only, ...more] = tensor.reductions;
  if (!only || more.length > 0 || only.op !== "sum") return undefined;
  const last = tensor.axes.at(-1) as string;
  const factors = factorsOf(only.body);
  const isRight = (factor: Expr) => axesRead(tensor, factor).includes(last);
  const left = productOf(
    factors.filter((factor) => !isRight(factor)),
    only.body,
  );
  const right = productOf(factors.filter(isRight), only.body);
  if (!left || !right) return undefined;
  const [ofLeft, ofRight] = [axesRead(tensor, left), axesRead(tensor, right)];
  const batch = ofLeft.filter((axis) => ofRight.includes(axis));
  const rows = ofLeft.filter((axis) => !batch.includes(axis));
  const columns = ofRight.filter((axis) => !batch.includes(axis));
  const isWhole = batch.length + rows.length + columns.length === tensor.axes.length;
  if (!isWhole || rows.length === 0 || columns.length === 0) return undefined;
  return { kind: "contraction", reduction: only.name, batch, rows, columns, left, right };
}

/** Whether the innermost range walks along the last dimension of something that is read: neighbours in memory. */
function walksMemory({ ranges, body }: Reduction): boolean {
  const innermost = ranges.at(-1)?.name;
  return nodesOf(body).some((e) => {
    const last = e.kind === "lookup" ? e.indices.at(-1) : undefined;
    return last?.kind === "var" && last.name === innermost;
  });
}

export function scheduleTensor(tensor: Tensor): TensorSchedule {
  const { axes, reductions } = tensor;
  if (reductions.length === 0) return { kind: "map" };
  const contraction = contractionOf(tensor);
  if (contraction) return contraction;
  const free = outermost(tensor).map((reduction) => ({ reduction, reads: axesRead(tensor, reduction.body) }));
  const rows = free.map(({ reads }) => reads).reduce((a, b) => (b.length < a.length ? b : a));
  const columns = axes.filter((axis) => !rows.includes(axis));
  const shared = free.filter(({ reads }) => reads.every((axis) => rows.includes(axis)));
  if (columns.length === 0 && !shared.every(({ reduction }) => walksMemory(reduction))) return { kind: "map" };
  return { kind: "reduce", rows, columns, shared: shared.map(({ reduction }) => reduction.name) };
}

/** The plan of an operation. `constants` are values of params to compile in, checked by the caller. */
export const planTensor = (tensor: Tensor, constants: ReadonlyMap<string, number> = new Map()): TensorPlan => ({
  tensor,
  constants,
  schedule: scheduleTensor(tensor),
});
