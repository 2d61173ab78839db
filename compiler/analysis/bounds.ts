/** Symbolic interval arithmetic: bounds of an expression over a box of positions, as expressions of the box's ends. */
import {
  add,
  type BinaryOp,
  binary,
  type Expr,
  eq,
  floorDiv,
  int,
  lookup,
  max,
  min,
  mul,
  neg,
  select,
  sub,
  substitute,
  unary,
  variablesOf,
} from "../ir/expression.js";
import {
  expressionOf,
  isPosition,
  normal,
  type Polynomial,
  polynomialOf,
  type Term,
  varies,
} from "../ir/polynomial.js";
import { simplify } from "../ir/simplify.js";
import { isAtLeast, type Ranges } from "./ranges.js";

/** Inclusive bounds that do not vary over the box; an absent end is not known. */
export interface Interval {
  readonly lo?: Expr | undefined;
  readonly hi?: Expr | undefined;
}

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

const UNKNOWN: Interval = {};
const exactly = (e: Expr): Interval => ({ lo: e, hi: e });

export const tidy = (e: Expr): Expr => simplify(e.type === "int" ? normal(simplify(e)) : e);

/** The largest of several expressions; those that another one always reaches are dropped. */
export function largest(ranges: Ranges, candidates: readonly Expr[]): Expr {
  return extreme(candidates, max, (a, b) => isAtLeast(ranges, a, b));
}

/** The smallest of several expressions, likewise. */
export function smallest(ranges: Ranges, candidates: readonly Expr[]): Expr {
  return extreme(candidates, min, (a, b) => isAtLeast(ranges, b, a));
}

function extreme(candidates: readonly Expr[], join: (a: Expr, b: Expr) => Expr, covers: (a: Expr, b: Expr) => boolean) {
  const kept: Expr[] = [];
  for (const candidate of candidates.map(tidy)) {
    if (kept.some((other) => covers(other, candidate))) continue;
    const rest = kept.filter((other) => !covers(candidate, other));
    kept.splice(0, kept.length, ...rest, candidate);
  }
  return kept.reduce(join);
}

const known = (ends: readonly (Expr | undefined)[]): ends is readonly Expr[] => ends.every((end) => end !== undefined);

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

