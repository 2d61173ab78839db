/** How each operator of the IR is written in SMT-LIB over unbounded integers and the reals: one table. */
import type { BinaryOp, Expr, UnaryOp } from "../../compiler/ir/expression.js";
import type { FunctionName } from "./functions.js";
import { integer, SORT } from "./literals.js";
import type { Products } from "./products.js";

/** What a spelling may ask for beside its operands. */
export interface Spelling extends Products {
  /** A function of which only the given facts are known. */
  readonly known: (name: FunctionName, a: string) => string;
  /** The common bits of two 32-bit integers of which neither is a constant. */
  readonly bitAnd: (a: string, b: string) => string;
  /** An uninterpreted function, of which only equality is known. */
  readonly opaque: (name: string, sort: string, ...operands: readonly string[]) => string;
}

const call = (f: string, ...operands: readonly (string | number)[]) => `(${f} ${operands.join(" ")})`;

const ite = (condition: string, a: string, b: string) => (a === b ? a : call("ite", condition, a, b));
const floorOfReal = (a: string) => call("to_int", a);
const whole = (a: string) => call("to_real", a);

export const UNARY: { readonly [op in UnaryOp]: (a: string, e: Expr, to: Spelling) => string } = {
  neg: (a) => call("-", a),
  not: (a) => call("not", a),
  bitNot: (a) => call("-", integer(-1), a),
  abs: (a, e) => ite(call(">=", a, zero(e)), a, call("-", a)),
  sign: (a, e) => ite(call(">", a, zero(e)), one(e), ite(call("<", a, zero(e)), call("-", one(e)), zero(e))),
  square: (a, e, to) => (e.type === "int" ? to.square(a) : call("*", a, a)),
  isqrt: (a, _, to) => to.root(a),
  floor: (a) => whole(floorOfReal(a)),
  ceil: (a) => call("-", whole(floorOfReal(call("-", a)))),
  trunc: (a) => ite(call(">=", a, "0.0"), whole(floorOfReal(a)), call("-", whole(floorOfReal(call("-", a))))),
  round: (a) => whole(floorOfReal(call("+", a, "0.5"))),
  toFloat: (a) => whole(a),
  toInt: (a) => floorOfReal(a),
  sqrt: (a, _, to) => to.known("sqrt", a),
  exp: (a, _, to) => to.known("exp", a),
  log: (a, _, to) => to.known("log", a),
  log2: (a, _, to) => to.known("log2", a),
  tanh: (a, _, to) => to.known("tanh", a),
  sin: (a, _, to) => to.known("sin", a),
  cos: (a, _, to) => to.known("cos", a),
};

const zero = (e: Expr) => (e.type === "float" ? "0.0" : "0");
const one = (e: Expr) => (e.type === "float" ? "1.0" : "1");

/** The value of an integer constant; undefined for any other expression. */
const constantOf = (e: Expr): number | undefined => (e.kind === "const" ? e.value : undefined);

function floorDivision(a: string, b: string, divisor: Expr, to: Spelling): string {
  const c = constantOf(divisor);
  if (c === undefined || c === 0) return to.divide(a, b).quotient;
  return c > 0 ? call("div", a, integer(c)) : call("div", call("-", a), integer(-c));
}

function truncatedDivision(a: string, b: string, divisor: Expr, to: Spelling): string {
  const c = constantOf(divisor);
  if (c === undefined || c === 0) {
    const { quotient, remainder } = to.divide(a, b);
    return ite(roundsDown(a, b, remainder), quotient, call("+", quotient, "1"));
  }
  const size = integer(Math.abs(c));
  const quotient = ite(call(">=", a, "0"), call("div", a, size), call("-", call("div", call("-", a), size)));
  return c > 0 ? quotient : call("-", quotient);
}

function truncatedRemainder(a: string, b: string, divisor: Expr, to: Spelling): string {
  const c = constantOf(divisor);
  if (c === undefined || c === 0) {
    const { remainder } = to.divide(a, b);
    return ite(roundsDown(a, b, remainder), remainder, call("-", remainder, b));
  }
  const size = integer(Math.abs(c));
  return ite(call(">=", a, "0"), call("mod", a, size), call("-", call("mod", call("-", a), size)));
}

