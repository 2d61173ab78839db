/** Intervals whose ends are expressions, and which of several ends is the largest or smallest. */
import { binary, type Expr, mul } from "../ir/expression.js";
import { normal } from "../ir/polynomial.js";
import { simplify } from "../ir/simplify.js";
import { isAtLeast, type Ranges } from "./ranges.js";

/** Inclusive bounds that do not vary over the box; an absent end is not known. */
export interface Interval {
  readonly lo?: Expr | undefined;
  readonly hi?: Expr | undefined;
}

export const UNKNOWN: Interval = {};
export const exactly = (e: Expr): Interval => ({ lo: e, hi: e });

export const tidy = (e: Expr): Expr => simplify(e.type === "int" ? normal(simplify(e)) : e);

/** The largest of several expressions; those that another one always reaches are dropped. */
export function largest(ranges: Ranges, candidates: readonly Expr[]): Expr {
  return extreme(candidates, "max", (a, b) => isAtLeast(ranges, a, b));
}

/** The smallest of several expressions, likewise. */
export function smallest(ranges: Ranges, candidates: readonly Expr[]): Expr {
  return extreme(candidates, "min", (a, b) => isAtLeast(ranges, b, a));
}

function extreme(candidates: readonly Expr[], op: "min" | "max", covers: (a: Expr, b: Expr) => boolean): Expr {
  const kept: Expr[] = [];
  const flat = (e: Expr): Expr[] => (e.kind === "binary" && e.op === op ? [...flat(e.a), ...flat(e.b)] : [e]);
  for (const candidate of candidates.flatMap((each) => flat(tidy(each)))) {
    if (kept.some((other) => covers(other, candidate))) continue;
    const rest = kept.filter((other) => !covers(candidate, other));
    kept.splice(0, kept.length, ...rest, candidate);
  }
  return kept.reduce((so, each) => binary(op, so, each));
}

export const known = (ends: readonly (Expr | undefined)[]): ends is readonly Expr[] =>
  ends.every((end) => end !== undefined);

/** One of several intervals holds. */
export function union(parts: readonly Interval[], ranges: Ranges): Interval {
  const lows = parts.map((part) => part.lo);
  const highs = parts.map((part) => part.hi);
  return {
    lo: known(lows) ? smallest(ranges, lows) : undefined,
    hi: known(highs) ? largest(ranges, highs) : undefined,
  };
}

/** An interval times a number or expression that does not vary. */
export function scaled({ lo, hi }: Interval, by: Expr, ranges: Ranges): Interval {
  const [low, high] = ranges(by);
  if (low >= 0) return { lo: lo && mul(by, lo), hi: hi && mul(by, hi) };
  if (high <= 0) return { lo: hi && mul(by, hi), hi: lo && mul(by, lo) };
  if (!lo || !hi) return UNKNOWN;
  const ends = [mul(by, lo), mul(by, hi)];
  return { lo: smallest(ranges, ends), hi: largest(ranges, ends) };
}

/** The ends that are there. */
export const present = (ends: readonly (Expr | undefined)[]): Expr[] =>
  ends.filter((end): end is Expr => end !== undefined);
