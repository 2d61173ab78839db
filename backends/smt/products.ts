/** Nonlinear integer terms as variables with lemmas about their order, so that linear arithmetic decides most claims. */

import { integer } from "./literals.js";

/** Where the lines of a script go. */
export interface Lines {
  /** A new variable, by default an integer; `what` is part of its name. */
  readonly fresh: (what: string, sort?: string) => string;
  /** Gives a term a name, so that it is written once. */
  readonly named: (term: string, sort: string) => string;
  readonly assert: (condition: string) => void;
  /** Asserts what follows from the rest already. */
  readonly assertLemma: (condition: string) => void;
}

/** A product of two terms of which neither is a constant. */
interface Product {
  readonly factors: readonly [string, string];
  readonly term: string;
}

/** The number that an integer literal stands for. */
const numeral = (term: string): number => (term.startsWith("(") ? -Number(term.slice(3, -1)) : Number(term));

interface Quotient {
  readonly divisor: string;
  readonly quotient: string;
}

/** A square, its root and the root without its sign. */
interface Square {
  readonly root: string;
  readonly size: string;
  readonly term: string;
}

/** A sum of terms that are no sums, with their coefficients; the constant stands under "1". */
type Sum = ReadonlyMap<string, number>;

export interface Products {
  /** Says that a term is a sum, so that its products are multiplied out. */
  readonly isSum: (term: string, a: string, timesA: number, b: string, timesB: number) => void;
  readonly multiply: (a: string, b: string) => string;
  readonly square: (a: string) => string;
  /** Quotient rounded down and remainder for a divisor that is not a constant. */
  readonly divide: (a: string, b: string) => { readonly quotient: string; readonly remainder: string };
  /** The floor of a square root; 0 for a negative number. */
  readonly root: (a: string) => string;
}

/** That `factor * term`, which is the product, is of the factor's size at least, or 0 with the term. */
const state = (factor: string, term: string, product: string): string =>
  `(=> (>= ${factor} 0) (and (=> (>= ${term} 1) (>= ${product} ${factor})) (=> (<= ${term} (- 1)) (<= ${product} (- ${factor}))) (=> (= ${term} 0) (= ${product} 0))))`;

/** So many quotients by one divisor are also compared three at a time, as in `(a - b) % m` beside `a % m` and `b % m`. */
const TOGETHER = 5;

/**
 * What the order of factors says of products with a common factor f: `f >= 0` and `x >= 1` give `f x >= f`, where x is
 * the second factor, its difference from that of another product, or their sum. It follows from the products; stated,
 * it spares a search.
 */
function lemmasOf(mine: Product, others: readonly Product[]): string[] {
  const turned = ({ factors: [a, b], term }: Product) => [
    { factor: a, second: b, term },
    { factor: b, second: a, term },
  ];
  const known = others.flatMap(turned);
  return turned(mine).flatMap(({ factor, second, term }) => [
    state(factor, second, term),
    ...known
      .filter((other) => other.factor === factor)
      .flatMap((other) =>
        ["-", "+"].map((op) => state(factor, `(${op} ${second} ${other.second})`, `(${op} ${term} ${other.term})`)),
      ),
  ]);
}

