/** Facts: linear forms of positions whose bounds follow from one atom of a conjunction, such as `0 <= q.t - k.t < frames`. */
import { type Expr, floorDiv, int, neg } from "../ir/expression.js";
import { byText, polynomialOf } from "../ir/polynomial.js";
import { type Fact, groupsOf, tidy } from "./bounds.js";
import { atLeastZero } from "./logic.js";

const divisorOf = (a: number, b: number): number => (b === 0 ? Math.abs(a) : divisorOf(b, a % b));

/** The facts that an atom gives: none, one, or two for an equation. */
export function factsOf(atom: Expr): Fact[] {
  return atLeastZero(atom).flatMap((difference): Fact[] => {
    const { constant, groups } = groupsOf(polynomialOf(difference));
    const group = groups[0];
    if (groups.length !== 1 || !group || group.coefficient !== int(1)) return [];
    const ordered = [...group.form].sort(([a], [b]) => byText(a, b));
    const common = ordered.map(([, coefficient]) => coefficient).reduce(divisorOf, 0);
    const times = (ordered[0]?.[1] ?? 1) < 0 ? -common : common;
    const form = new Map(ordered.map(([factor, coefficient]) => [factor, coefficient / times]));
    // times * form + constant >= 0
    if (times > 0) return [{ form, lo: tidy(neg(floorDiv(constant, int(times)))) }];
    return [{ form, hi: tidy(floorDiv(constant, int(-times))) }];
  });
}
