/** How the variables of a tensor operation and its reads are spelled in WGSL. */
import {
  type BinaryOp,
  constant,
  type Expr,
  int,
  intVar,
  lookup,
  max,
  min,
  rebuild,
  sub,
  type UnaryOp,
} from "../../../compiler/ir/expression.js";
import type { Tensor, TensorInput, TensorPlan } from "../../../compiler/plan/tensor.js";
import type { Dialect } from "../../common/dialect.js";
import type { Names } from "../../common/expression.js";
import { identifier } from "../../common/identifier.js";
import { wgsl } from "../dialect.js";

/**
 * Inputs are read by functions of their own. Of logic both sides are evaluated: a product repeats its factors, and as
 * branches those of one convolution took SwiftShader minutes and gigabytes to compile.
 */
export const tensorWgsl: Dialect = {
  ...wgsl,
  isEager: () => true,
  call: (name, ...given) => wgsl.call(name.replace(/^table_/, "read_"), ...given),
};

/** An axis' coordinate, a range or a reduction's result as an identifier: `at_c`, `sum0_k`, `sum0`. */
export const local = (name: string): string => name.split(".").map(identifier).join("_");

/** Spells every variable; `place` says where coordinates and ranges stand, by default in variables of their own. */
export function namesOf({ tensor }: TensorPlan, place: (name: string) => string = local): Names {
  const params = new Set(tensor.params.map(({ name }) => name));
  return (name) => {
    if (name.startsWith("size.")) return `u.${local(name)}`;
    return params.has(name) ? `u.param_${identifier(name)}` : place(name);
  };
}

/** Whether an index is within the input's extent for every value of its variable. */
function isWithin({ reductions }: Tensor, { labels }: TensorInput, d: number, index: Expr): boolean {
  const label = labels[d];
  if (!label) return false;
  if (index.kind === "const") return index.value === 0;
  if (index.kind !== "var") return false;
  if (label.tie === "axis" && index.name === `at.${label.name}`) return true;
  const range = reductions.flatMap(({ ranges }) => ranges).find(({ name }) => name === index.name);
  return range?.extent === intVar(`size.${label.name}`);
}

/** `x(at.c + 1)` -> `x(min(max(at.c + 1, 0), size.c - 1))`, and constants in place of the params that were compiled in. */
export function prepared({ tensor, constants }: TensorPlan, e: Expr): Expr {
  const clamped = (input: TensorInput, index: Expr, d: number): Expr =>
    isWithin(tensor, input, d, index)
      ? index
      : min(max(index, int(0)), sub(intVar(`size.${input.labels[d]?.name}`), int(1)));
  return rebuild(e, (node) => {
    if (node.kind === "var" && constants.has(node.name)) return constant(node.type, constants.get(node.name) as number);
    if (node.kind !== "lookup") return node;
    const input = tensor.inputs.find(({ name }) => name === node.table);
    if (!input) throw new RangeError(`no input '${node.table}'`);
    return lookup(
      node.table,
      node.type,
      node.indices.map((index, d) => clamped(input, index, d)),
    );
  });
}

const SLOW: ReadonlySet<UnaryOp | BinaryOp> = new Set([
  "floorDiv",
  "truncDiv",
  "rem",
  "ipow",
  "pow",
  "isqrt",
  "exp",
  "log",
  "tanh",
  "sin",
  "cos",
] as const);

/** Whether a node by itself costs so much that it is not to be computed again. */
export const isCostly = (node: Expr): boolean =>
  node.kind === "lookup" || ((node.kind === "unary" || node.kind === "binary") && SLOW.has(node.op));
