/** Symbolic interval arithmetic: bounds of an expression over a box of positions, as expressions of the box's ends. */
import { add, type Expr, floorDiv, int, lookup, mul, neg, sub, substitute, variablesOf } from "../ir/expression.js";
import { expressionOf, isPosition, type Polynomial, polynomialOf, type Term, varies } from "../ir/polynomial.js";
import { exactly, type Interval, known, largest, present, scaled, smallest, tidy, UNKNOWN, union } from "./interval.js";
import { boundsOfBinary, boundsOfUnary } from "./operators.js";
import type { Ranges } from "./ranges.js";

/** A sum of varying factors with integer coefficients. */
export type Linear = ReadonlyMap<Expr, number>;

/** A primitive linear form (coefficients without a common divisor, the first one positive) and its bounds. */
export interface Fact extends Interval {
  readonly form: Linear;
}

/** What bounds are derived from: the ends of every position variable, facts of the pairs of interest, known ranges. */
export interface Scope {
  readonly box: ReadonlyMap<string, Interval>;
  /** Linear forms with known bounds for the pairs of interest; none where a claim must hold for every pair. */
  readonly facts: readonly Fact[];
  readonly ranges: Ranges;
  /** Tables whose one dimension is sorted. */
  readonly sorted: ReadonlySet<string>;
  readonly memo: Map<Expr, Interval>;
}

/** Bounds of an integer expression over the scope's box. */
export function boundsOf(e: Expr, scope: Scope): Interval {
  let interval = scope.memo.get(e);
  if (!interval) {
    interval = derive(e, scope);
    scope.memo.set(e, interval);
  }
  return interval;
}

function derive(e: Expr, scope: Scope): Interval {
  if (!varies(e)) return exactly(e);
  const single = exactlyOn(e, scope);
  if (single) return exactly(single);
  if (e.type !== "int") return UNKNOWN;
  return boundsOfSum(polynomialOf(e), scope);
}

/** The expression itself where the box is a single point in every position that it reads. */
function exactlyOn(e: Expr, { box }: Scope): Expr | undefined {
  for (const name of variablesOf(e)) {
    const ends = box.get(name);
    if (isPosition(name) && (!ends?.lo || ends.lo !== ends.hi)) return undefined;
  }
  return tidy(substitute(e, (name) => box.get(name)?.lo));
}

/** Splits a sum into what does not vary and, per coefficient that does not vary, a linear form of varying factors. */
export function groupsOf(p: Polynomial): { constant: Expr; groups: { coefficient: Expr; form: Linear }[] } {
  const fixed = new Map<string, Term>();
  const groups = new Map<Expr, Map<Expr, number>>();
  for (const [key, term] of p) {
    const moving = term.factors.filter(varies);
    if (moving.length === 0) {
      fixed.set(key, term);
      continue;
    }
    const still = term.factors.filter((factor) => !varies(factor));
    const coefficient = still.length > 0 ? still.reduce(mul) : int(1);
    const form = groups.get(coefficient) ?? new Map<Expr, number>();
    form.set(moving.reduce(mul), term.coefficient);
    groups.set(coefficient, form);
  }
  return {
    constant: expressionOf(fixed),
    groups: [...groups].map(([coefficient, form]) => ({ coefficient, form })),
  };
}

function boundsOfSum(p: Polynomial, scope: Scope): Interval {
  const { constant, groups } = groupsOf(p);
  const parts = groups.map(({ coefficient, form }) => scaled(boundsOfForm(form, scope), coefficient, scope.ranges));
  const total = (ends: readonly (Expr | undefined)[]) => (known(ends) ? tidy(ends.reduce(add, constant)) : undefined);
  return { lo: total(parts.map((part) => part.lo)), hi: total(parts.map((part) => part.hi)) };
}

