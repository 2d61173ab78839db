/** Facts: linear forms of positions whose bounds follow from one atom of a conjunction, such as `0 <= q.t - k.t < frames`. */
import { add, type Expr, floorDiv, int, mul, neg } from "../ir/expression.js";
import { byText, polynomialOf } from "../ir/polynomial.js";
import { combine, type Fact, groupsOf, type Linear } from "./bounds.js";
import { tidy } from "./interval.js";
import { atLeastZero } from "./logic.js";

const divisorOf = (a: number, b: number): number => (b === 0 ? Math.abs(a) : divisorOf(b, a % b));

/** The facts that an atom gives: none, one, or two for an equation. */
export function factsOf(atom: Expr): Fact[] {
  return atLeastZero(atom).flatMap((difference): Fact[] => {
    const { constant, groups } = groupsOf(polynomialOf(difference));
    const group = groups[0];
    if (groups.length !== 1 || !group || group.coefficient !== int(1)) return [];
    return [primitive(group.form, neg(constant))];
  });
}

/** The fact that a form is at least `low`, in the form's primitive terms. */
function primitive(given: Linear, low: Expr): Fact {
  const ordered = [...given].sort(([a], [b]) => byText(a, b));
  const common = ordered.map(([, coefficient]) => coefficient).reduce(divisorOf, 0);
  const times = (ordered[0]?.[1] ?? 1) < 0 ? -common : common;
  const form = new Map(ordered.map(([factor, coefficient]) => [factor, coefficient / times]));
  if (times > 0) return { form, lo: tidy(neg(floorDiv(neg(low), int(times)))) };
  return { form, hi: tidy(floorDiv(neg(low), int(-times))) };
}

/** Each end of a fact as "this form is at least that". */
const halves = ({ form, lo, hi }: Fact): (readonly [Linear, Expr])[] => [
  ...(lo ? [[form, lo] as const] : []),
  ...(hi ? [[combine(new Map(), form, -1), neg(hi)] as const] : []),
];

/** What pairs of facts say once a looped position between them is eliminated: facts of the tile alone. */
export function factsOfTile(facts: readonly Fact[], isLooped: (factor: Expr) => boolean): Fact[] {
  const sides = facts.flatMap(halves);
  return sides.flatMap(([a, low]) =>
    sides.flatMap(([b, other]): Fact[] => {
      const shared = [...a].find(
        ([factor, coefficient]) => isLooped(factor) && coefficient > 0 && (b.get(factor) ?? 0) < 0,
      );
      if (!shared) return [];
      const [up, down] = [shared[1], -(b.get(shared[0]) as number)];
      const form = combine(combine(new Map(), a, down), b, up);
      const isOfTile = form.size > 0 && ![...form.keys()].some(isLooped);
      return isOfTile ? [primitive(form, add(mul(int(down), low), mul(int(up), other)))] : [];
    }),
  );
}

export const sameForm = (a: Fact, b: Fact): boolean =>
  a.form.size === b.form.size && [...a.form].every(([factor, coefficient]) => b.form.get(factor) === coefficient);
