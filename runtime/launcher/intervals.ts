/** Interval arithmetic on a manifest's expressions: the range of values that each could take. Sound, never exact by promise. */
import type { JsonExpression } from "../../compiler/plan/manifest.js";

export interface Interval {
  readonly lo: number;
  readonly hi: number;
  /** Only integers. */
  readonly whole: boolean;
}

export interface Scope {
  readonly variables: ReadonlyMap<string, Interval>;
  /** Range of the values of each table, and its entries along the last dimension. */
  readonly tables: ReadonlyMap<string, TableRange>;
}

export interface TableRange {
  readonly values: Interval;
  readonly entries: number;
  /** The values of a table of one dimension that never fall: what is read of it follows from where it is read. */
  readonly sorted?: ArrayLike<number>;
}

type Range = readonly [lo: number, hi: number];
type Rule = (...operands: readonly [Interval, Interval, Interval]) => Range;

const INT32: Range = [-(2 ** 31), 2 ** 31 - 1];
const ANYTHING: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

export const between = (lo: number, hi: number): Interval => ({ lo, hi, whole: true });
export const point = (value: number): Interval => ({ lo: value, hi: value, whole: Number.isInteger(value) });

const hull = (...values: readonly number[]): Range => [Math.min(...values), Math.max(...values)];
const rising =
  (f: (x: number) => number): Rule =>
  (a) => [f(a.lo), f(a.hi)];
/** For a function that is monotone in each operand while the other stands still. */
const corners = (f: (x: number, y: number) => number, a: Interval, b: Interval): Range =>
  hull(f(a.lo, b.lo), f(a.lo, b.hi), f(a.hi, b.lo), f(a.hi, b.hi));
const within = (range: Range, [lo, hi]: Range = INT32) => range[0] >= lo && range[1] <= hi;
const isPoint = (a: Interval) => a.lo === a.hi;
const areIntegers = (a: Interval, b: Interval) => isPoint(a) && isPoint(b) && a.whole && b.whole;
const magnitude = (a: Interval): Range => [Math.max(a.lo, -a.hi, 0), Math.max(-a.lo, a.hi)];
const truth = (yes: boolean, no: boolean): Range => (yes ? [1, 1] : no ? [0, 0] : [0, 1]);

/** Division of integers, over the divisors that are not 0. */
const divide =
  (f: (x: number) => number): Rule =>
  (a, b) => {
    const parts = [between(Math.max(b.lo, 1), b.hi), between(b.lo, Math.min(b.hi, -1))].filter(
      ({ lo, hi }) => lo <= hi,
    );
    return parts.length === 0 ? ANYTHING : hull(...parts.flatMap((part) => corners((x, y) => f(x / y), a, part)));
  };

function remainder(a: Interval, b: Interval): Range {
  if (areIntegers(a, b) && b.lo !== 0) return [a.lo % b.lo, a.lo % b.lo];
  const [least, most] = magnitude(b);
  if (a.lo > -least && a.hi < least) return [a.lo, a.hi];
  const bound = Math.max(0, a.whole && b.whole ? most - 1 : most);
  return [Math.min(0, Math.max(a.lo, -bound)), Math.max(0, Math.min(a.hi, bound))];
}

function power(a: Interval, b: Interval): Range {
  if (b.lo < 0 && a.lo <= 0 && a.hi >= 0) return ANYTHING;
  if (a.lo >= 0 || areIntegers(a, b)) return corners(Math.pow, a, b);
  const [least, most] = magnitude(a);
  const [, hi] = corners(Math.pow, { lo: least, hi: most, whole: false }, b);
  return [-hi, hi];
}

/** A bit operation: exact for two points, else by the operands and a power of two that their bits stay below. */
const bits =
  (exact: (x: number, y: number) => number, range: (a: Interval, b: Interval, bound: number) => Range): Rule =>
  (a, b) => {
    const ends = [a.lo, a.hi, b.lo, b.hi];
    if (!within(hull(...ends))) return INT32;
    if (isPoint(a) && isPoint(b)) return [exact(a.lo, b.lo), exact(a.lo, b.lo)];
    return range(a, b, 2 ** (32 - Math.clz32(Math.max(...ends.map((end) => (end < 0 ? ~end : end))))));
  };

