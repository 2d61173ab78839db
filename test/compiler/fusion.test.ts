/** Writing one operation into another keeps the meaning, and says no where it cannot. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpretTensor } from "../../backends/interpreter/tensor.js";
import { inline, readsOf, unify } from "../../compiler/fusion/inline.js";
import { linesOf } from "../../compiler/plan/print-tensor.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { tensorChecksOf } from "../../compiler/plan/tensor-checks.js";
import { planTensor } from "../../compiler/schedule/tensor-schedule.js";
import { tensorsOf } from "../frontend/sources.js";
import { type Draw, drawFor, inputsFor, labelsOf, randomTensors } from "./random-tensors.js";

type Arrays = ReturnType<typeof inputsFor>;

function run(tensor: Tensor, inputs: Arrays, params: Draw["params"], shape: readonly number[]) {
  const data = Float64Array.from(interpretTensor(planTensor(tensor), { inputs, params, shape }));
  return { shape: [...shape], data };
}

/** Producers of one to three axes with and without reductions, consumers that read what they make. */
const PAIRS = 90;
const producers = Array.from({ length: PAIRS }, (_, i) => {
  const wish = { axes: 1 + (i % 3), nesting: i % 2 === 0 ? 0 : 2, isProduct: i % 10 === 9 && i % 3 !== 0 };
  return randomTensors(`producer${i}x`, 1, wish)[0];
});
const consumers = Array.from({ length: PAIRS }, (_, i) => {
  const wish = { reads: 1 + (i % 3), nesting: i % 2 === 0 || i % 4 === 1 ? 2 : 0, isProduct: i % 10 === 8 };
  return randomTensors(`consumer${i}x`, 1, i % 4 === 3 ? { ...wish, axes: 1 + (i % 3) } : wish)[0];
});
const tensors = tensorsOf([...producers, ...consumers].map((each) => each?.source).join("\n"));

/** Extents of the producer's labels that fit what the consumer reads: its axes are the dimensions of `h`. */
function sizesOf(producer: Tensor, consumer: Tensor, { size }: Draw, own: Draw["size"]) {
  const labels = consumer.inputs.find(({ name }) => name === "h")?.labels ?? [];
  return {
    ...own,
    ...Object.fromEntries(producer.axes.map((axis, i) => [axis, size[labels[i]?.name ?? ""] as number])),
  };
}

const renamedBy = <T>(renamed: ReadonlyMap<string, string>, values: { readonly [name: string]: T }) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [renamed.get(name) ?? name, value]));

describe("the fused operation gives what both give one after the other", () => {
  const counts = { fused: 0, apart: 0 };
  test.each(Array.from({ length: PAIRS }, (_, i) => [i] as const))("pair %i", (i) => {
    const producer = tensors.get(producers[i]?.name as string) as Tensor;
    const consumer = tensors.get(consumers[i]?.name as string) as Tensor;
    const made = inline(consumer, "h", producer, "fused");
    if (!made) {
      counts.apart++;
      // Only for a reason that the header of inline.ts states.
      const isElsewhere = producer.reductions.length > 0;
      const labels = labelsOf({ axes: [], inputs: consumer.inputs.filter(({ name }) => name === "h") });
      const isUnread = readsOf(consumer, "h").length === 0;
      expect(isElsewhere || isUnread || labels.some((label) => !consumer.axes.includes(label))).toBe(true);
      return;
    }
    counts.fused++;
    const { tensor, renamed } = made;
    const draws = fc.record({ ofBoth: drawFor(labelsOf(producer, consumer)), params: drawFor([]) });
    fc.assert(
      fc.property(draws, ({ ofBoth, params: other }) => {
        const size = sizesOf(producer, consumer, ofBoth, ofBoth.size);
        const given = inputsFor(producer, { ...ofBoth, size });
        const between = run(
          producer,
          given,
          other.params,
          producer.axes.map((axis) => size[axis] as number),
        );
        const rest = inputsFor(consumer, { ...ofBoth, seed: ofBoth.seed + 7 });
        const shape = consumer.axes.map((axis) => ofBoth.size[axis] as number);
        const want = run(consumer, { ...rest, h: between }, ofBoth.params, shape);
        const { h: _, ...others } = rest;
        const got = run(
          tensor,
          { ...others, ...renamedBy(renamed, given) },
          { ...ofBoth.params, ...renamedBy(renamed, other.params) },
          shape,
        );
        for (const [n, value] of want.data.entries()) {
          const error = Math.abs((got.data[n] as number) - value);
          expect(error, linesOf(tensor).join("\n")).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(value)));
        }
      }),
      { numRuns: 15 },
    );
  });

  test("most pairs fuse", () => {
    console.log(`${counts.fused} pairs fused, ${counts.apart} stay apart`);
    expect(counts.fused).toBeGreaterThan(PAIRS / 3);
    expect(counts.apart).toBeGreaterThan(5);
  });
});

