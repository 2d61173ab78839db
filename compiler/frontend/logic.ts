/** Logic of booleans, kept as plain `and`, `or`, `not` so that the analysis sees it; choices between numbers. */
import { and, binary, bool, type Expr, FALSE, le, lt, not, or, select, TRUE } from "../ir/expression.js";
import { asFloat, compare, numberOf, promote } from "./numbers.js";

export function negation(e: Expr): Expr {
  if (e === TRUE) return FALSE;
  if (e === FALSE) return TRUE;
  if (e.kind === "unary" && e.op === "not") return e.a;
  if (e.kind === "binary") {
    // Comparisons turn round for integers only: NaN makes both sides of a float comparison false.
    if (e.op === "lt" && e.a.type === "int") return le(e.b, e.a);
    if (e.op === "le" && e.a.type === "int") return lt(e.b, e.a);
    if (e.op === "eq") return binary("ne", e.a, e.b);
    if (e.op === "ne") return binary("eq", e.a, e.b);
  }
  return not(e);
}

export function both(a: Expr, b: Expr): Expr {
  if (a === FALSE || b === FALSE || a === negation(b)) return FALSE;
  if (a === TRUE || a === b) return b;
  return b === TRUE ? a : and(a, b);
}

export function either(a: Expr, b: Expr): Expr {
  if (a === TRUE || b === TRUE || a === negation(b)) return TRUE;
  if (a === FALSE || a === b) return b;
  return b === FALSE ? a : or(a, b);
}

/** `condition ? a : b`; undefined where one is a boolean and the other a number. */
export function choice(condition: Expr, a: Expr, b: Expr): Expr | undefined {
  if (condition === TRUE) return a;
  if (condition === FALSE) return b;
  if (a === b) return a;
  if ((a.type === "bool") !== (b.type === "bool")) return undefined;
  if (a.type !== "bool") return select(condition, ...promote(a, b));
  if (a === TRUE) return either(condition, b);
  if (a === FALSE) return both(negation(condition), b);
  if (b === FALSE) return both(condition, a);
  if (b === TRUE) return either(negation(condition), a);
  return either(both(condition, a), both(negation(condition), b));
}

/** Equality of two booleans. */
export const same = (a: Expr, b: Expr): Expr => {
  if (a === b) return TRUE;
  if (a.kind === "const") return a === TRUE ? b : negation(b);
  if (b.kind === "const") return b === TRUE ? a : negation(a);
  return either(both(a, b), both(negation(a), negation(b)));
};

/** What JavaScript takes a scalar for in a condition. */
export function truth(e: Expr): Expr {
  if (e.type === "bool") return e;
  return e.kind === "const"
    ? bool(e.value !== 0)
    : compare("ne", e, e.type === "float" ? asFloat(numberOf(0)) : numberOf(0));
}
