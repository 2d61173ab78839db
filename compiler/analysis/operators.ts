/** Bounds of each operator from the bounds of its operands: interval arithmetic, one operator at a time. */
import {
  type BinaryOp,
  binary,
  type Expr,
  eq,
  floorDiv,
  int,
  mul,
  neg,
  select,
  sub,
  type UnaryOp,
  unary,
} from "../ir/expression.js";
import { type Interval, known, largest, present, smallest, tidy, UNKNOWN } from "./interval.js";
import type { Ranges } from "./ranges.js";

/** Bounds of an operator of one operand from those of its operand. */
export function boundsOfUnary(op: UnaryOp, { lo, hi }: Interval, ranges: Ranges): Interval {
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

/** Bounds of `a op b` from those of `a` (`left`) and `b` (`right`). */
export function boundsOfBinary(
  op: BinaryOp,
  [a, left]: readonly [Expr, Interval],
  [b, right]: readonly [Expr, Interval],
  ranges: Ranges,
): Interval {
  if (op === "min" || op === "max") {
    const join = op === "min" ? smallest : largest;
    const either = (ends: readonly (Expr | undefined)[], enough: boolean) => {
      const there = present(ends);
      return there.length === 2 || (enough && there.length === 1) ? join(ranges, there) : undefined;
    };
    return { lo: either([left.lo, right.lo], op === "max"), hi: either([left.hi, right.hi], op === "min") };
  }
  if (op === "mul") return boundsOfProduct(left, right, ranges);
  if (op === "bitAnd") return boundsOfBitAnd([a, left], [b, right], ranges);
  const divisor = right.lo;
  if (!divisor || divisor !== right.hi) return UNKNOWN;
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
      return boundsOfRemainder(left, divisor, a, ranges);
    case "shl":
    case "shr":
      return ranges(divisor)[0] >= 0 && ranges(divisor)[1] <= 31
        ? { lo: left.lo && binary(op, left.lo, divisor), hi: left.hi && binary(op, left.hi, divisor) }
        : UNKNOWN;
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
function boundsOfRemainder({ lo, hi }: Interval, m: Expr, u: Expr, ranges: Ranges): Interval {
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

function boundsOfBitAnd(
  [a, left]: readonly [Expr, Interval],
  [b, right]: readonly [Expr, Interval],
  ranges: Ranges,
): Interval {
  const highs = present([ranges(a)[0] >= 0 ? left.hi : undefined, ranges(b)[0] >= 0 ? right.hi : undefined]);
  return highs.length > 0 ? { lo: int(0), hi: smallest(ranges, highs) } : UNKNOWN;
}
