/** Which reductions of a tensor operation stand in the loops of others. */
import { type Expr, variablesOf } from "../ir/expression.js";
import type { Reduction, Tensor } from "./tensor.js";

/** Variables that an expression reads, with those of the reductions that it reads, less their own ranges. */
export function readsThrough(e: Expr, { reductions }: Pick<Tensor, "reductions">): ReadonlySet<string> {
  const found = new Set(variablesOf(e));
  for (const { name, ranges, body } of reductions) {
    if (!found.has(name)) continue;
    const own = new Set(ranges.map((range) => range.name));
    for (const each of readsThrough(body, { reductions })) if (!own.has(each)) found.add(each);
  }
  return found;
}

/** The axes of the output that an expression depends on, outermost first. */
export function axesRead(tensor: Tensor, e: Expr): string[] {
  const reads = readsThrough(e, tensor);
  return tensor.axes.filter((axis) => reads.has(`at.${axis}`));
}

/** Ranges of other reductions that a reduction depends on: it stands in their loops. */
function foreignRanges(tensor: Tensor, { ranges, body }: Reduction): string[] {
  const own = new Set(ranges.map(({ name }) => name));
  const all = new Set(tensor.reductions.flatMap((each) => each.ranges.map(({ name }) => name)));
  return [...readsThrough(body, tensor)].filter((name) => all.has(name) && !own.has(name));
}

/** Reductions that stand in no other one's loop, in order. */
export const outermost = (tensor: Tensor): Reduction[] =>
  tensor.reductions.filter((each) => foreignRanges(tensor, each).length === 0);

/** Reductions that are computed anew in every step of a reduction's loop, in order; not those inside them. */
export function innerOf(tensor: Tensor, reduction: Reduction): Reduction[] {
  const own = new Set(reduction.ranges.map(({ name }) => name));
  const around = new Set([...own, ...foreignRanges(tensor, reduction)]);
  const reads = readsThrough(reduction.body, tensor);
  return tensor.reductions.filter((each) => {
    const needs = foreignRanges(tensor, each);
    return reads.has(each.name) && needs.some((name) => own.has(name)) && needs.every((name) => around.has(name));
  });
}