/** Whether rounding toward 0 and rounding down agree. */
const roundsDown = (a: string, b: string, remainder: string) =>
  call("or", call("=", remainder, "0"), call("=", call("<", a, "0"), call("<", b, "0")));

/** `a` and the bits of a constant that is not negative: a sum over its runs of ones. */
function masked(a: string, mask: number): string {
  const parts: string[] = [];
  for (let bit = 0; bit < 31; bit++) {
    if (!((mask >> bit) & 1)) continue;
    const first = bit;
    while ((mask >> bit) & 1) bit++;
    const run = call("mod", call("div", a, integer(2 ** first)), integer(2 ** (bit - first)));
    parts.push(call("*", integer(2 ** first), run));
  }
  return parts.length === 0 ? "0" : parts.length === 1 ? (parts[0] as string) : call("+", ...parts);
}

/** `a & b` by arithmetic where one of them is a constant. */
function bitAnd(a: string, b: string, left: Expr, right: Expr, to: Spelling): string {
  const [value, x] = constantOf(right) === undefined ? [constantOf(left), b] : [constantOf(right), a];
  if (value === undefined) return to.bitAnd(a, b);
  return value >= 0 ? masked(x, value) : call("-", x, masked(x, ~value));
}

/** Multiplies or divides by a power of two. */
function shift(amount: string, by: Expr, apply: (power: string) => string): string {
  const c = constantOf(by);
  if (c !== undefined) return apply(integer(2 ** (c & 31)));
  const low = call("mod", amount, "32");
  const choices = Array.from({ length: 31 }, (_, n) => [call("=", low, n), integer(2 ** n)] as const);
  return apply(choices.reduceRight((rest, [is, power]) => ite(is, power, rest), integer(2 ** 31)));
}

type BinarySpelling = (a: string, b: string, e: Extract<Expr, { kind: "binary" }>, to: Spelling) => string;

const plain =
  (f: string): BinarySpelling =>
  (a, b) =>
    call(f, a, b);

function power(a: string, b: string, exponent: Expr, to: Spelling): string {
  const c = constantOf(exponent);
  if (c === undefined || !Number.isInteger(c) || c < 1 || c > 8) return to.opaque("pow", SORT[exponent.type], a, b);
  return c === 1 ? a : call("*", ...Array.from({ length: c }, () => a));
}

export const BINARY: { readonly [op in BinaryOp]: BinarySpelling } = {
  add: plain("+"),
  sub: plain("-"),
  mul: (a, b, e, to) => {
    const isPlain = e.type === "float" || e.a.kind === "const" || e.b.kind === "const";
    return isPlain ? call("*", a, b) : to.multiply(a, b);
  },
  div: plain("/"),
  floorDiv: (a, b, e, to) => floorDivision(a, b, e.b, to),
  truncDiv: (a, b, e, to) => truncatedDivision(a, b, e.b, to),
  rem: (a, b, e, to) => (e.type === "int" ? truncatedRemainder(a, b, e.b, to) : to.opaque("rem", "Real", a, b)),
  pow: (a, b, e, to) => power(a, b, e.b, to),
  ipow: (a, b, e, to) => power(a, b, e.b, to),
  min: (a, b) => ite(call("<=", a, b), a, b),
  max: (a, b) => ite(call(">=", a, b), a, b),
  bitAnd: (a, b, e, to) => bitAnd(a, b, e.a, e.b, to),
  bitOr: (a, b, e, to) => call("-", call("+", a, b), bitAnd(a, b, e.a, e.b, to)),
  bitXor: (a, b, e, to) => call("-", call("+", a, b), call("*", "2", bitAnd(a, b, e.a, e.b, to))),
  shl: (a, b, e) => shift(b, e.b, (n) => call("*", a, n)),
  shr: (a, b, e) => shift(b, e.b, (n) => call("div", a, n)),
  ushr: (a, b, e) => shift(b, e.b, (n) => call("div", ite(call(">=", a, "0"), a, call("+", a, integer(2 ** 32))), n)),
  lt: plain("<"),
  le: plain("<="),
  eq: plain("="),
  ne: plain("distinct"),
  and: plain("and"),
  or: plain("or"),
};