/** Bounds of a linear form: term by term, and better where a fact bounds a part of it. */
export function boundsOfForm(form: Linear, scope: Scope, useFacts = true): Interval {
  const terms = [...form].map(([factor, coefficient]) =>
    scaled(boundsOfFactor(factor, scope), int(coefficient), scope.ranges),
  );
  const total = (ends: readonly (Expr | undefined)[]) => (known(ends) ? ends.reduce(add) : undefined);
  const lows = [total(terms.map((term) => term.lo))];
  const highs = [total(terms.map((term) => term.hi))];
  for (const fact of useFacts ? scope.facts : []) {
    for (const times of multiplesIn(form, fact.form)) {
      const known = scaled({ lo: fact.lo, hi: fact.hi }, int(times), scope.ranges);
      const rest = combine(form, fact.form, -times);
      const other = rest.size === 0 ? exactly(int(0)) : boundsOfForm(rest, scope, false);
      lows.push(known.lo && other.lo && add(known.lo, other.lo));
      highs.push(known.hi && other.hi && add(known.hi, other.hi));
    }
  }
  const [low, high] = [present(lows), present(highs)];
  return {
    lo: low.length > 0 ? largest(scope.ranges, low) : undefined,
    hi: high.length > 0 ? smallest(scope.ranges, high) : undefined,
  };
}

/**
 * The multiples of a part that cancel some factor of a form. A part that would bring in another factor than a
 * position has to cancel whole: bounding what it brings in could lead back to the form.
 */
function multiplesIn(form: Linear, part: Linear): ReadonlySet<number> {
  const times = [...part].map(([factor, coefficient]) => (form.get(factor) ?? 0) / coefficient);
  const isWhole = times.every((each) => each === times[0]);
  const isPlain = [...part.keys()].every((factor) => factor.kind === "var");
  return new Set(isWhole || isPlain ? times.filter((each) => each !== 0 && Number.isInteger(each)) : []);
}

/** `a + times * b`, without the factors that cancel. */
export function combine(a: Linear, b: Linear, times: number): Linear {
  const sum = new Map(a);
  for (const [factor, coefficient] of b) {
    const total = (sum.get(factor) ?? 0) + times * coefficient;
    if (total === 0) sum.delete(factor);
    else sum.set(factor, total);
  }
  return sum;
}

function boundsOfFactor(e: Expr, scope: Scope): Interval {
  if (!varies(e)) return exactly(e);
  const single = exactlyOn(e, scope);
  if (single) return exactly(single);
  switch (e.kind) {
    case "var":
      return boundsOfVariable(e, e.name, scope);
    case "lookup":
      return boundsOfLookup(e.table, e.type, e.indices, scope, e);
    case "select":
      return union([boundsOf(e.a, scope), boundsOf(e.b, scope)], scope.ranges);
    case "unary":
      return boundsOfUnary(e.op, boundsOf(e.a, scope), scope.ranges);
    case "binary":
      return boundsOfBinary(e.op, [e.a, boundsOf(e.a, scope)], [e.b, boundsOf(e.b, scope)], scope.ranges);
    case "const":
    case "search":
      return UNKNOWN;
  }
}

/** Ends of the box, drawn in where a fact leaves less room given the box of its other factors. */
function boundsOfVariable(e: Expr, name: string, scope: Scope): Interval {
  const plain = scope.box.get(name) ?? UNKNOWN;
  const lows = plain.lo ? [plain.lo] : [];
  const highs = plain.hi ? [plain.hi] : [];
  const withoutFacts = { ...scope, facts: [], memo: new Map() };
  for (const { form, lo, hi } of scope.facts) {
    const times = form.get(e);
    if (times === undefined || form.size === 1) continue;
    const others = boundsOfForm(new Map([...form].filter(([factor]) => factor !== e)), withoutFacts);
    // times * e <= hi - others, times * e >= lo - others
    const most = hi && others.lo && sub(hi, others.lo);
    const least = lo && others.hi && sub(lo, others.hi);
    const size = int(Math.abs(times));
    const [upper, lower] = times > 0 ? [most, least] : [least && neg(least), most && neg(most)];
    if (upper) highs.push(tidy(floorDiv(upper, size)));
    if (lower) lows.push(tidy(neg(floorDiv(neg(lower), size))));
  }
  return {
    lo: lows.length > 0 ? largest(scope.ranges, lows) : undefined,
    hi: highs.length > 0 ? smallest(scope.ranges, highs) : undefined,
  };
}

function boundsOfLookup(table: string, type: Expr["type"], indices: readonly Expr[], scope: Scope, e: Expr): Interval {
  const index = indices[0];
  if (type === "int" && index && indices.length === 1 && scope.sorted.has(table)) {
    const { lo, hi } = boundsOf(index, scope);
    return { lo: lo && lookup(table, type, [lo]), hi: hi && lookup(table, type, [hi]) };
  }
  const [low, high] = scope.ranges(e);
  return { lo: Number.isFinite(low) ? int(low) : undefined, hi: Number.isFinite(high) ? int(high) : undefined };
}
