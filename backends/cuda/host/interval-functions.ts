/** Interval arithmetic as C functions, after `runtime/launcher/intervals.ts`, which says what each operator does. */

export interface CFunction {
  readonly name: string;
  readonly text: string;
}

const RANGE = `// The values that an expression could take on this launch.
struct Range {
  double lo, hi;
  bool whole;  // integers only
};

static const double INT32_LOW = -2147483648.0, INT32_HIGH = 2147483647.0;`;

/** In an order in which each needs only those before it. */
const FUNCTIONS: readonly CFunction[] = [
  {
    name: "is_integer",
    text: "static bool is_integer(double x) { return fabs(x) <= DBL_MAX && floor(x) == x; }",
  },
  {
    name: "widened",
    text: `// Room for the rounding of floats, on the device too; an end that is an integer is taken to be exact.
static double widened(double x, double direction) {
  return is_integer(x) || !(fabs(x) <= DBL_MAX) ? x : x + direction * (fabs(x) * 1e-5 + 1e-6);
}`,
  },
  {
    name: "range_of",
    text: `// What is not a number could be anything.
static Range range_of(double lo, double hi, bool whole) {
  if (lo != lo || hi != hi) return Range{-INFINITY, INFINITY, whole};
  return whole ? Range{lo, hi, true} : Range{widened(lo, -1), widened(hi, 1), false};
}`,
  },
  {
    name: "range_between",
    text: "static Range range_between(double lo, double hi) { return Range{lo, hi, true}; }",
  },
  { name: "range_point", text: "static Range range_point(double x) { return Range{x, x, is_integer(x)}; }" },
  {
    name: "range_anything",
    text: "static Range range_anything() { return Range{-INFINITY, INFINITY, false}; }",
  },
  { name: "range_real", text: "static Range range_real(double lo, double hi) { return Range{lo, hi, false}; }" },
  { name: "is_point", text: "static bool is_point(Range a) { return a.lo == a.hi; }" },
  {
    name: "are_integers",
    text: "static bool are_integers(Range a, Range b) { return is_point(a) && is_point(b) && a.whole && b.whole; }",
  },
  {
    name: "fits_int32",
    text: "static bool fits_int32(Range a) { return a.lo >= INT32_LOW && a.hi <= INT32_HIGH; }",
  },
  {
    name: "int32_range",
    text: "static Range int32_range(bool whole) { return Range{INT32_LOW, INT32_HIGH, whole}; }",
  },
  {
    name: "has_zero",
    text: "static bool has_zero(Range a) { return a.lo <= 0 && a.hi >= 0; }",
  },
  // Not fmin and fmax: these would drop what is not a number.
  { name: "lesser", text: "static double lesser(double x, double y) { return x < y || x != x ? x : y; }" },
  { name: "greater", text: "static double greater(double x, double y) { return x > y || x != x ? x : y; }" },
  {
    name: "range_corners",
    text: `// Of a function that is monotone in each operand while the other stands still.
static Range range_corners(double (*f)(double, double), Range a, Range b, bool whole) {
  const double p = f(a.lo, b.lo), q = f(a.lo, b.hi), r = f(a.hi, b.lo), s = f(a.hi, b.hi);
  return range_of(lesser(lesser(p, q), lesser(r, s)), greater(greater(p, q), greater(r, s)), whole);
}`,
  },
  { name: "least_size", text: "static double least_size(Range a) { return greater(greater(a.lo, -a.hi), 0); }" },
  { name: "most_size", text: "static double most_size(Range a) { return greater(-a.lo, a.hi); }" },
  { name: "range_neg", text: "static Range range_neg(Range a) { return range_of(-a.hi, -a.lo, a.whole); }" },
  { name: "range_not", text: "static Range range_not(Range a) { return range_of(1 - a.hi, 1 - a.lo, a.whole); }" },
  {
    name: "range_bit_not",
    text: "static Range range_bit_not(Range a) {\n  return fits_int32(a) ? range_of(-1 - a.hi, -1 - a.lo, a.whole) : int32_range(a.whole);\n}",
  },
  {
    name: "range_abs",
    text: "static Range range_abs(Range a) { return range_of(least_size(a), most_size(a), a.whole); }",
  },
  {
    name: "range_square",
    text: `static Range range_square(Range a) {
  return range_of(least_size(a) * least_size(a), most_size(a) * most_size(a), a.whole);
}`,
  },
  {
    name: "range_rising",
    text: "static Range range_rising(double (*f)(double), Range a, bool whole) { return range_of(f(a.lo), f(a.hi), whole); }",
  },
  { name: "range_wave", text: "static Range range_wave(Range) { return range_of(-1, 1, false); }" },
  { name: "root", text: "static double root(double x) { return sqrt(greater(x, 0)); }" },
  { name: "whole_root", text: "static double whole_root(double x) { return floor(root(x)); }" },
  { name: "sign", text: "static double sign(double x) { return (x > 0) - (x < 0); }" },
  { name: "round_half_up", text: "static double round_half_up(double x) { return floor(x + 0.5); }" },
  { name: "itself", text: "static double itself(double x) { return x; }" },
  {
    name: "range_add",
    text: "static Range range_add(Range a, Range b) { return range_of(a.lo + b.lo, a.hi + b.hi, a.whole && b.whole); }",
  },
  {
    name: "range_sub",
    text: "static Range range_sub(Range a, Range b) { return range_of(a.lo - b.hi, a.hi - b.lo, a.whole && b.whole); }",
  },
  { name: "product", text: "static double product(double x, double y) { return x * y; }" },
  {
    name: "range_mul",
    text: "static Range range_mul(Range a, Range b) { return range_corners(product, a, b, a.whole && b.whole); }",
  },
  { name: "quotient", text: "static double quotient(double x, double y) { return x / y; }" },
  {
    name: "range_div",
    text: "static Range range_div(Range a, Range b) {\n  return has_zero(b) ? range_anything() : range_corners(quotient, a, b, false);\n}",
  },
  { name: "floor_quotient", text: "static double floor_quotient(double x, double y) { return floor(x / y); }" },
  { name: "trunc_quotient", text: "static double trunc_quotient(double x, double y) { return trunc(x / y); }" },
  {
    name: "range_divide",
    text: `// Division of integers, over the divisors that are not 0.
static Range range_divide(double (*f)(double, double), Range a, Range b) {
  const bool whole = a.whole && b.whole;
  const Range above = range_between(greater(b.lo, 1), b.hi), below = range_between(b.lo, lesser(b.hi, -1));
  if (above.lo > above.hi && below.lo > below.hi) return Range{-INFINITY, INFINITY, whole};
  if (below.lo > below.hi) return range_corners(f, a, above, whole);
  if (above.lo > above.hi) return range_corners(f, a, below, whole);
  const Range p = range_corners(f, a, above, whole), q = range_corners(f, a, below, whole);
  return range_of(lesser(p.lo, q.lo), greater(p.hi, q.hi), whole);
}`,
  },
  {
    name: "range_rem",
    text: `static Range range_rem(Range a, Range b) {
  const bool whole = a.whole && b.whole;
  if (are_integers(a, b) && b.lo != 0) return range_of(fmod(a.lo, b.lo), fmod(a.lo, b.lo), whole);
  const double least = least_size(b), most = greater(0, whole ? most_size(b) - 1 : most_size(b));
  if (a.lo > -least && a.hi < least) return range_of(a.lo, a.hi, whole);
  return range_of(lesser(0, greater(a.lo, -most)), greater(0, lesser(a.hi, most)), whole);
}`,
  },
  { name: "power", text: "static double power(double x, double y) { return pow(x, y); }" },
  {
    name: "range_power",
    text: `static Range range_power(Range a, Range b, bool whole) {
  if (b.lo < 0 && has_zero(a)) return Range{-INFINITY, INFINITY, whole};
  if (a.lo >= 0 || are_integers(a, b)) return range_corners(power, a, b, whole);
  const double most = range_corners(power, range_real(least_size(a), most_size(a)), b, true).hi;
  return range_of(-most, most, whole);
}`,
  },
  {
    name: "range_min",
    text: "static Range range_min(Range a, Range b) {\n  return range_of(lesser(a.lo, b.lo), lesser(a.hi, b.hi), a.whole && b.whole);\n}",
  },
  {
    name: "range_max",
    text: "static Range range_max(Range a, Range b) {\n  return range_of(greater(a.lo, b.lo), greater(a.hi, b.hi), a.whole && b.whole);\n}",
  },
  {
    name: "are_words",
    text: "static bool are_words(Range a, Range b) { return fits_int32(a) && fits_int32(b); }",
  },
  {
    name: "bits_below",
    text: `// A power of two that the bits of both operands stay below, but for copies of the sign.
static double bits_below(Range a, Range b) {
  const double ends[] = {a.lo, a.hi, b.lo, b.hi};
  double most = 0, bound = 1;
  for (double end : ends) most = greater(most, end < 0 ? -1 - end : end);
  while (bound <= most) bound *= 2;
  return bound;
}`,
  },
  {
    name: "range_and_bits",
    text: `static Range range_and_bits(Range a, Range b) {
  const bool whole = a.whole && b.whole;
  if (!are_words(a, b)) return int32_range(whole);
  if (is_point(a) && is_point(b)) return range_point((int)a.lo & (int)b.lo);
  const double bound = bits_below(a, b);
  return range_of(a.lo < 0 && b.lo < 0 ? -bound : 0, lesser(a.lo < 0 ? bound - 1 : a.hi, b.lo < 0 ? bound - 1 : b.hi), whole);
}`,
  },
  {
    name: "range_or_bits",
    text: `static Range range_or_bits(Range a, Range b) {
  const bool whole = a.whole && b.whole;
  if (!are_words(a, b)) return int32_range(whole);
  if (is_point(a) && is_point(b)) return range_point((int)a.lo | (int)b.lo);
  const double bound = bits_below(a, b);
  return range_of(a.lo < 0 || b.lo < 0 ? -bound : greater(a.lo, b.lo), bound - 1, whole);
}`,
  },
  {
    name: "range_xor_bits",
    text: `static Range range_xor_bits(Range a, Range b) {
  const bool whole = a.whole && b.whole;
  if (!are_words(a, b)) return int32_range(whole);
  if (is_point(a) && is_point(b)) return range_point((int)a.lo ^ (int)b.lo);
  const double bound = bits_below(a, b);
  return range_of(a.lo < 0 || b.lo < 0 ? -bound : 0, bound - 1, whole);
}`,
  },
  {
    name: "shift_amount",
    text: `// The low 5 bits of an amount.
static Range shift_amount(Range b) {
  if (is_point(b) && fits_int32(b)) return range_point((int)b.lo & 31);
  return b.lo >= 0 && b.hi <= 31 ? b : range_between(0, 31);
}`,
  },
  { name: "shifted_left", text: "static double shifted_left(double x, double n) { return ldexp(x, (int)n); }" },
  {
    name: "shifted_right",
    text: "static double shifted_right(double x, double n) { return floor(ldexp(x, -(int)n)); }",
  },
  {
    name: "range_shl",
    text: `// What a shift would lose at the top counts as leaving 32 bits, as in the product that it stands for.
static Range range_shl(Range a, Range b) {
  const bool whole = a.whole && b.whole;
  if (!(b.lo >= 0 && b.hi <= 31)) return Range{-INFINITY, INFINITY, whole};
  const Range shifted = range_corners(shifted_left, a, b, whole);
  if (fits_int32(shifted)) return shifted;
  return range_of(lesser(shifted.lo, INT32_LOW), greater(shifted.hi, INT32_HIGH), whole);
}`,
  },
  {
    name: "range_shr",
    text: `static Range range_shr(Range a, Range b) {
  const bool whole = a.whole && b.whole;
  return fits_int32(a) ? range_corners(shifted_right, a, shift_amount(b), whole) : int32_range(whole);
}`,
  },
  {
    name: "range_ushr",
    text: `static Range range_ushr(Range a, Range b) {
  const Range bits = a.lo >= 0 && a.hi <= INT32_HIGH ? a : range_between(0, 4294967295.0);
  return range_corners(shifted_right, bits, shift_amount(b), a.whole && b.whole);
}`,
  },
  {
    name: "range_truth",
    text: "static Range range_truth(bool yes, bool no) { return range_between(yes ? 1 : 0, no ? 0 : 1); }",
  },
  {
    name: "range_lt",
    text: "static Range range_lt(Range a, Range b) { return range_truth(a.hi < b.lo, a.lo >= b.hi); }",
  },
  {
    name: "range_le",
    text: "static Range range_le(Range a, Range b) { return range_truth(a.hi <= b.lo, a.lo > b.hi); }",
  },
  {
    name: "range_eq",
    text: "static Range range_eq(Range a, Range b) {\n  return range_truth(is_point(a) && is_point(b) && a.lo == b.lo, a.hi < b.lo || b.hi < a.lo);\n}",
  },
  {
    name: "range_select",
    text: `static Range range_select(Range condition, Range a, Range b) {
  const bool whole = condition.whole && a.whole && b.whole;
  if (condition.lo > 0) return range_of(a.lo, a.hi, whole);
  if (condition.hi <= 0) return range_of(b.lo, b.hi, whole);
  return range_of(lesser(a.lo, b.lo), greater(a.hi, b.hi), whole);
}`,
  },
];

/** The functions that a text calls, and those that these call, in an order that C takes; the struct of ranges before them. */
export function rangeFunctionsFor(text: string): string {
  const chosen = new Set<CFunction>();
  let known = text;
  for (const each of [...FUNCTIONS].reverse()) {
    if (!new RegExp(`\\b${each.name}\\b`).test(known)) continue;
    chosen.add(each);
    known += each.text;
  }
  if (!/\bRange\b/.test(known)) return "";
  return [RANGE, ...FUNCTIONS.filter((each) => chosen.has(each)).map((each) => each.text)].join("\n\n");
}
