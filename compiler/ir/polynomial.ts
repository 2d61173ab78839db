/** Integer expressions as sums of products: the normal form in which correlated terms such as `q.t - k.t` cancel. */
import { add, type Expr, int, mul, neg, sub, unary, variablesOf } from "./expression.js";

/** A product of factors (sorted by id, none of them a sum unless it varies) times an integer. */
export interface Term {
  readonly factors: readonly Expr[];
  readonly coefficient: number;
}

/** Sum of terms by the key of their factors; the constant has the key "". No term has coefficient 0. */
export type Polynomial = ReadonlyMap<string, Term>;

/** Whether a variable is a coordinate of an element: `q.t`, `k.x`. */
export const isPosition = (name: string): boolean => /^[qk]\.[^.]+$/.test(name);

const varyingCache = new Map<Expr, boolean>();

/** Whether an expression depends on the position of an element (`q.t`, `k.x`), not only on a tile, sizes and params. */
export function varies(e: Expr): boolean {
  let known = varyingCache.get(e);
  if (known === undefined) {
    known = [...variablesOf(e)].some(isPosition);
    varyingCache.set(e, known);
  }
  return known;
}

const keyOf = (factors: readonly Expr[]) => factors.map((factor) => factor.id).join("*");

const monomial = (factors: readonly Expr[], coefficient: number): Polynomial =>
  coefficient === 0 ? new Map() : new Map([[keyOf(factors), { factors, coefficient }]]);

export function addPolynomials(a: Polynomial, b: Polynomial, scale = 1): Polynomial {
  const sum = new Map(a);
  for (const [key, { factors, coefficient }] of b) {
    const total = (sum.get(key)?.coefficient ?? 0) + scale * coefficient;
    if (total === 0) sum.delete(key);
    else sum.set(key, { factors, coefficient: total });
  }
  return sum;
}

function multiply(a: Polynomial, b: Polynomial): Polynomial {
  let product: Polynomial = new Map();
  for (const left of a.values()) {
    for (const right of b.values()) {
      const factors = [...left.factors, ...right.factors].sort((x, y) => x.id - y.id);
      product = addPolynomials(product, monomial(factors, left.coefficient * right.coefficient));
    }
  }
  return product;
}

const polynomials = new Map<Expr, Polynomial>();

/**
 * The polynomial of an integer expression. A product of two sums that both vary stays one factor, since expanding it
 * would lose the correlation inside each; so do squares.
 */
export function polynomialOf(e: Expr): Polynomial {
  let known = polynomials.get(e);
  if (!known) {
    known = build(e);
    polynomials.set(e, known);
  }
  return known;
}

function build(e: Expr): Polynomial {
  if (e.kind === "const") return monomial([], e.value);
  if (e.kind === "unary" && e.op === "neg") return addPolynomials(new Map(), polynomialOf(e.a), -1);
  if (e.kind === "unary" && (e.op === "abs" || e.op === "square")) return even(e.op, polynomialOf(e.a));
  if (e.kind === "binary" && e.op === "add") return addPolynomials(polynomialOf(e.a), polynomialOf(e.b));
  if (e.kind === "binary" && e.op === "sub") return addPolynomials(polynomialOf(e.a), polynomialOf(e.b), -1);
  if (e.kind === "binary" && e.op === "shl" && e.b.kind === "const") {
    return addPolynomials(new Map(), polynomialOf(e.a), 2 ** (e.b.value & 31));
  }
  if (e.kind === "binary" && e.op === "mul") {
    const [a, b] = [polynomialOf(e.a), polynomialOf(e.b)];
    if (varies(e.a) && varies(e.b) && (a.size > 1 || b.size > 1)) {
      return monomial([mul(expressionOf(a), expressionOf(b))], 1);
    }
    return multiply(a, b);
  }
  return monomial([e], 1);
}

/** `abs` and `square` of a sum, with the sign of the sum made canonical so that `|a - b|` and `|b - a|` are one factor. */
function even(op: "abs" | "square", inner: Polynomial): Polynomial {
  const first = [...inner.values()].sort((a, b) => orderOf(a) - orderOf(b))[0];
  const oriented = first && first.coefficient < 0 ? addPolynomials(new Map(), inner, -1) : inner;
  const constant = constantOf(oriented);
  if (constant !== undefined) return monomial([], op === "abs" ? Math.abs(constant) : constant * constant);
  return monomial([unary(op, expressionOf(oriented))], 1);
}

const orderOf = (term: Term) => term.factors[0]?.id ?? Number.MAX_SAFE_INTEGER;

/** The value of a polynomial without variables; undefined where it has any. */
export function constantOf(p: Polynomial): number | undefined {
  if (p.size === 0) return 0;
  return p.size === 1 ? p.get("")?.coefficient : undefined;
}

function termExpression({ factors, coefficient }: Term): Expr {
  const size = Math.abs(coefficient);
  const first = factors[0];
  if (!first) return int(size);
  const product = factors.slice(1).reduce((so, factor) => (so === factor ? unary("square", so) : mul(so, factor)), first);
  return size === 1 ? product : mul(int(size), product);
}

/** The expression of a polynomial: positive terms first, the constant last. */
export function expressionOf(p: Polynomial): Expr {
  const terms = [...p.values()].sort((a, b) => orderOf(a) - orderOf(b));
  const positive = terms.filter((term) => term.coefficient > 0 && term.factors.length > 0);
  const negative = terms.filter((term) => term.coefficient < 0 && term.factors.length > 0);
  const constant = p.get("")?.coefficient ?? 0;
  let sum = positive.map(termExpression).reduce<Expr | undefined>((so, term) => (so ? add(so, term) : term), undefined);
  if (!sum && constant > 0) {
    sum = int(constant);
  } else if (sum && constant > 0) {
    sum = add(sum, int(constant));
  }
  for (const term of negative) sum = sum ? sub(sum, termExpression(term)) : neg(termExpression(term));
  if (constant < 0) sum = sum ? sub(sum, int(-constant)) : int(constant);
  return sum ?? int(0);
}

/** The normal form of an integer expression, as an expression. */
export const normal = (e: Expr): Expr => expressionOf(polynomialOf(e));
