/** Integer expressions as sums of products: the normal form in which correlated terms such as `q.t - k.t` cancel. */
import { add, type Expr, int, mul, neg, sub, unary, variablesOf } from "./expression.js";
import { print } from "./print.js";

/** A product of factors (in the order of their texts, none of them a sum unless it varies) times an integer. */
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
      const factors = [...left.factors, ...right.factors].sort(byText);
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
  const first = inOrder(inner)[0];
  const oriented = first && first.coefficient < 0 ? addPolynomials(new Map(), inner, -1) : inner;
  const constant = constantOf(oriented);
  if (constant !== undefined) return monomial([], op === "abs" ? Math.abs(constant) : constant * constant);
  return monomial([unary(op, expressionOf(oriented))], 1);
}

const texts = new Map<Expr, string>();

function textOf(e: Expr): string {
  let text = texts.get(e);
  if (text === undefined) {
    text = print(e);
    texts.set(e, text);
  }
  return text;
}

/** An order that depends on what is written only, not on what else was compiled before. */
export const byText = (a: Expr, b: Expr): number => {
  const [x, y] = [textOf(a), textOf(b)];
  return x < y ? -1 : x > y ? 1 : 0;
};

function inOrder(p: Polynomial): Term[] {
  const key = (term: Term) => term.factors.map(textOf).join(" ");
  const keyed = [...p.values()].map((term) => ({ term, key: key(term) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ term }) => term);
}

/** The value of a polynomial without variables; undefined where it has any. */
export function constantOf(p: Polynomial): number | undefined {
  if (p.size === 0) return 0;
  return p.size === 1 ? p.get("")?.coefficient : undefined;
}

function termExpression({ factors, coefficient }: Term): Expr {
  const size = Math.abs(coefficient);
  const first = factors[0];
  if (!first) return int(size);
  const product = factors
    .slice(1)
    .reduce((so, factor) => (so === factor ? unary("square", so) : mul(so, factor)), first);
  return size === 1 ? product : mul(int(size), product);
}

/** A factor that does not vary and that several terms share, to be written once. */
function sharedFactor(terms: readonly Term[]): Expr | undefined {
  const counts = new Map<Expr, number>();
  for (const term of terms) {
    if (term.factors.length < 2) continue;
    for (const factor of new Set(term.factors)) if (!varies(factor)) counts.set(factor, (counts.get(factor) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1).sort(([a, n], [b, m]) => m - n || byText(a, b))[0]?.[0];
}

/** The expression of a polynomial: shared factors written once, positive terms first, the constant last. */
export function expressionOf(p: Polynomial): Expr {
  const terms = inOrder(p);
  const shared = sharedFactor(terms);
  if (shared) {
    const inside = terms.filter((term) => term.factors.length > 1 && term.factors.includes(shared));
    const quotient = inside.reduce<Polynomial>((so, term) => {
      const factors = term.factors.filter((factor) => factor !== shared);
      const more = term.factors.slice(term.factors.indexOf(shared) + 1).filter((factor) => factor === shared);
      return addPolynomials(so, monomial([...factors, ...more].sort(byText), term.coefficient));
    }, new Map());
    const rest = new Map([...p].filter(([, term]) => !inside.includes(term)));
    return sumOf([{ factors: [shared, expressionOf(quotient)], coefficient: 1 }, ...inOrder(rest)]);
  }
  return sumOf(terms);
}

function sumOf(terms: readonly Term[]): Expr {
  const positive = terms.filter((term) => term.coefficient > 0 && term.factors.length > 0);
  const negative = terms.filter((term) => term.coefficient < 0 && term.factors.length > 0);
  const constant = terms.find((term) => term.factors.length === 0)?.coefficient ?? 0;
  let sum = positive.map(termExpression).reduce<Expr | undefined>((so, term) => (so ? add(so, term) : term), undefined);
  if (constant > 0) sum = sum ? add(sum, int(constant)) : int(constant);
  for (const term of negative) sum = sum ? sub(sum, termExpression(term)) : neg(termExpression(term));
  if (constant < 0) sum = sum ? sub(sum, int(-constant)) : int(constant);
  return sum ?? int(0);
}

/** The normal form of an integer expression, as an expression. */
export const normal = (e: Expr): Expr => expressionOf(polynomialOf(e));
