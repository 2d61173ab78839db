/** What a query sees along the innermost key axis: the part of a condition that is a compare of two bounds per row. */
import { type Expr, intVar, neg, variablesOf } from "../ir/expression.js";
import { expressionOf, polynomialOf } from "../ir/polynomial.js";
import type { RowBounds } from "../plan/plan.js";
import { type Interval, largest, present, smallest, tidy } from "./interval.js";
import { all, atLeastZero } from "./logic.js";
import type { Ranges } from "./ranges.js";

/** The bound that `e >= 0` is for the unknown, exactly; undefined where it is more than that. */
function boundIn(e: Expr, unknown: string): Interval | undefined {
  const p = polynomialOf(e);
  const own = [...p].filter(([, { factors }]) => factors.some((factor) => variablesOf(factor).has(unknown)));
  const [[key, term] = [undefined, undefined], ...more] = own;
  if (!term || more.length > 0 || term.factors.length !== 1 || term.factors[0] !== intVar(unknown)) return undefined;
  const rest = expressionOf(new Map([...p].filter(([other]) => other !== key)));
  if (term.coefficient === 1) return { lo: tidy(neg(rest)) };
  return term.coefficient === -1 ? { hi: tidy(rest) } : undefined;
}

/**
 * `k.x <= q.x + reach && q.x - reach <= k.x && k.t <= q.t` -> sees `k.t <= q.t`, from `q.x - reach` to `q.x + reach`.
 * @returns undefined where a part along the axis is no such compare: pairs are then tested one by one.
 */
export function rowBoundsOf(conditions: readonly Expr[], axis: string, ranges: Ranges): RowBounds | undefined {
  const unknown = `k.${axis}`;
  const [along, across] = [true, false].map((reads) =>
    conditions.filter((condition) => variablesOf(condition).has(unknown) === reads),
  ) as [Expr[], Expr[]];
  const bounds = along.map((condition) => {
    const found = atLeastZero(condition).map((difference) => boundIn(difference, unknown));
    return found.length > 0 && found.every((bound) => bound !== undefined) ? found : undefined;
  });
  if (!bounds.every((found) => found !== undefined)) return undefined;
  const lows = present(bounds.flat().map(({ lo }) => lo));
  const highs = present(bounds.flat().map(({ hi }) => hi));
  return {
    sees: all(across),
    ...(lows.length > 0 ? { lower: largest(ranges, lows) } : {}),
    ...(highs.length > 0 ? { upper: smallest(ranges, highs) } : {}),
  };
}