/** `twice` of `x: i`, and consumers that read `h`. */
const SOURCES = `
export const twice = tensor({ axes: ["i"], inputs: { x: input("i") }, value: ({ x }, { i }) => 2 * x(i) });
export const broadcast = tensor({ axes: ["i", "j"], inputs: { x: input("i") }, value: ({ x }, { i }) => 2 * x(i) });
export const total = tensor({
  axes: ["i"],
  params: { sum0: float() },
  inputs: { h: input("i", "k") },
  value: ({ h, sum0, size }, { i }) => sum(size.k, (k) => h(i, k)) + sum0,
});
export const scaled = tensor({
  axes: ["t"],
  params: { g: float(), sum0: int({ min: 1 }) },
  inputs: { h: input("t"), x: input("t") },
  value: ({ h, x, g, sum0 }, { t }) => g * h(t) + x(t) * sum0,
});
export const shifted = tensor({
  axes: ["i"],
  inputs: { h: input("i") },
  value: ({ h, size }, { i }) => h(i) + h(Math.min(i + 1, size.i - 1)),
});
export const summed = tensor({
  axes: ["i"],
  inputs: { h: input("k") },
  value: ({ h, size }, { i }) => i * sum(size.k, (k) => h(k)),
});
export const integers = tensor({ axes: ["i"], inputs: { h: input.int("i") }, value: ({ h }, { i }) => h(i) });
export const unread = tensor({ axes: ["i"], inputs: { h: input("i") }, value: (_, { i }) => i });
export const transposed = tensor({ axes: ["i", "j"], inputs: { h: input("j", "i") }, value: ({ h }, { i, j }) => h(j, i) });
export const gated = tensor({
  axes: ["i", "k"],
  inputs: { x: input("i", "k"), gate: input("i"), k: input("i", "own") },
  value: ({ x, gate, k, size }, { i, k: column }) => x(i, column) * gate(i) + sum(size.own, (o) => k(i, o)),
});
export const divided = tensor({
  axes: ["i"],
  inputs: { x: input("i", "k") },
  value: ({ x, size }, { i }) => x(i, Math.floor((3 * i) / size.k) % size.k),
});
`;
const own = tensorsOf(SOURCES);
const of = (name: string) => own.get(name) as Tensor;
const fused = (producer: string, consumer: string) => inline(of(consumer), "h", of(producer), "fused");
const lines = (producer: string, consumer: string) => {
  const made = fused(producer, consumer);
  return made && linesOf(made.tensor);
};

