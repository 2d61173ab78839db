/** A tensor operation as lines that a person reads: its reductions, then its value. */
import { print } from "../ir/print.js";
import type { Reduction, Tensor } from "./tensor.js";

/** `sum0 = sum over sum0.k < size.k of x(at.t, sum0.k) * weight(at.c, sum0.k)`. */
export function reductionText({ name, op, ranges, body }: Reduction): string {
  const own = ranges.map((range) => `${range.name} < ${print(range.extent)}`).join(", ");
  return `${name} = ${op} over ${own} of ${print(body)}`;
}

/** `sum0 = sum over k < size.k of x(t, k) * weight(c, k)`, one line each, the value last. */
export function linesOf({ reductions, value }: Pick<Tensor, "reductions" | "value">): string[] {
  const text = (shown: string) => shown.replaceAll(/\bat\.(\w)/g, "$1");
  const lines = reductions.map((reduction) => text(reductionText(reduction)));
  return [...lines, text(`value = ${print(value)}`)];
}
