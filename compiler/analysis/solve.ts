/** Solves the atoms of a condition for one axis: bounds of its position, given the tile and the outer axes. */
import { add, binary, type Expr, floorDiv, int, mul, neg, search, sub, unary, variablesOf } from "../ir/expression.js";
import { expressionOf, normal, type Polynomial, polynomialOf, type Term, varies } from "../ir/polynomial.js";
import { boundsOf, type Scope } from "./bounds.js";
import { type Interval, largest, present, smallest, tidy } from "./interval.js";
import { atLeastZero, partsOf } from "./logic.js";

/** What the solver knows: the axis variable to solve for and scopes to bound the rest in, the preferred one first. */
export interface Question {
  /** Name of the position variable, such as `k.t`. */
  readonly unknown: string;
  /** Scopes whose box bounds every other variable; the next is used where the one before gives no bound. */
  readonly scopes: readonly Scope[];
}

/** Every pair that meets the condition has its position at or above `lo` and at or below `hi`, where these are known. */
export function solve(condition: Expr, question: Question): Interval {
  if (condition.kind === "binary" && condition.op === "and") {
    return meet(
      partsOf(condition, "and").map((part) => solve(part, question)),
      question,
    );
  }
  if (condition.kind === "binary" && condition.op === "or") {
    return hull(
      partsOf(condition, "or").map((part) => solve(part, question)),
      question,
    );
  }
  return meet(
    atLeastZero(condition).map((difference) => atLeast(difference, int(0), question)),
    question,
  );
}

const rangesIn = (question: Question) => (question.scopes[0] as Scope).ranges;

/** All of several intervals hold. */
export function meet(parts: readonly Interval[], question: Question): Interval {
  const lows = present(parts.map((part) => part.lo));
  const highs = present(parts.map((part) => part.hi));
  return {
    lo: lows.length > 0 ? largest(rangesIn(question), lows) : undefined,
    hi: highs.length > 0 ? smallest(rangesIn(question), highs) : undefined,
  };
}

/** One of several intervals holds. */
function hull(parts: readonly Interval[], question: Question): Interval {
  const lows = present(parts.map((part) => part.lo));
  const highs = present(parts.map((part) => part.hi));
  return {
    lo: lows.length === parts.length ? smallest(rangesIn(question), lows) : undefined,
    hi: highs.length === parts.length ? largest(rangesIn(question), highs) : undefined,
  };
}

const involves = (e: Expr, unknown: string) => variablesOf(e).has(unknown);

/** Upper or lower bound of an expression over the box, from the first scope that has one. */
function bound(e: Expr, end: "lo" | "hi", { scopes }: Question): Expr | undefined {
  for (const scope of scopes) {
    const found = boundsOf(e, scope)[end];
    if (found) return found;
  }
  return undefined;
}

const ceilDiv = (a: Expr, b: Expr) => neg(floorDiv(neg(a), b));

/** Solves `e >= low`, where `low` does not vary, for the unknown. */
function atLeast(e: Expr, low: Expr, question: Question): Interval {
  const p = polynomialOf(e);
  const terms = [...p.values()].filter((term) => term.factors.some((factor) => involves(factor, question.unknown)));
  const term = terms[0];
  if (terms.length !== 1 || !term) return {};
  const factor = term.factors.find((each) => involves(each, question.unknown)) as Expr;
  const coefficient = coefficientOf(term, factor, question.unknown);
  if (!coefficient) return {};
  const most = bound(restOf(p, term), "hi", question);
  if (!most) return {};
  const ranges = rangesIn(question);
  const [smallestCoefficient, largestCoefficient] = ranges(coefficient);
  // coefficient * factor >= low - rest, for some rest <= most
  if (smallestCoefficient >= 1) return invert(factor, "lo", tidy(ceilDiv(sub(low, most), coefficient)), question);
  if (largestCoefficient <= -1) return invert(factor, "hi", tidy(floorDiv(sub(most, low), neg(coefficient))), question);
  return {};
}

/** The product of the other factors; undefined where it varies or holds the unknown too. */
function coefficientOf(term: Term, factor: Expr, unknown: string): Expr | undefined {
  const others = term.factors.filter((each) => each !== factor);
  if (others.length < term.factors.length - 1 || others.some((each) => varies(each) || involves(each, unknown)))
    return undefined;
  return normal(others.reduce(mul, int(term.coefficient)));
}

const restOf = (p: Polynomial, term: Term): Expr => expressionOf(new Map([...p].filter(([, other]) => other !== term)));

/** Solves `factor >= at` (end `lo`) or `factor <= at` (end `hi`) for the unknown inside the factor. */
function invert(factor: Expr, end: "lo" | "hi", at: Expr, question: Question): Interval {
  if (factor.kind === "var") return end === "lo" ? { lo: at } : { hi: at };
  const within = (e: Expr, side: "lo" | "hi", value: Expr) =>
    side === "lo" ? atLeast(e, value, question) : atLeast(neg(e), neg(value), question);
  const ranges = rangesIn(question);
  if (factor.kind === "unary" && end === "hi" && (factor.op === "abs" || factor.op === "square")) {
    const reach = factor.op === "abs" ? at : tidy(unary("isqrt", at));
    return meet([within(factor.a, "hi", reach), within(factor.a, "lo", neg(reach))], question);
  }
  if (factor.kind === "binary" && (factor.op === "min" || factor.op === "max")) {
    const join = (factor.op === "min") === (end === "lo") ? meet : hull;
    return join(
      [factor.a, factor.b].map((part) => within(part, end, at)),
      question,
    );
  }
  if (factor.kind === "select")
    return hull(
      [factor.a, factor.b].map((part) => within(part, end, at)),
      question,
    );
  if (factor.kind === "lookup" && factor.type === "int" && factor.indices.length === 1) {
    const index = factor.indices[0] as Expr;
    if (!(question.scopes[0] as Scope).sorted.has(factor.table)) return {};
    if (end === "lo") return within(index, "lo", search(factor.table, at, true));
    return within(index, "hi", sub(search(factor.table, at, false), int(1)));
  }
  if (factor.kind !== "binary" || varies(factor.b)) return {};
  const divisor = divisorOf(factor.op, factor.b, ranges(factor.b), ranges(factor.a)[0] >= 0);
  if (!divisor) return {};
  // floor(u / c) >= at when u >= c * at; floor(u / c) <= at when u <= c * at + c - 1
  return end === "lo"
    ? within(factor.a, "lo", mul(divisor, at))
    : within(factor.a, "hi", sub(add(mul(divisor, at), divisor), int(1)));
}

/** The positive number by which an operator divides and rounds down; undefined for other operators. */
function divisorOf(op: string, b: Expr, [low, high]: readonly [number, number], natural: boolean): Expr | undefined {
  if (op === "floorDiv" || (op === "truncDiv" && natural)) return low >= 1 ? b : undefined;
  return op === "shr" && low >= 0 && high <= 30 ? binary("shl", int(1), b) : undefined;
}