/** Keeps the nonlinear terms of one script. */
export function productsOf({ fresh, named, assert, assertLemma }: Lines): Products {
  const sums = new Map<string, Sum>();
  const unknowns = new Map<string, string>();
  const products: Product[] = [];
  const squares: Square[] = [];
  const divisions = new Map<string, { quotient: string; remainder: string }>();
  const quotients: Quotient[] = [];
  const roots = new Map<string, string>();

  const sumOf = (term: string): Sum =>
    sums.get(term) ?? (/^[\d(]/.test(term) ? new Map([["1", numeral(term)]]) : new Map([[term, 1]]));

  /** A variable that stands for a term. */
  const unknown = (term: string): string => {
    if (/^\|[^.]/.test(term)) return term;
    let name = unknowns.get(term);
    if (!name) {
      name = fresh("value");
      unknowns.set(term, name);
      assert(`(= ${name} ${term})`);
    }
    return name;
  };

  const isSum = (term: string, a: string, timesA: number, b: string, timesB: number): void => {
    const sum = new Map<string, number>();
    for (const [part, times] of [
      [a, timesA],
      [b, timesB],
    ] as const) {
      for (const [atom, coefficient] of sumOf(part)) sum.set(atom, (sum.get(atom) ?? 0) + times * coefficient);
    }
    sums.set(term, sum);
  };

  /** Adds a product with what its order says. */
  const keep = (factors: readonly [string, string], term: string): string => {
    const product = { factors, term };
    for (const lemma of lemmasOf(product, products)) assertLemma(lemma);
    products.push(product);
    return term;
  };

  const known = (a: string, b: string) =>
    products.find(({ factors: [x, y] }) => (x === a && y === b) || (x === b && y === a))?.term;

  /** The product of two terms that are no sums. */
  const monomial = (left: string, right: string): string => {
    if (left === "1") return right;
    if (right === "1") return left;
    const [a, b] = [unknown(left), unknown(right)];
    if (a === b) return square(a);
    return known(a, b) ?? keep([a, b], named(`(* ${a} ${b})`, "Int"));
  };

  /** Multiplies out, so that products of equal parts are equal terms. */
  const multiply = (a: string, b: string): string => {
    const before = known(a, b);
    if (before) return before;
    const [left, right] = [sumOf(a), sumOf(b)];
    const terms = [...left].flatMap(([x, n]) => [...right].map(([y, m]) => `(* ${integer(n * m)} ${monomial(x, y)})`));
    if (left.size === 1 && right.size === 1 && left.get(a) === 1 && right.get(b) === 1) return monomial(a, b);
    return keep([a, b], named(terms.length === 1 ? (terms[0] as string) : `(+ ${terms.join(" ")})`, "Int"));
  };

  const square = (given: string): string => {
    const root = unknown(given);
    const known = squares.find((each) => each.root === root);
    if (known) return known.term;
    const [size, term] = [
      named(`(ite (>= ${root} 0) ${root} (- ${root}))`, "Int"),
      named(`(* ${root} ${root})`, "Int"),
    ];
    assertLemma(`(>= ${term} ${size})`);
    for (const other of squares) {
      assertLemma(`(= (< ${size} ${other.size}) (< ${term} ${other.term}))`);
      assertLemma(`(= (> ${size} ${other.size}) (> ${term} ${other.term}))`);
    }
    squares.push({ root, size, term });
    return term;
  };

  const divide = (a: string, b: string) => {
    const key = `${a} ${b}`;
    let made = divisions.get(key);
    if (!made) {
      made = { quotient: fresh("quotient"), remainder: fresh("remainder") };
      const { quotient, remainder } = made;
      assert(`(= ${a} (+ ${multiply(b, quotient)} ${remainder}))`);
      assert(`(=> (> ${b} 0) (and (<= 0 ${remainder}) (< ${remainder} ${b})))`);
      assert(`(=> (< ${b} 0) (and (< ${b} ${remainder}) (<= ${remainder} 0)))`);
      divisions.set(key, made);
      const mine = quotients.filter(({ divisor }) => divisor === b);
      quotients.push({ divisor: b, quotient });
      for (const lemma of mine.length < TOGETHER ? triples(b, quotient, mine) : []) assertLemma(lemma);
    }
    return made;
  };

  /** The same for a quotient with any two others by the same divisor, each added or subtracted. */
  const triples = (divisor: string, quotient: string, others: readonly Quotient[]): string[] =>
    others.flatMap(({ quotient: second }, i) =>
      others.slice(i + 1).flatMap(({ quotient: third }) =>
        ["+ +", "+ -", "- +", "- -"].map((signs) => {
          const [p, q] = signs.split(" ");
          const sum = (x: string, y: string, z: string) => `(${q} (${p} ${x} ${y}) ${z})`;
          const product = sum(multiply(divisor, quotient), multiply(divisor, second), multiply(divisor, third));
          return state(divisor, sum(quotient, second, third), product);
        }),
      ),
    );

  const root = (a: string): string => {
    let made = roots.get(a);
    if (!made) {
      made = fresh("root");
      roots.set(a, made);
      const next = unknown(named(`(+ ${made} 1)`, "Int"));
      assert(`(=> (<= ${a} 0) (= ${made} 0))`);
      assert(`(=> (> ${a} 0) (and (> ${made} 0) (<= ${square(made)} ${a}) (< ${a} ${square(next)})))`);
    }
    return made;
  };

  return { isSum, multiply, square, divide, root };
}
