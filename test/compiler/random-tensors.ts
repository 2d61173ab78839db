/** Random tensor operations as source text, and the same text run as the declaration that it is. */
import fc from "fast-check";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { type AnyTensor, float, input, int, max, mean, sum, tensor } from "../../dsl/index.js";
import { generator, SEED, seedOf } from "../conformance/random.js";

interface RandomInput {
  readonly name: string;
  readonly type: "int" | "float";
  readonly labels: readonly string[];
}

export interface RandomTensor {
  readonly name: string;
  /** One exported declaration. */
  readonly source: string;
  readonly declaration: AnyTensor;
}

/** What a random operation must have. */
export interface Wish {
  readonly axes?: number;
  /** An input `h` of so many dimensions, which is read. */
  readonly reads?: number;
  /** How many reductions may stand in one another; none where 0. */
  readonly nesting?: number;
  /** A sum of products of `p`, of all axes but the last or of some, and `w`, of the last and perhaps of more. */
  readonly isProduct?: boolean;
}

const AXES = ["i", "j", "t", "c"];
const FREE = ["a", "b", "e"];

class Writer {
  private ranges = 0;
  private reductions = 0;

  constructor(
    private readonly random: () => number,
    private readonly axes: readonly string[],
    private readonly inputs: readonly RandomInput[],
  ) {}

  private pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }

  private get labels(): string[] {
    return [...new Set([...this.axes, ...this.inputs.flatMap(({ labels }) => labels)])];
  }

  /** An integer over the index and ranges in scope. */
  private integer(scope: ReadonlyMap<string, string>): string {
    const name = this.pick([...scope.keys()]);
    const other = this.pick([...scope.keys()]);
    return this.pick([
      name,
      `(${name} + 1)`,
      `(${name} - ${other})`,
      `(2 * ${name} - 1)`,
      `Math.floor(${name} / r)`,
      `Math.floor((${name} - ${other}) / 2)`,
      `(${name} % 2)`,
      `(${name} > ${other} ? ${name} : r)`,
    ]);
  }

  /** An index of a dimension: what has its extent as it stands, anything else clamped. */
  private index(label: string, scope: ReadonlyMap<string, string>): string {
    const own = [...scope].filter(([, extent]) => extent === `size.${label}`).map(([name]) => name);
    if (own.length > 0 && this.random() < 0.8) return own.at(-1) as string;
    if (this.random() < 0.1) return "0";
    const integer = this.random() < 0.2 ? this.lookup("int", scope) : undefined;
    return `Math.min(Math.max(${integer ?? this.integer(scope)}, 0), size.${label} - 1)`;
  }

  private lookup(type: "int" | "float", scope: ReadonlyMap<string, string>): string | undefined {
    const inputs = this.inputs.filter((each) => each.type === type);
    return inputs.length > 0 ? this.read(this.pick(inputs), scope) : undefined;
  }

  read({ name, labels }: RandomInput, scope: ReadonlyMap<string, string>): string {
    return `${name}(${labels.map((label) => this.index(label, scope)).join(", ")})`;
  }

  private reduction(depth: number, nesting: number, scope: ReadonlyMap<string, string>): string {
    this.reductions++;
    const op = this.pick(["sum", "sum", "sum", "mean", "max"]);
    const inner = new Map(scope);
    const names: string[] = [];
    const extents: string[] = [];
    for (let i = this.random() < 0.7 ? 1 : 2; i > 0; i--) {
      // Sometimes the name of a range elsewhere, or of an axis.
      const name = this.random() < 0.1 && !names.includes("i") ? "i" : `k${this.ranges++ % 3}`;
      if (names.includes(name)) continue;
      const extent = this.random() < 0.7 ? `size.${this.pick(this.labels)}` : this.pick(["2", "3", "r", "r + 1"]);
      names.push(name);
      extents.push(extent);
      inner.set(name, extent);
    }
    const isProduct = this.random() < 0.6;
    const factor = () => this.lookup("float", inner) ?? "2";
    const body = isProduct ? `${factor()} * ${factor()}` : this.number(depth - 1, nesting - 1, inner);
    return `${op}(${extents.join(", ")}, (${names.join(", ")}) => ${body})`;
  }

  /** A matrix product of `p` and `w` over the free label `a`, with what may surround one. */
  product(p: RandomInput, w: RandomInput): string {
    const inner = new Map([...this.axes.map((axis) => [axis, `size.${axis}`] as const), ["k", "size.a"]]);
    const indices = ({ labels }: RandomInput) => labels.map((label) => (label === "a" ? "k" : label)).join(", ");
    const factors = [`p(${indices(p)})`, `w(${indices(w)})`];
    if (this.random() < 0.5) factors.reverse();
    if (this.random() < 0.3) factors.unshift("0.5");
    if (this.random() < 0.3) factors.push(`(${this.index("a", inner)} + 1)`);
    const total = `sum(size.a, (k) => ${factors.join(" * ")})`;
    const scope = new Map(this.axes.map((axis) => [axis, `size.${axis}`]));
    return this.pick([
      total,
      `${total} + ${this.number(2, 0, scope)}`,
      `Math.max(${total}, ${this.number(1, 0, scope)})`,
    ]);
  }

  number(depth: number, nesting: number, scope: ReadonlyMap<string, string>): string {
    const leaf = () =>
      this.random() < 0.7
        ? (this.lookup("float", scope) ?? "0.5")
        : this.pick([this.integer(scope), "g", "0.5", "2", `size.${this.pick(this.labels)}`]);
    if (depth <= 0) return leaf();
    if (nesting > 0 && this.reductions < 4 && this.random() < 0.35) return this.reduction(depth, nesting, scope);
    const [a, b] = [this.number(depth - 1, nesting, scope), this.number(depth - 1, nesting, scope)];
    return this.pick([
      `(${a} + ${b})`,
      `(${a} - ${b})`,
      `0.5 * ${a}`,
      `${leaf()} * ${b}`,
      `Math.max(${a}, ${b})`,
      `(${this.integer(scope)} < ${this.integer(scope)} ? ${a} : ${b})`,
      `(${leaf()} < 0.25 ? ${a} : ${b})`,
      a,
    ]);
  }
}

