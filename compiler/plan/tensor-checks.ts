/** What must hold of a tensor operation for the actual extents and params. Evaluated by the launcher. */
import { type Expr, mul, nodesOf, operands } from "../ir/expression.js";
import { checksAmong } from "./checks.js";
import type { RangeCheck } from "./manifest.js";
import type { TensorPlan } from "./tensor.js";

/** Expressions that follow from extents and params: what is read of an input, or summed, no launcher knows before it runs. */
function knownBefore(nodes: readonly Expr[], results: ReadonlySet<string>): Expr[] {
  const unknown = new Set<Expr>();
  for (const e of nodes) {
    const isRead = e.kind === "lookup" || e.kind === "search" || (e.kind === "var" && results.has(e.name));
    if (isRead || operands(e).some((part) => unknown.has(part))) unknown.add(e);
  }
  return nodes.filter((e) => !unknown.has(e));
}

/** The checks of extents of ranges, and of how many elements they have together, of what is reduced, and of the value. */
export function tensorChecksOf({ tensor }: TensorPlan): RangeCheck[] {
  const { reductions, value } = tensor;
  const counts = reductions.map(({ ranges }) => ranges.map(({ extent }) => extent).reduce(mul));
  const nodes = nodesOf(...counts, ...reductions.map(({ body }) => body), value);
  return checksAmong(knownBefore(nodes, new Set(reductions.map(({ name }) => name))), tensor);
}
