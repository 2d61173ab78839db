/** Plans of tensor operations written by hand, for tests of what is made of them. */
import {
  add,
  binary,
  type Expr,
  float,
  int,
  intVar,
  lookup,
  mul,
  unary,
  variable,
} from "../../compiler/ir/expression.js";
import type { Tensor, TensorPlan } from "../../compiler/plan/tensor.js";

export const place = { file: "ops.ts", line: 4, column: 14, length: 6, source: "export const linear = tensor({" };
const [t, c, k] = ["at.t", "at.c", "sum0.k"].map(intVar) as [Expr, Expr, Expr];
const toFloat = (e: Expr) => unary("toFloat", e);

/** `output(t, c) = gain * sum over k of x(t + shift, k) * weight(c, k) + bias(c)`, of frames that `frames` numbers. */
export function linearTensor(more: Partial<Tensor> = {}): Tensor {
  const shifted = add(t, intVar("shift"));
  const texts: Tensor["texts"] = new Map([[shifted, { text: "t + shift", place }]]);
  return {
    name: "linear",
    sentence: "A matrix product with a bias.",
    place,
    axes: ["t", "c"],
    params: [
      { name: "shift", type: "int", min: 0, max: 8 },
      { name: "gain", type: "float", default: 1 },
    ],
    inputs: [
      ...[
        { name: "frames", type: "int" as const, labels: [{ name: "n", tie: "free" as const }], isExact: false },
        {
          name: "x",
          type: "float" as const,
          labels: [
            { name: "s", tie: "free" as const },
            { name: "k", tie: "free" as const },
          ],
          isExact: false,
        },
        {
          name: "weight",
          type: "float" as const,
          labels: [
            { name: "c", tie: "axis" as const },
            { name: "k", tie: "free" as const },
          ],
          isExact: false,
        },
      ],
      { name: "bias", type: "float", labels: [{ name: "c", tie: "axis" }], isExact: true },
    ],
    isExact: false,
    reductions: [
      {
        name: "sum0",
        op: "sum",
        ranges: [{ name: "sum0.k", extent: intVar("size.k") }],
        body: mul(
          lookup("x", "float", [add(lookup("frames", "int", [shifted]), int(1)), k]),
          lookup("weight", "float", [c, k]),
        ),
      },
    ],
    value: add(
      mul(variable("gain", "float"), variable("sum0", "float")),
      mul(
        lookup("bias", "float", [c]),
        toFloat(unary("toInt", unary("floor", mul(variable("sum0", "float"), float(2))))),
      ),
    ),
    texts,
    ...more,
  };
}

export const planOf = (
  tensor: Tensor,
  constants: TensorPlan["constants"] = new Map(),
  schedule: TensorPlan["schedule"] = { kind: "map" },
): TensorPlan => ({ tensor, constants, schedule });

/** `output(t) = x(t / step * shift)`: a divisor that may be 0, and a product that may grow. */
export function pickTensor(): Tensor {
  const [step, shift] = ["step", "shift"].map(intVar) as [Expr, Expr];
  return linearTensor({
    name: "pick",
    axes: ["t"],
    params: [
      { name: "step", type: "int" },
      { name: "shift", type: "int", min: 1 },
    ],
    inputs: [{ name: "x", type: "float", labels: [{ name: "s", tie: "free" }], isExact: false }],
    isExact: true,
    reductions: [],
    value: lookup("x", "float", [mul(binary("floorDiv", binary("floorDiv", t, step), shift), shift)]),
    texts: new Map(),
  });
}
