/** Functions of a real number, by facts about them that decide most claims: some values, bounds, and their order. */
import type { Lines } from "./products.js";

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
export function functionsOf(
  { fresh, assert }: Lines,
  declare: (name: string, inputs: readonly string[], sort: string) => string,
) {
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