/** What a product multiplies: `p` reads the first axis, `w` the last, and each of the others belongs to one or to both. */
function factorsOf(axes: readonly string[], random: () => number): readonly [RandomInput, RandomInput] {
  const [left, right]: [string[], string[]] = [[], []];
  for (const [i, axis] of axes.entries()) {
    const side = i === 0 ? 0 : i === axes.length - 1 ? 1 : random();
    if (side < 0.7) left.push(axis);
    if (side > 0.3) right.push(axis);
  }
  const labels = (own: readonly string[]) => (random() < 0.5 ? [...own, "a"] : ["a", ...own]);
  return [
    { name: "p", type: "float", labels: labels(left) },
    { name: "w", type: "float", labels: labels(right) },
  ];
}

/** An operation of its own for each seed. */
export function randomTensor(name: string, seed: number, wish: Wish = {}): RandomTensor {
  const { axes: count, reads, nesting = 2, isProduct = false } = wish;
  const random = generator(seed);
  const axes = AXES.slice(0, count ?? (isProduct ? 2 : 1) + Math.floor(random() * 3));
  const labels = [...axes, ...FREE.slice(0, 1 + Math.floor(random() * 2))];
  const some = (n: number) => Array.from({ length: n }, () => labels[Math.floor(random() * labels.length)] as string);
  const inputs: RandomInput[] = ["x", "y", "z"]
    .slice(0, 1 + Math.floor(random() * 3))
    .map((each) => ({ name: each, type: "float", labels: some(1 + Math.floor(random() * 3)) }));
  if (random() < 0.4) inputs.push({ name: "n", type: "int", labels: some(1) });
  const own: RandomInput | undefined =
    reads === undefined ? undefined : { name: "h", type: "float", labels: some(reads) };
  if (own) inputs.push(own);
  const [p, w] = factorsOf(axes, random);
  if (isProduct) inputs.push(p, w);
  const writer = new Writer(random, axes, inputs);
  const scope = new Map(axes.map((axis) => [axis, `size.${axis}`]));
  let body = isProduct ? writer.product(p, w) : writer.number(3, nesting, scope);
  if (own && !/\bh\(/.test(body)) body = `${body} + ${writer.read(own, scope)}`;
  const given = [...inputs.map((each) => each.name), "size", "r", "g"].join(", ");
  const value = `({ ${given} }, { ${axes.join(", ")} }) => ${body}`;
  const quoted = (names: readonly string[]) => names.map((each) => `"${each}"`).join(", ");
  const spelled = inputs.map(
    (each) => `${each.name}: ${each.type === "int" ? "input.int" : "input"}(${quoted(each.labels)})`,
  );
  const source = `export const ${name} = tensor({
  axes: [${quoted(axes)}],
  params: { r: int({ min: 1, max: 3 }), g: float({ min: -1, max: 1 }) },
  inputs: { ${spelled.join(", ")} },
  value: ${value},
});`;
  const declared = inputs.map(({ name: each, type, labels: own }) => {
    const [first = "", ...rest] = own;
    return [each, type === "int" ? input.int(first, ...rest) : input(first, ...rest)] as const;
  });
  const run = new Function("sum", "mean", "max", `return ${value}`) as (...given: unknown[]) => () => number;
  const [first = "", ...rest] = axes;
  const declaration: AnyTensor = tensor({
    axes: [first, ...rest],
    params: { r: int({ min: 1, max: 3 }), g: float({ min: -1, max: 1 }) },
    inputs: Object.fromEntries(declared),
    value: run(sum, mean, max),
  });
  return { name, source, declaration };
}

/** Operations for a test of this name, of which MSCC_SEED draws others. */
export const randomTensors = (test: string, count: number, wish: Wish = {}): RandomTensor[] =>
  Array.from({ length: count }, (_, i) => randomTensor(`${test}${i}`, seedOf(`${test} ${i}`), wish));

export const seedLine = `seed ${SEED}`;

/** Extents of all labels, values of params, and a seed of what the inputs hold. */
export interface Draw {
  readonly size: { readonly [label: string]: number };
  readonly params: { readonly [name: string]: number };
  readonly seed: number;
}

export const labelsOf = (...tensors: readonly Pick<Tensor, "axes" | "inputs">[]): string[] => [
  ...new Set(
    tensors.flatMap(({ axes, inputs }) => [...axes, ...inputs.flatMap(({ labels }) => labels.map(({ name }) => name))]),
  ),
];

export function drawFor(labels: readonly string[], most = 4): fc.Arbitrary<Draw> {
  return fc.record({
    size: fc.record(Object.fromEntries(labels.map((label) => [label, fc.integer({ min: 1, max: most })]))),
    params: fc.record({ r: fc.integer({ min: 1, max: 3 }), g: fc.integer({ min: -4, max: 4 }).map((n) => n / 4) }),
    seed: fc.nat(1000),
  });
}

const mixed = (i: number, seed: number) => Math.imul(i + 31 * seed + 17, 0x9e3779b1) >>> 8;

/** Small numbers that f32 holds exactly. */
export const smallValues = (type: "int" | "float", shape: readonly number[], seed: number) => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((n, extent) => n * extent, 1) }, (_, i) => {
    const value = (mixed(i, seed) % 17) - 8;
    return type === "int" ? value : value / 4;
  }),
});

/** Values of all inputs of an operation. */
export const inputsFor = ({ inputs }: Pick<Tensor, "inputs">, { size, seed }: Draw) =>
  Object.fromEntries(
    inputs.map(({ name, type, labels }, i) => {
      const shape = labels.map((label) => size[label.name] as number);
      return [name, smallValues(type, shape, seed + i)];
    }),
  );
