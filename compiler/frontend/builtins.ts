/** `Math`: its constants and the functions that patterns may call, each as an expression of its arguments. */
import type { Node } from "ts-morph";
import { type Expr, int, type UnaryOp, unary } from "../ir/expression.js";
import { arithmetic, asFloat, integerPower, isConst, isNumber, isWhole, numberOf } from "./numbers.js";
import { type RecordValue, record, scalar } from "./values.js";

/** A function of `Math`: how many arguments it takes, and what it gives. */
export interface Builtin {
  readonly arity: readonly [least: number, most: number];
  readonly apply: (args: readonly Expr[], natural: (e: Expr) => boolean) => Expr;
}

type Rounding = "floor" | "ceil" | "trunc" | "round";

const one = (apply: (x: Expr) => Expr): Builtin => ({ arity: [1, 1], apply: ([x]) => apply(x as Expr) });

const folding = (fold: (x: number) => number, make: (x: Expr) => Expr): Builtin =>
  one((x) => (isConst(x) ? numberOf(fold(x.value)) : make(x)));

const float = (op: UnaryOp, fold: (x: number) => number) => folding(fold, (x) => unary(op, asFloat(x)));

const rounding = (op: Rounding) => folding(Math[op], (x) => (isWhole(x) ? x : unary(op, x)));

const extreme = (op: "min" | "max"): Builtin => ({
  arity: [1, Number.POSITIVE_INFINITY],
  apply: (args) => args.reduce((a, b) => arithmetic(op, a, b)),
});

const abs = folding(Math.abs, (x) =>
  x.kind === "unary" && (x.op === "abs" || x.op === "square") ? x : unary("abs", x),
);

const hypot: Builtin = {
  arity: [1, Number.POSITIVE_INFINITY],
  apply: (args) => {
    if (args.every(isConst)) return numberOf(Math.hypot(...args.map((arg) => arg.value)));
    const sum = args.map((arg) => arithmetic("mul", arg, arg)).reduce((a, b) => arithmetic("add", a, b));
    return unary("sqrt", asFloat(sum));
  },
};

/**
 * `base ** exponent`: a product for a small constant exponent, a shift for a power of two, an
 * integer for integers with a natural exponent, else the float function.
 * `natural` tells whether an integer is never negative.
 */
export function power(base: Expr, exponent: Expr, natural: (e: Expr) => boolean): Expr {
  if (isConst(exponent)) {
    const n = exponent.value;
    if (isConst(base)) return numberOf(base.value ** n);
    if (Number.isInteger(n) && Math.abs(n) <= 30) {
      const product = integerPower(base, Math.abs(n));
      return n >= 0 ? product : arithmetic("div", asFloat(int(1)), asFloat(product));
    }
  }
  if (isNumber(base, 2) && exponent.type === "int" && natural(exponent)) return arithmetic("shl", int(1), exponent);
  if (base.type === "int" && exponent.type === "int" && natural(exponent)) return arithmetic("ipow", base, exponent);
  return arithmetic("pow", asFloat(base), asFloat(exponent));
}

export const builtins: { readonly [name: string]: Builtin } = {
  abs,
  ceil: rounding("ceil"),
  cos: float("cos", Math.cos),
  exp: float("exp", Math.exp),
  floor: rounding("floor"),
  hypot,
  log: float("log", Math.log),
  log2: float("log2", Math.log2),
  max: extreme("max"),
  min: extreme("min"),
  pow: { arity: [2, 2], apply: ([base, exponent], natural) => power(base as Expr, exponent as Expr, natural) },
  round: rounding("round"),
  sign: folding(Math.sign, (x) => unary("sign", x)),
  sin: float("sin", Math.sin),
  sqrt: float("sqrt", Math.sqrt),
  tanh: float("tanh", Math.tanh),
  trunc: rounding("trunc"),
};

export const isRounding = (name: string): name is Rounding => ["floor", "ceil", "trunc", "round"].includes(name);

const CONSTANTS = ["E", "LN10", "LN2", "LOG10E", "LOG2E", "PI", "SQRT1_2", "SQRT2"] as const;

/** `Math` as a value. */
export function mathRecord(node: Node): RecordValue {
  return record("math", [
    ...CONSTANTS.map((name) => [name, { value: scalar(numberOf(Math[name])), node }] as const),
    ...Object.keys(builtins).map((name) => [name, { value: { kind: "builtin", name } as const, node }] as const),
  ]);
}
