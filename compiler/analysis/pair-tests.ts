/** The two scalar tests of a pair of tiles: `live` is false only when no pair attends, `full` is true only when all do. */
import { add, type Expr, eq, FALSE, floorDiv, int, le, mul, sub, TRUE } from "../ir/expression.js";
import { addPolynomials, expressionOf, polynomialOf, varies } from "../ir/polynomial.js";
import { simplify } from "../ir/simplify.js";
import { boundsOf, type Scope } from "./bounds.js";
import type { Interval } from "./interval.js";
import { all, any, atLeastZero, normalised, partsOf } from "./logic.js";
import type { Ranges } from "./ranges.js";
import { differenceRange } from "./ranges.js";

/** The difference of two expressions with each term on the side where it is positive. */
function balanced(a: Expr, b: Expr): readonly [Expr, Expr] {
  const difference = addPolynomials(polynomialOf(b), polynomialOf(a), -1);
  const side = (sign: number): Expr => {
    const terms = [...difference].filter(([, term]) => term.coefficient * sign > 0);
    return expressionOf(new Map(terms.map(([key, term]) => [key, { ...term, coefficient: term.coefficient * sign }])));
  };
  return [side(-1), side(1)];
}

/** `a <= b`, decided now where the ranges allow it. */
export function atMost(a: Expr, b: Expr, ranges: Ranges): Expr {
  const [low, high] = differenceRange(ranges, b, a);
  return low >= 0 ? TRUE : high < 0 ? FALSE : simplify(le(...balanced(simplify(a), simplify(b))));
}

/** Condition on the ends of the box that is false only when the condition holds for none of its pairs. */
export function liveOf(condition: Expr, scope: Scope): Expr {
  if (condition.kind === "const") return condition;
  if (condition.kind === "binary" && condition.op === "and") {
    return all(partsOf(condition, "and").map((part) => liveOf(part, scope)));
  }
  if (condition.kind === "binary" && condition.op === "or") {
    return any(partsOf(condition, "or").map((part) => liveOf(part, scope)));
  }
  if (condition.kind === "binary" && condition.op === "ne")
    return normalised(fullOf(normalised(condition, true), scope), true);
  if (condition.kind !== "binary" || condition.a.type !== "int") return TRUE;
  const zero = int(0);
  const reachable = atLeastZero(condition).map((difference) => {
    const { hi } = boundsOf(difference, scope);
    return hi ? atMost(zero, hi, scope.ranges) : TRUE;
  });
  return all([...reachable, congruent(condition, scope)]);
}

/** For `u % m === r`: whether the interval of `u` holds a number that leaves `r`. */
function congruent(condition: Expr, scope: Scope): Expr {
  if (condition.kind !== "binary" || condition.op !== "eq") return TRUE;
  for (const [u, r] of [[condition.a, condition.b] as const, [condition.b, condition.a] as const]) {
    if (u.kind !== "binary" || u.op !== "rem" || varies(u.b) || scope.ranges(u.b)[0] < 1) continue;
    const m = u.b;
    const { lo, hi } = boundsOf(u.a, scope);
    const residue = boundsOf(r, scope);
    if (!lo || !hi || !residue.lo || residue.lo !== residue.hi) continue;
    const last = add(mul(m, floorDiv(sub(hi, residue.lo), m)), residue.lo);
    return atMost(lo, last, scope.ranges);
  }
  return TRUE;
}

/** Condition on the ends of the box that is true only when the condition holds for all of its pairs. */
export function fullOf(condition: Expr, scope: Scope): Expr {
  if (condition.kind === "const") return condition;
  if (condition.kind === "binary" && condition.op === "and") {
    return all(partsOf(condition, "and").map((part) => fullOf(part, scope)));
  }
  if (condition.kind === "binary" && condition.op === "or") {
    return any(partsOf(condition, "or").map((part) => fullOf(part, scope)));
  }
  if (condition.kind === "binary" && condition.op === "ne")
    return normalised(liveOf(normalised(condition, true), scope), true);
  if (condition.kind !== "binary" || condition.a.type !== "int") return FALSE;
  if (condition.op === "eq") return same(boundsOf(sub(condition.a, condition.b), scope), scope.ranges);
  const zero = int(0);
  const certain = atLeastZero(condition).map((difference) => {
    const { lo } = boundsOf(difference, scope);
    return lo ? atMost(zero, lo, scope.ranges) : FALSE;
  });
  return certain.length > 0 ? all(certain) : FALSE;
}

function same({ lo, hi }: Interval, ranges: Ranges): Expr {
  if (!lo || !hi) return FALSE;
  if (lo === hi) return simplify(eq(...balanced(simplify(lo), int(0))));
  return all([atMost(int(0), lo, ranges), atMost(hi, int(0), ranges)]);
}
