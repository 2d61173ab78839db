/** What is known of an integer expression before any grid or param is given: a range of numbers, perhaps infinite. */
import type { BinaryOp, Expr } from "../ir/expression.js";
import { addPolynomials, type Polynomial, polynomialOf } from "../ir/polynomial.js";
import type { Pattern } from "../plan/pattern.js";

/** Smallest and largest value, inclusive. */
export type Range = readonly [number, number];

export type Ranges = (e: Expr) => Range;

const ANY: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
const NATURAL: Range = [0, Number.POSITIVE_INFINITY];

const product = (x: number, y: number) => (x === 0 || y === 0 ? 0 : x * y);

function times([a, b]: Range, [c, d]: Range): Range {
  const corners = [product(a, c), product(a, d), product(b, c), product(b, d)];
  return [Math.min(...corners), Math.max(...corners)];
}

function variableRange(name: string, pattern: Pattern): Range {
  const param = pattern.params.find((each) => each.name === name);
  if (param) return [param.min ?? Number.NEGATIVE_INFINITY, param.max ?? Number.POSITIVE_INFINITY];
  if (name.startsWith("size.")) return [1, Number.POSITIVE_INFINITY];
  if (name === "head" || name === "batch" || /^([qk]\.|origin\.|last\.)/.test(name)) return NATURAL;
  return ANY;
}

/** Ranges of expressions of one pattern, from the bounds of its params and tables; positions are never negative. */
export function rangesOf(pattern: Pattern): Ranges {
  const known = new Map<Expr, Range>();
  const rangeOf: Ranges = (e) => {
    let range = known.get(e);
    if (!range) {
      range = e.type === "int" ? sumRange(polynomialOf(e)) : ANY;
      known.set(e, range);
    }
    return range;
  };
  const sumRange = (p: Polynomial): Range => {
    let [low, high] = [0, 0];
    for (const { factors, coefficient } of p.values()) {
      const [a, b] = factors.map(factorRange).reduce(times, [coefficient, coefficient]);
      low += a;
      high += b;
    }
    return [low, high];
  };
  const factorRange = (e: Expr): Range => {
    if (e.kind === "const") return [e.value, e.value];
    if (e.kind === "var") return variableRange(e.name, pattern);
    if (e.kind === "search") return NATURAL;
    if (e.kind === "lookup") {
      const table = pattern.tables.find((each) => each.name === e.table);
      return [table?.min ?? Number.NEGATIVE_INFINITY, table?.max ?? Number.POSITIVE_INFINITY];
    }
    if (e.kind === "select") {
      const [[a, b], [c, d]] = [rangeOf(e.a), rangeOf(e.b)];
      return [Math.min(a, c), Math.max(b, d)];
    }
    if (e.kind === "unary") {
      if (e.op === "square" || e.op === "abs" || e.op === "isqrt") {
        const [a, b] = rangeOf(e.a);
        const largest = Math.max(Math.abs(a), Math.abs(b));
        return [0, e.op === "square" ? largest * largest : largest];
      }
      return e.op === "sign" ? [-1, 1] : ANY;
    }
    return binaryRange(e.op, rangeOf(e.a), rangeOf(e.b));
  };
  return rangeOf;
}

function binaryRange(op: BinaryOp, [a, b]: Range, [c, d]: Range): Range {
  switch (op) {
    case "min":
      return [Math.min(a, c), Math.min(b, d)];
    case "max":
      return [Math.max(a, c), Math.max(b, d)];
    case "mul":
      return times([a, b], [c, d]);
    case "floorDiv":
    case "truncDiv":
      return a >= 0 && c >= 1 ? [0, b] : ANY;
    case "rem": {
      const largest = Math.max(Math.abs(c), Math.abs(d)) - 1;
      return [a >= 0 ? 0 : -largest, b <= 0 ? 0 : Math.min(largest, a >= 0 ? b : Number.POSITIVE_INFINITY)];
    }
    case "bitAnd":
      return a >= 0 || c >= 0 ? NATURAL : ANY;
    case "bitOr":
    case "bitXor":
    case "shl":
      return a >= 0 && (op === "shl" || c >= 0) ? NATURAL : ANY;
    case "shr":
    case "ushr":
      return a >= 0 ? [0, b] : ANY;
    default:
      return ANY;
  }
}

/** Whether `a >= b` holds for every grid and all allowed params. */
export function isAtLeast(ranges: Ranges, a: Expr, b: Expr): boolean {
  return differenceRange(ranges, a, b)[0] >= 0;
}

/** Range of `a - b`, with equal terms cancelled first. */
export function differenceRange(ranges: Ranges, a: Expr, b: Expr): Range {
  const difference = addPolynomials(polynomialOf(a), polynomialOf(b), -1);
  let [low, high] = [0, 0];
  for (const { factors, coefficient } of difference.values()) {
    const [x, y] = factors.map(ranges).reduce(times, [coefficient, coefficient]);
    low += x;
    high += y;
  }
  return [low, high];
}