describe("what becomes of names", () => {
  test("an input that both have is read twice, under two names", () => {
    const made = fused("twice", "scaled");
    expect(made && linesOf(made.tensor)).toEqual(["value = g * (2 * x2(t)) + x(t) * sum0"]);
    expect([...(made?.renamed ?? [])]).toEqual([["x", "x2"]]);
    expect(made?.tensor.inputs.map(({ name, labels }) => [name, labels])).toEqual([
      ["x2", [{ name: "t", tie: "axis" }]],
      ["x", [{ name: "t", tie: "axis" }]],
    ]);
  });

  test("reductions and params keep apart", () => {
    const made = inline(of("scaled"), "h", of("total"), "fused");
    expect(made && linesOf(made.tensor)).toMatchInlineSnapshot(`
      [
        "sum1 = sum over sum1.k < size.k of h(t, sum1.k)",
        "value = g * (sum1 + sum02) + x(t) * sum0",
      ]
    `);
    expect(made?.tensor.params.map(({ name }) => name)).toEqual(["sum02", "g", "sum0"]);
  });

  test("a free label that is an axis of the other gets another name", () => {
    const made = inline(of("transposed"), "h", of("gated"), "fused");
    expect(made && linesOf(made.tensor)).toMatchInlineSnapshot(`
      [
        "sum0 = sum over sum0.o < size.own of k(j, sum0.o)",
        "value = x(j, i) * gate(j) + sum0",
      ]
    `);
    expect(made?.tensor.inputs.map(({ name, labels }) => [name, labels.map((label) => label.name).join(" ")])).toEqual([
      ["x", "j i"],
      ["gate", "j"],
      ["k", "j own"],
    ]);
  });

  test("the sentence and the name say what is fused", () => {
    const made = fused("twice", "shifted");
    expect(made?.tensor.name).toBe("fused");
    expect(made?.tensor.sentence).toBe("Tensor operation `twice`; then: Tensor operation `shifted`.");
  });

  test("messages about integers still show the source", () => {
    const made = inline(of("shifted"), "h", of("divided"), "fused");
    const texts = made && tensorChecksOf(planTensor(made.tensor)).map(({ text }) => text);
    expect(texts).toContain("3 * i");
    expect(texts).toContain("size.k");
  });
});

describe("what can be written", () => {
  test("a map that is read at two places", () => {
    expect(lines("twice", "shifted")).toEqual(["value = 2 * x(i) + 2 * x(min(i + 1, size.i - 1))"]);
  });
  test("a map that is read in a reduction", () => {
    expect(lines("twice", "summed")).toEqual(["sum0 = sum over sum0.k < size.k of 2 * x(sum0.k)", "value = i * sum0"]);
  });
  test("a reduction whose result is read once, with its axes in another order", () => {
    expect(inline(of("transposed"), "h", of("gated"), "fused")?.tensor.reductions).toHaveLength(1);
  });
});

describe("what cannot be written stays apart", () => {
  test.each([
    ["a reduction that is read at two places", "total", "shifted"],
    ["a reduction that is read in another one", "total", "summed"],
    ["a size that only the input had", "broadcast", "total"],
    ["an input of integers", "twice", "integers"],
    ["an input that is not read", "twice", "unread"],
    ["an input of another rank", "twice", "transposed"],
  ])("%s", (_, producer, consumer) => {
    expect(fused(producer, consumer)).toBeUndefined();
  });
  test("an input that is not there", () => {
    expect(inline(of("shifted"), "y", of("twice"), "fused")).toBeUndefined();
  });
});

describe("unify", () => {
  const two = tensorsOf(`export const both = tensor({
    axes: ["i"],
    inputs: { x: input("i", "k"), y: input("row", "m") },
    value: ({ x, y, size }, { i }) => sum(size.m, size.row, (m, r) => y(r, m) * x(i, m)) + size.row + size.m * x(0, 0),
  });`);
  const both = two.get("both") as Tensor;

  test.each([
    ["x", "y"],
    ["y", "x"],
  ])("keeps %s for %s: values, extents of ranges and sizes alike", (kept, dropped) => {
    const made = unify(both, kept, dropped);
    expect(made.inputs.map(({ name }) => name)).toEqual([kept]);
    expect(readsOf(made, dropped)).toEqual([]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.nat(99), (n, m, seed) => {
        const size = { i: n, k: m, row: n, m };
        const { x } = inputsFor(both, { size, params: {}, seed });
        const same = x as NonNullable<typeof x>;
        expect(run(made, { [kept]: same }, {}, [n])).toEqual(run(both, { x: same, y: same }, {}, [n]));
      }),
    );
  });

  test("leaves an operation alone that has no such inputs", () => {
    expect(unify(both, "x", "z")).toBe(both);
  });
});