const eitherNegative = (a: Interval, b: Interval) => a.lo < 0 || b.lo < 0;

/** The amount of a shift: its low 5 bits. */
const amount = (b: Interval): Interval =>
  isPoint(b) ? point(b.lo & 31) : b.lo >= 0 && b.hi <= 31 ? b : between(0, 31);
const shiftRight = (a: Interval, b: Interval): Range => corners((x, n) => Math.floor(x / 2 ** n), a, amount(b));

/** What a shift would lose at the top counts as leaving 32 bits, as in the product that it stands for. */
function shiftLeft(a: Interval, b: Interval): Range {
  if (!within([b.lo, b.hi], [0, 31])) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [lo, hi] = corners((x, n) => x * 2 ** n, a, amount(b));
  return within([lo, hi]) ? [lo, hi] : [Math.min(lo, INT32[0]), Math.max(hi, INT32[1])];
}

/** Every operator of the IR, besides those that read tables. */
export const rules: { readonly [operator: string]: Rule } = {
  neg: (a) => [-a.hi, -a.lo],
  not: (a) => [1 - a.hi, 1 - a.lo],
  bitNot: (a) => (within([a.lo, a.hi]) ? [-1 - a.hi, -1 - a.lo] : INT32),
  abs: (a) => magnitude(a),
  square: (a) => magnitude(a).map((x) => x * x) as unknown as Range,
  isqrt: rising((x) => Math.floor(Math.sqrt(Math.max(x, 0)))),
  sign: rising(Math.sign),
  floor: rising(Math.floor),
  ceil: rising(Math.ceil),
  trunc: rising(Math.trunc),
  round: rising((x) => Math.floor(x + 0.5)),
  toFloat: (a) => [a.lo, a.hi],
  toInt: (a) => [a.lo, a.hi],
  sqrt: rising((x) => Math.sqrt(Math.max(x, 0))),
  exp: rising(Math.exp),
  log: rising(Math.log),
  log2: rising(Math.log2),
  tanh: rising(Math.tanh),
  sin: () => [-1, 1],
  cos: () => [-1, 1],
  add: (a, b) => [a.lo + b.lo, a.hi + b.hi],
  sub: (a, b) => [a.lo - b.hi, a.hi - b.lo],
  mul: (a, b) => corners((x, y) => x * y, a, b),
  div: (a, b) => (b.lo > 0 || b.hi < 0 ? corners((x, y) => x / y, a, b) : ANYTHING),
  floorDiv: divide(Math.floor),
  truncDiv: divide(Math.trunc),
  rem: remainder,
  pow: power,
  ipow: power,
  min: (a, b) => [Math.min(a.lo, b.lo), Math.min(a.hi, b.hi)],
  max: (a, b) => [Math.max(a.lo, b.lo), Math.max(a.hi, b.hi)],
  bitAnd: bits(
    (x, y) => x & y,
    (a, b, bound) => [
      a.lo < 0 && b.lo < 0 ? -bound : 0,
      Math.min(a.lo < 0 ? bound - 1 : a.hi, b.lo < 0 ? bound - 1 : b.hi),
    ],
  ),
  bitOr: bits(
    (x, y) => x | y,
    (a, b, bound) => [eitherNegative(a, b) ? -bound : Math.max(a.lo, b.lo), bound - 1],
  ),
  bitXor: bits(
    (x, y) => x ^ y,
    (a, b, bound) => [eitherNegative(a, b) ? -bound : 0, bound - 1],
  ),
  shl: shiftLeft,
  shr: (a, b) => (within([a.lo, a.hi]) ? shiftRight(a, b) : INT32),
  ushr: (a, b) => (within([a.lo, a.hi], [0, 2 ** 31 - 1]) ? shiftRight(a, b) : shiftRight(between(0, 2 ** 32 - 1), b)),
  lt: (a, b) => truth(a.hi < b.lo, a.lo >= b.hi),
  le: (a, b) => truth(a.hi <= b.lo, a.lo > b.hi),
  eq: (a, b) => truth(isPoint(a) && isPoint(b) && a.lo === b.lo, a.hi < b.lo || b.hi < a.lo),
  ne: (a, b) => truth(a.hi < b.lo || b.hi < a.lo, isPoint(a) && isPoint(b) && a.lo === b.lo),
  and: (a, b) => [Math.min(a.lo, b.lo), Math.min(a.hi, b.hi)],
  or: (a, b) => [Math.max(a.lo, b.lo), Math.max(a.hi, b.hi)],
  select: (condition, a, b) =>
    condition.lo > 0 ? [a.lo, a.hi] : condition.hi <= 0 ? [b.lo, b.hi] : hull(a.lo, a.hi, b.lo, b.hi),
};

