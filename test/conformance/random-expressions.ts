/** Random expressions whose value is exact in float32, so that every backend has to give the same bits; and what that asks of a sample. */
import fc from "fast-check";
import { type Environment, evaluator, type TableValues } from "../../compiler/ir/evaluate.js";
import { binary, type Expr, float, int, nodesOf, select, unary } from "../../compiler/ir/expression.js";
import { VARIABLES } from "./expressions.js";

const INT_UNARY = ["neg", "bitNot", "abs", "sign", "square", "isqrt"] as const;
const INT_BINARY = [
  ...(["add", "sub", "mul", "floorDiv", "truncDiv", "rem", "min", "max"] as const),
  ...(["bitAnd", "bitOr", "bitXor", "shl", "shr", "ushr"] as const),
];
const FLOAT_UNARY = ["neg", "abs", "sign", "square", "floor", "ceil", "trunc", "round"] as const;
const FLOAT_BINARY = ["add", "sub", "mul", "min", "max"] as const;
const COMPARISONS = ["lt", "le", "eq", "ne"] as const;

interface Tied {
  readonly int: Expr;
  readonly float: Expr;
  readonly bool: Expr;
}

const { a, b, x, y, s } = VARIABLES;
const whole = unary("toInt", unary("floor", x));

const { int: ints, float: floats } = fc.letrec<Tied>((tie: fc.LetrecTypedTie<Tied>) => ({
  int: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom(a, b, whole),
    fc.integer({ min: -9, max: 40 }).map(int),
    fc.tuple(fc.constantFrom(...INT_UNARY), tie("int")).map(([op, e]) => unary(op, e)),
    fc.tuple(fc.constantFrom(...INT_BINARY), tie("int"), tie("int")).map(([op, e, f]) => binary(op, e, f)),
    fc.tuple(tie("bool"), tie("int"), tie("int")).map(([c, e, f]) => select(c, e, f)),
  ),
  float: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom(x, y, s),
    fc.integer({ min: -9, max: 9 }).map((n) => float(n / 2)),
    tie("int").map((e) => unary("toFloat", e)),
    fc.tuple(fc.constantFrom(...FLOAT_UNARY), tie("float")).map(([op, e]) => unary(op, e)),
    fc.tuple(fc.constantFrom(...FLOAT_BINARY), tie("float"), tie("float")).map(([op, e, f]) => binary(op, e, f)),
    fc.tuple(tie("bool"), tie("float"), tie("float")).map(([c, e, f]) => select(c, e, f)),
  ),
  bool: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    fc.tuple(fc.constantFrom(...COMPARISONS), tie("int"), tie("int")).map(([op, e, f]) => binary(op, e, f)),
    fc.tuple(fc.constantFrom(...COMPARISONS), tie("float"), tie("float")).map(([op, e, f]) => binary(op, e, f)),
    fc
      .tuple(fc.constantFrom("and" as const, "or" as const), tie("bool"), tie("bool"))
      .map(([op, e, f]) => binary(op, e, f)),
    tie("bool").map((e) => unary("not", e)),
  ),
}));

/** Every int operator on its own, then random expressions. */
export const intExpressions = (count: number, seed: number): Expr[] => [
  ...INT_UNARY.map((op) => unary(op, a)),
  ...INT_BINARY.map((op) => binary(op, a, b)),
  ...fc.sample(ints, { numRuns: count, seed }).filter((e) => e.kind !== "const"),
];

export const floatExpressions = (count: number, seed: number): Expr[] => [
  ...FLOAT_UNARY.map((op) => unary(op, x)),
  ...FLOAT_BINARY.map((op) => binary(op, x, y)),
  ...fc.sample(floats, { numRuns: count, seed }).filter((e) => e.kind !== "const"),
];

const UNROUNDED: { readonly [op: string]: (p: number, q: number) => number } = {
  add: (p, q) => p + q,
  sub: (p, q) => p - q,
  mul: (p, q) => p * q,
  square: (p) => p * p,
};

/** The value of an expression, or undefined where a node leaves 32 bits, has no value, or is rounded. */
export function exactly(root: Expr, tables: TableValues): (environment: Environment) => number | undefined {
  const nodes = nodesOf(root).map((e) => ({ e, value: evaluator(e, tables) }));
  const evaluators = new Map(nodes.map(({ e, value }) => [e, value]));
  const isExact = (e: Expr, value: number, environment: Environment) => {
    if (e.type === "bool") return true;
    if (e.type === "int") return (value | 0) === value;
    if (!Number.isFinite(value) || Math.abs(value) > 2 ** 60) return false;
    if (e.kind === "unary" && e.op === "toFloat") return value === evaluators.get(e.a)?.(environment);
    const unrounded = e.kind === "unary" || e.kind === "binary" ? UNROUNDED[e.op] : undefined;
    if (!unrounded || (e.kind !== "unary" && e.kind !== "binary")) return true;
    const operands = [e.a, e.kind === "binary" ? e.b : e.a].map(
      (part) => evaluators.get(part)?.(environment) as number,
    );
    return unrounded(operands[0] as number, operands[1] as number) === value;
  };
  return (environment) => {
    for (const { e, value } of nodes) if (!isExact(e, value(environment), environment)) return undefined;
    return evaluators.get(root)?.(environment);
  };
}