function scaled({ lo, hi }: Interval, by: Expr, ranges: Ranges): Interval {
  const [low, high] = ranges(by);
  if (low >= 0) return { lo: lo && mul(by, lo), hi: hi && mul(by, hi) };
  if (high <= 0) return { lo: hi && mul(by, hi), hi: lo && mul(by, lo) };
  if (!lo || !hi) return UNKNOWN;
  const ends = [mul(by, lo), mul(by, hi)];
  return { lo: smallest(ranges, ends), hi: largest(ranges, ends) };
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
  const present = (ends: readonly (Expr | undefined)[]) => ends.filter((end): end is Expr => end !== undefined);
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
      return boundsOfUnary(e.op, boundsOf(e.a, scope), scope);
    case "binary":
      return boundsOfBinary(e.op, e.a, e.b, scope);
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

function union(parts: readonly Interval[], ranges: Ranges): Interval {
  const lows = parts.map((part) => part.lo);
  const highs = parts.map((part) => part.hi);
  return {
    lo: known(lows) ? smallest(ranges, lows) : undefined,
    hi: known(highs) ? largest(ranges, highs) : undefined,
  };
}

function boundsOfUnary(op: string, { lo, hi }: Interval, { ranges }: Scope): Interval {
  if (op === "abs" || op === "square") {
    const away = largest(ranges, [int(0), ...(lo ? [lo] : []), ...(hi ? [neg(hi)] : [])]);
    const far = lo && hi ? largest(ranges, [neg(lo), hi]) : undefined;
    const shape = (e: Expr) => (op === "abs" ? e : tidy(unary("square", e)));
    return { lo: shape(away), hi: far && shape(far) };
  }
  if (op === "sign" || op === "isqrt") return { lo: lo && tidy(unary(op, lo)), hi: hi && tidy(unary(op, hi)) };
  if (op === "bitNot") return { lo: hi && tidy(unary(op, hi)), hi: lo && tidy(unary(op, lo)) };
  return UNKNOWN;
}

function boundsOfBinary(op: BinaryOp, a: Expr, b: Expr, scope: Scope): Interval {
  const { ranges } = scope;
  const left = boundsOf(a, scope);
  if (op === "min" || op === "max") {
    const right = boundsOf(b, scope);
    const join = op === "min" ? smallest : largest;
    const either = (ends: readonly (Expr | undefined)[], enough: boolean) => {
      const present = ends.filter((end): end is Expr => end !== undefined);
      return present.length === 2 || (enough && present.length === 1) ? join(ranges, present) : undefined;
    };
    return { lo: either([left.lo, right.lo], op === "max"), hi: either([left.hi, right.hi], op === "min") };
  }
  if (op === "mul") return boundsOfProduct(left, boundsOf(b, scope), ranges);
  const divisor = boundsOf(b, scope).lo;
  if (!divisor || divisor !== boundsOf(b, scope).hi)
    return op === "bitAnd" ? boundsOfBitAnd(left, a, b, scope) : UNKNOWN;
  switch (op) {
    case "floorDiv":
    case "truncDiv": {
      const ends: Interval = {
        lo: left.lo && binary(op, left.lo, divisor),
        hi: left.hi && binary(op, left.hi, divisor),
      };
      if (ranges(divisor)[0] >= 1) return ends;
      return ranges(divisor)[1] <= -1 ? { lo: ends.hi, hi: ends.lo } : UNKNOWN;
    }
    case "rem":
      return boundsOfRemainder(left, divisor, a, scope);
    case "shl":
    case "shr":
      return ranges(divisor)[0] >= 0 && ranges(divisor)[1] <= 31
        ? { lo: left.lo && binary(op, left.lo, divisor), hi: left.hi && binary(op, left.hi, divisor) }
        : UNKNOWN;
    case "bitAnd":
      return boundsOfBitAnd(left, a, b, scope);
    default:
      return UNKNOWN;
  }
}

function boundsOfProduct(a: Interval, b: Interval, ranges: Ranges): Interval {
  const ends = [a.lo, a.hi, b.lo, b.hi];
  if (!known(ends)) return UNKNOWN;
  const [w, x, y, z] = ends as [Expr, Expr, Expr, Expr];
  const corners = [mul(w, y), mul(w, z), mul(x, y), mul(x, z)];
  return { lo: smallest(ranges, corners), hi: largest(ranges, corners) };
}

/** `u % m`: the remainders of the ends where both have the same quotient, otherwise what any remainder keeps to. */
function boundsOfRemainder({ lo, hi }: Interval, m: Expr, u: Expr, { ranges }: Scope): Interval {
  if (ranges(m)[0] < 1) return UNKNOWN;
  const natural = ranges(u)[0] >= 0;
  const most = hi ? smallest(ranges, [sub(m, int(1)), natural ? hi : largest(ranges, [hi, int(0)])]) : sub(m, int(1));
  const least = natural
    ? int(0)
    : lo
      ? largest(ranges, [sub(int(1), m), smallest(ranges, [lo, int(0)])])
      : sub(int(1), m);
  if (!lo || !hi || !natural) return { lo: least, hi: most };
  const same = tidy(eq(floorDiv(lo, m), floorDiv(hi, m)));
  const offset = mul(m, floorDiv(lo, m));
  return { lo: tidy(select(same, sub(lo, offset), least)), hi: tidy(select(same, sub(hi, offset), most)) };
}

function boundsOfBitAnd(left: Interval, a: Expr, b: Expr, scope: Scope): Interval {
  const right = boundsOf(b, scope);
  const highs = [
    ...(scope.ranges(a)[0] >= 0 && left.hi ? [left.hi] : []),
    ...(scope.ranges(b)[0] >= 0 && right.hi ? [right.hi] : []),
  ];
  return highs.length > 0 ? { lo: int(0), hi: smallest(scope.ranges, highs) } : UNKNOWN;
}
