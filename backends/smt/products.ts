/** Nonlinear integer terms as variables with lemmas about their order, so that linear arithmetic decides most claims. */

/** Where the lines of a script go. */
export interface Lines {
  /** A new variable, by default an integer; `what` is part of its name. */
  readonly fresh: (what: string, sort?: string) => string;
  /** Gives a term a name, so that it is written once. */
  readonly named: (term: string, sort: string) => string;
  readonly assert: (condition: string) => void;
}

/** A product of two terms of which neither is a constant. */
interface Product {
  readonly factors: readonly [string, string];
  readonly term: string;
}

/** A square, its root and the root without its sign. */
interface Square {
  readonly root: string;
  readonly size: string;
  readonly term: string;
}

export interface Products {
  readonly multiply: (a: string, b: string) => string;
  readonly square: (a: string) => string;
  /** Quotient rounded down and remainder for a divisor that is not a constant. */
  readonly divide: (a: string, b: string) => { readonly quotient: string; readonly remainder: string };
  /** The floor of a square root; 0 for a negative number. */
  readonly root: (a: string) => string;
}

/**
 * What the order of factors says of products with a common factor f: `f >= 0` and `x >= 1` give `f x >= f`, where x is
 * the second factor, its difference from that of another product, or their sum. It follows from the products; stated,
 * it spares a search.
 */
function lemmasOf(mine: Product, others: readonly Product[]): string[] {
  const state = (factor: string, term: string, product: string) =>
    `(=> (>= ${factor} 0) (and (=> (>= ${term} 1) (>= ${product} ${factor})) (=> (<= ${term} (- 1)) (<= ${product} (- ${factor}))) (=> (= ${term} 0) (= ${product} 0))))`;
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
export function productsOf({ fresh, named, assert }: Lines): Products {
  const unknowns = new Map<string, string>();
  const products: Product[] = [];
  const squares: Square[] = [];
  const divisions = new Map<string, { quotient: string; remainder: string }>();
  const roots = new Map<string, string>();

  /** A variable that stands for a sum, so that its products are not multiplied out. */
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

  const multiply = (left: string, right: string): string => {
    const [a, b] = [unknown(left), unknown(right)];
    if (a === b) return square(a);
    const known = products.find(({ factors }) => factors.includes(a) && factors.includes(b));
    if (known) return known.term;
    const product = { factors: [a, b] as const, term: named(`(* ${a} ${b})`, "Int") };
    for (const lemma of lemmasOf(product, products)) assert(lemma);
    products.push(product);
    return product.term;
  };

  const square = (given: string): string => {
    const root = unknown(given);
    const known = squares.find((each) => each.root === root);
    if (known) return known.term;
    const [size, term] = [
      named(`(ite (>= ${root} 0) ${root} (- ${root}))`, "Int"),
      named(`(* ${root} ${root})`, "Int"),
    ];
    assert(`(>= ${term} ${size})`);
    for (const other of squares) {
      assert(`(= (< ${size} ${other.size}) (< ${term} ${other.term}))`);
      assert(`(= (> ${size} ${other.size}) (> ${term} ${other.term}))`);
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
    }
    return made;
  };

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

  return { multiply, square, divide, root };
}
