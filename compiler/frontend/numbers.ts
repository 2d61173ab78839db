/** Typed arithmetic: constants fold as JavaScript computes them, an integer that meets a float becomes one. */
import {
  type BinaryOp,
  binary,
  bool,
  type Const,
  type Expr,
  float,
  int,
  type UnaryOp,
  unary,
} from "../ir/expression.js";

export const INT_MIN = -(2 ** 31);
export const INT_MAX = 2 ** 31 - 1;

/** A constant number is an int where int32 holds it, else a float. */
export const numberOf = (value: number): Expr =>
  Number.isInteger(value) && value >= INT_MIN && value <= INT_MAX ? int(value + 0) : float(value);

export const isConst = (e: Expr): e is Const => e.kind === "const";
export const isNumber = (e: Expr, value: number): boolean => e.kind === "const" && e.value === value;

/** An integer that no int32 holds. */
export const isHuge = (e: Expr): boolean => e.kind === "const" && e.type === "float" && Number.isInteger(e.value);

const WHOLE_UNARY: ReadonlySet<UnaryOp> = new Set(["floor", "ceil", "trunc", "round"]);
const WHOLE_IF_OPERANDS: ReadonlySet<string> = new Set([
  "add",
  "sub",
  "mul",
  "min",
  "max",
  "neg",
  "abs",
  "sign",
  "square",
]);

/** Whether a float holds an integer by the way it is made. */
export function isWhole(e: Expr): boolean {
  if (e.type === "int") return true;
  if (e.kind === "const") return Number.isInteger(e.value);
  if (e.kind === "select") return isWhole(e.a) && isWhole(e.b);
  if (e.kind === "unary") {
    if (WHOLE_UNARY.has(e.op) || (e.op === "toFloat" && e.a.type === "int")) return true;
    return WHOLE_IF_OPERANDS.has(e.op) && isWhole(e.a);
  }
  return e.kind === "binary" && WHOLE_IF_OPERANDS.has(e.op) && isWhole(e.a) && isWhole(e.b);
}

export function asFloat(e: Expr): Expr {
  if (e.type === "float") return e;
  return isConst(e) ? float(e.value) : unary("toFloat", e);
}

/** The integer that a number holds; undefined where it may hold none. Wraps a huge constant as bit operators do. */
export function asInt(e: Expr): Expr | undefined {
  if (e.type === "int") return e;
  if (e.type === "bool" || !isWhole(e)) return undefined;
  if (isConst(e)) return int(e.value | 0);
  return e.kind === "unary" && e.op === "toFloat" ? e.a : unary("toInt", e);
}

export const promote = (a: Expr, b: Expr): readonly [Expr, Expr] =>
  a.type === b.type ? [a, b] : [asFloat(a), asFloat(b)];

type Fold = (x: number, y: number) => number;

const FOLDS: { readonly [op in BinaryOp]?: Fold } = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  floorDiv: (x, y) => Math.floor(x / y),
  truncDiv: (x, y) => Math.trunc(x / y),
  rem: (x, y) => x % y,
  pow: (x, y) => x ** y,
  min: Math.min,
  max: Math.max,
  bitAnd: (x, y) => x & y,
  bitOr: (x, y) => x | y,
  bitXor: (x, y) => x ^ y,
  shl: (x, y) => x << y,
  shr: (x, y) => x >> y,
  ushr: (x, y) => x >>> y,
};

/** What an operator becomes where one operand is neutral or both are the same; undefined where nothing applies. */
function neutral(op: BinaryOp, a: Expr, b: Expr): Expr | undefined {
  const exact = a.type === "int";
  switch (op) {
    case "add":
      return isNumber(a, 0) ? b : isNumber(b, 0) ? a : undefined;
    case "sub":
      return isNumber(b, 0) ? a : exact && a === b ? int(0) : isNumber(a, 0) ? negate(b) : undefined;
    case "mul":
      if (isNumber(a, 1)) return b;
      if (isNumber(b, 1)) return a;
      if (exact && (isNumber(a, 0) || isNumber(b, 0))) return int(0);
      return a === b ? unary("square", a) : undefined;
    case "div":
    case "floorDiv":
    case "truncDiv":
      return isNumber(b, 1) ? a : undefined;
    case "min":
    case "max":
      return a === b ? a : undefined;
    default:
      return undefined;
  }
}

/** An operator on two numbers of one type, folded and freed of neutral operands. */
export function arithmetic(op: BinaryOp, a: Expr, b: Expr): Expr {
  const fold = FOLDS[op];
  if (fold && isConst(a) && isConst(b)) return numberOf(fold(a.value, b.value));
  const [x, y] = promote(a, b);
  return neutral(op, x, y) ?? binary(op, x, y);
}

export function negate(e: Expr): Expr {
  if (isConst(e)) return numberOf(-e.value);
  return e.kind === "unary" && e.op === "neg" ? e.a : unary("neg", e);
}

const COMPARE: { readonly [op in "lt" | "le" | "eq" | "ne"]: (x: number, y: number) => boolean } = {
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
};

export function compare(op: "lt" | "le" | "eq" | "ne", a: Expr, b: Expr): Expr {
  if (isConst(a) && isConst(b)) return bool(COMPARE[op](a.value, b.value));
  const [x, y] = promote(a, b);
  if (x === y && x.type === "int") return bool(op === "le" || op === "eq");
  return binary(op, x, y);
}

/** `Math.floor(a / b)` and its kin on integers, exactly; rounding is half up. */
export function roundedQuotient(rounding: "floor" | "ceil" | "trunc" | "round", a: Expr, b: Expr): Expr {
  switch (rounding) {
    case "floor":
      return arithmetic("floorDiv", a, b);
    case "ceil":
      return isNumber(b, 1) ? a : negate(arithmetic("floorDiv", negate(a), b));
    case "trunc":
      return arithmetic("truncDiv", a, b);
    case "round":
      if (isNumber(b, 1)) return a;
      return arithmetic("floorDiv", arithmetic("add", arithmetic("mul", int(2), a), b), arithmetic("mul", int(2), b));
  }
}

/** `base ** n` as a product, for a constant 0 <= n <= 30. */
export function integerPower(base: Expr, n: number): Expr {
  if (n === 0) return int(1);
  if (n === 1) return base;
  const half = integerPower(base, n >> 1);
  const squared = arithmetic("mul", half, half);
  return n % 2 === 0 ? squared : arithmetic("mul", squared, base);
}
