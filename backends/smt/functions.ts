/** Functions of a real number, by facts about them that decide most claims: some values, bounds, and their order. */
import type { Lines } from "./products.js";

type Declare = (name: string, inputs: readonly string[], sort: string) => string;

export type FunctionName = "sqrt" | "exp" | "log" | "log2" | "tanh" | "sin" | "cos";

/** What is stated of a value `y` of the function at `x`. */
interface Facts {
  /** Where the function is defined; nothing is known elsewhere. */
  readonly domain?: (x: string) => string;
  readonly facts: (x: string, y: string) => readonly string[];
  /** A larger argument gives a larger value. */
  readonly rises: boolean;
}

const isPositive = (x: string) => `(> ${x} 0.0)`;

/** A rising function goes through a point. */
const crosses = (x: string, at: string, y: string, value: string) =>
  ["<", "=", ">"].map((op) => `(= (${op} ${x} ${at}) (${op} ${y} ${value}))`);

const FACTS: { readonly [name in FunctionName]: Facts } = {
  sqrt: {
    domain: (x) => `(>= ${x} 0.0)`,
    facts: (x, y) => [`(>= ${y} 0.0)`, `(= (* ${y} ${y}) ${x})`],
    rises: true,
  },
  exp: { facts: (x, y) => [isPositive(y), `(>= ${y} (+ 1.0 ${x}))`, ...crosses(x, "0.0", y, "1.0")], rises: true },
  log: {
    domain: isPositive,
    facts: (x, y) => [`(<= ${y} (- ${x} 1.0))`, ...crosses(x, "1.0", y, "0.0")],
    rises: true,
  },
  log2: {
    domain: isPositive,
    facts: (x, y) => [...crosses(x, "1.0", y, "0.0"), ...crosses(x, "2.0", y, "1.0")],
    rises: true,
  },
  tanh: {
    facts: (x, y) => [`(< (- 1.0) ${y})`, `(< ${y} 1.0)`, ...crosses(x, "0.0", y, "0.0")],
    rises: true,
  },
  sin: { facts: (x, y) => [`(<= (- 1.0) ${y})`, `(<= ${y} 1.0)`, `(=> (= ${x} 0.0) (= ${y} 0.0))`], rises: false },
  cos: { facts: (x, y) => [`(<= (- 1.0) ${y})`, `(<= ${y} 1.0)`, `(=> (= ${x} 0.0) (= ${y} 1.0))`], rises: false },
};

/** Keeps the function values of one script. */
export function functionsOf({ fresh, assert }: Lines, declare: Declare) {
  const values: { readonly name: FunctionName; readonly x: string; readonly y: string }[] = [];
  return (name: FunctionName, x: string): string => {
    const before = values.find((each) => each.name === name && each.x === x);
    if (before) return before.y;
    const { domain, facts, rises } = FACTS[name];
    const y = fresh("value", "Real");
    assert(`(= ${y} (${declare(`${name} of 1`, ["Real"], "Real")} ${x}))`);
    const given = domain?.(x) ?? "true";
    for (const fact of facts(x, y)) assert(`(=> ${given} ${fact})`);
    for (const other of rises ? values.filter((each) => each.name === name) : []) {
      assert(`(=> (and ${given} ${domain?.(other.x) ?? "true"}) (= (< ${x} ${other.x}) (< ${y} ${other.y})))`);
    }
    values.push({ name, x, y });
    return y;
  };
}

const LOWEST = "(- 2147483648)";
const HIGHEST = "2147483647";

/**
 * The common bits of two integers, by facts for those of 32 bits: `a & b` lies between 0 and either operand that is not
 * negative; `a | b`, which is `a + b - (a & b)`, is negative where either is; all results have 32 bits.
 */
export function commonBits({ fresh, assert }: Lines, declare: Declare) {
  const values = new Map<string, string>();
  return (left: string, right: string): string => {
    const [a, b] = left < right ? [left, right] : [right, left];
    const before = values.get(`${a} ${b}`);
    if (before) return before;
    const bits = fresh("bits");
    values.set(`${a} ${b}`, bits);
    assert(`(= ${bits} (${declare("bitAnd of 2", ["Int", "Int"], "Int")} ${a} ${b}))`);
    const [either, differing] = [`(- (+ ${a} ${b}) ${bits})`, `(- (+ ${a} ${b}) (* 2 ${bits}))`];
    const fits = [a, b].map((e) => `(<= ${LOWEST} ${e} ${HIGHEST})`);
    const facts = [
      ...[a, b].map((e) => `(=> (>= ${e} 0) (<= 0 ${bits} ${e}))`),
      `(=> (and (< ${a} 0) (< ${b} 0)) (and (<= ${LOWEST} ${bits} ${a}) (<= ${bits} ${b})))`,
      `(= (or (< ${a} 0) (< ${b} 0)) (< ${either} 0))`,
      ...[either, differing].map((e) => `(<= ${LOWEST} ${e} ${HIGHEST})`),
      `(=> (= ${a} ${b}) (= ${bits} ${a}))`,
    ];
    for (const fact of facts) assert(`(=> (and ${fits.join(" ")}) ${fact})`);
    return bits;
  };
}