const FRACTIONAL: ReadonlySet<string> = new Set(["div", "pow", "sqrt", "exp", "log", "log2", "tanh", "sin", "cos"]);
const ROUNDING: ReadonlySet<string> = new Set(["floor", "ceil", "trunc", "round", "toInt"]);

/** Room for f32 rounding and for a GPU's inexact functions; an end that is an integer is taken to be exact. */
const widened = (x: number, direction: 1 | -1) =>
  Number.isInteger(x) ? x : x + direction * (Math.abs(x) * 1e-5 + 1e-6);

function applied(operator: string, operands: readonly Interval[]): Interval {
  const rule = rules[operator];
  if (!rule) throw new Error(`bug in mscc: the manifest has the operator '${operator}', unknown to its launcher`);
  const [lo, hi] = rule(...(operands as [Interval, Interval, Interval]));
  const whole = ROUNDING.has(operator) || (!FRACTIONAL.has(operator) && operands.every((operand) => operand.whole));
  if (Number.isNaN(lo) || Number.isNaN(hi)) return { lo: ANYTHING[0], hi: ANYTHING[1], whole };
  return whole ? { lo, hi, whole } : { lo: widened(lo, -1), hi: widened(hi, 1), whole };
}

/** How many values of a sorted table are below a bound or, not `strict`, at most that. */
function countBelow(values: ArrayLike<number>, bound: number, strict: boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const value = values[middle] as number;
    if (strict ? value < bound : value <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A value of a table; kernels clamp indices. */
function looked({ values, entries, sorted }: TableRange, indices: readonly Interval[]): Interval {
  const [index] = indices;
  if (!sorted || !index) return values;
  const at = (place: number) => sorted[Math.min(Math.max(place, 0), entries - 1)] as number;
  return { lo: at(index.lo), hi: at(index.hi), whole: values.whole };
}

function searched({ entries, sorted }: TableRange, value: Interval, strict: boolean): Interval {
  if (!sorted) return between(0, entries);
  return between(countBelow(sorted, value.lo, strict), countBelow(sorted, value.hi, strict));
}

/** The range of an expression. */
export function rangeOf(expression: JsonExpression, scope: Scope): Interval {
  if (typeof expression === "number") return point(expression);
  if (typeof expression === "string") {
    const known = scope.variables.get(expression);
    if (!known) throw new Error(`bug in mscc: the manifest has the variable '${expression}', unknown to its launcher`);
    return known;
  }
  const [operator, ...operands] = expression;
  if (operator === "lookup" || operator === "search") {
    const table = scope.tables.get(operands[0] as string);
    if (!table) throw new Error(`bug in mscc: the manifest reads the table '${operands[0]}', which it does not list`);
    const values = operands.slice(1).filter((operand) => typeof operand !== "boolean");
    const read = values.map((operand) => rangeOf(operand, scope));
    return operator === "lookup" ? looked(table, read) : searched(table, read[0] as Interval, operands[2] === true);
  }
  return applied(
    operator,
    operands.map((operand) => (typeof operand === "boolean" ? point(Number(operand)) : rangeOf(operand, scope))),
  );
}
