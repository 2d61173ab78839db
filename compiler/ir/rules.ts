/** Rewrite rules as data: what an expression is replaced by, in the IR's own notation. Names with `?` match anything. */
import {
  add,
  and,
  binary,
  bool,
  type Expr,
  eq,
  FALSE,
  float,
  floorDiv,
  int,
  le,
  lt,
  max,
  min,
  mul,
  neg,
  not,
  or,
  select,
  sub,
  TRUE,
  unary,
  variable,
} from "./expression.js";

export interface Rule {
  readonly name: string;
  readonly from: Expr;
  readonly to: Expr;
}

const x = variable("?x", "int");
const y = variable("?y", "int");
const f = variable("?f", "float");
const p = variable("?p", "bool");
const r = variable("?r", "bool");

/** Laws of integers; those of `min` and `max` also drop what a nested one repeats. */
const integers: readonly Rule[] = [
  { name: "add zero", from: add(x, int(0)), to: x },
  { name: "subtract zero", from: sub(x, int(0)), to: x },
  { name: "subtract from zero", from: sub(int(0), x), to: neg(x) },
  { name: "subtract itself", from: sub(x, x), to: int(0) },
  { name: "add a negative", from: add(x, neg(y)), to: sub(x, y) },
  { name: "subtract a negative", from: sub(x, neg(y)), to: add(x, y) },
  { name: "multiply by one", from: mul(x, int(1)), to: x },
  { name: "multiply by zero", from: mul(x, int(0)), to: int(0) },
  { name: "multiply by minus one", from: mul(x, int(-1)), to: neg(x) },
  { name: "negate twice", from: neg(neg(x)), to: x },
  { name: "floor by one", from: floorDiv(x, int(1)), to: x },
  { name: "trunc by one", from: binary("truncDiv", x, int(1)), to: x },
  { name: "remainder by one", from: binary("rem", x, int(1)), to: int(0) },
  { name: "shift by zero", from: binary("shr", x, int(0)), to: x },
  { name: "shift left by zero", from: binary("shl", x, int(0)), to: x },
  { name: "min of one", from: min(x, x), to: x },
  { name: "max of one", from: max(x, x), to: x },
  { name: "min repeats", from: min(min(x, y), x), to: min(x, y) },
  { name: "max repeats", from: max(max(x, y), x), to: max(x, y) },
  { name: "min absorbs max", from: min(x, max(x, y)), to: x },
  { name: "max absorbs min", from: max(x, min(x, y)), to: x },
  { name: "abs of a negative", from: unary("abs", neg(x)), to: unary("abs", x) },
  { name: "abs twice", from: unary("abs", unary("abs", x)), to: unary("abs", x) },
  { name: "square of a negative", from: unary("square", neg(x)), to: unary("square", x) },
  { name: "square of abs", from: unary("square", unary("abs", x)), to: unary("square", x) },
  { name: "same product", from: mul(x, x), to: unary("square", x) },
  { name: "same choice", from: select(p, x, x), to: x },
];

/** Laws of floats that hold for NaN and infinities (the sign of zero may change). */
const floats: readonly Rule[] = [
  { name: "add float zero", from: add(f, float(0)), to: f },
  { name: "subtract float zero", from: sub(f, float(0)), to: f },
  { name: "multiply by float one", from: mul(f, float(1)), to: f },
  { name: "divide by float one", from: binary("div", f, float(1)), to: f },
  { name: "negate float twice", from: neg(neg(f)), to: f },
  { name: "same float product", from: mul(f, f), to: unary("square", f) },
  { name: "same float choice", from: select(p, f, f), to: f },
];

/** Laws of logic, and of comparisons of integers (a float comparison is not turned round: NaN). */
const logic: readonly Rule[] = [
  { name: "and true", from: and(p, TRUE), to: p },
  { name: "and false", from: and(p, FALSE), to: FALSE },
  { name: "or true", from: or(p, TRUE), to: TRUE },
  { name: "or false", from: or(p, FALSE), to: p },
  { name: "and itself", from: and(p, p), to: p },
  { name: "or itself", from: or(p, p), to: p },
  { name: "and opposite", from: and(p, not(p)), to: FALSE },
  { name: "or opposite", from: or(p, not(p)), to: TRUE },
  { name: "not twice", from: not(not(p)), to: p },
  { name: "and absorbs", from: and(p, or(p, r)), to: p },
  { name: "or absorbs", from: or(p, and(p, r)), to: p },
  { name: "not less", from: not(lt(x, y)), to: le(y, x) },
  { name: "not at most", from: not(le(x, y)), to: lt(y, x) },
  { name: "not equal", from: not(eq(x, y)), to: binary("ne", x, y) },
  { name: "not unequal", from: not(binary("ne", x, y)), to: eq(x, y) },
  { name: "less than itself", from: lt(x, x), to: FALSE },
  { name: "at most itself", from: le(x, x), to: TRUE },
  { name: "equal to itself", from: eq(x, x), to: TRUE },
  { name: "unequal to itself", from: binary("ne", x, x), to: FALSE },
  { name: "choose always", from: select(TRUE, x, y), to: x },
  { name: "choose never", from: select(FALSE, x, y), to: y },
  { name: "choose a float always", from: select(TRUE, f, variable("?g", "float")), to: f },
  { name: "choose a float never", from: select(FALSE, variable("?g", "float"), f), to: f },
  { name: "choose true", from: select(p, TRUE, r), to: or(p, r) },
  { name: "choose false", from: select(p, FALSE, r), to: and(not(p), r) },
  { name: "choose or false", from: select(p, r, FALSE), to: and(p, r) },
  { name: "choose or true", from: select(p, r, TRUE), to: or(not(p), r) },
  { name: "not true", from: not(bool(true)), to: FALSE },
  { name: "not false", from: not(bool(false)), to: TRUE },
];

export const rules: readonly Rule[] = [...integers, ...floats, ...logic];
