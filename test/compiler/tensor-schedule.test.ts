/** What the schedule of a tensor operation is chosen from: one test per rule, with the operation as it prints. */
import { expect, test } from "vitest";
import { print } from "../../compiler/ir/print.js";
import { linesOf } from "../../compiler/plan/print-tensor.js";
import type { TensorSchedule } from "../../compiler/plan/tensor.js";
import { scheduleTensor } from "../../compiler/schedule/tensor-schedule.js";
import { tensorOf } from "../frontend/sources.js";

function wordsOf(schedule: TensorSchedule): string {
  const list = (names: readonly string[]) => (names.length > 0 ? names.join(" ") : "none");
  switch (schedule.kind) {
    case "map":
      return "map";
    case "reduce":
      return `reduce: rows ${list(schedule.rows)}, columns ${list(schedule.columns)}, shared ${list(schedule.shared)}`;
    case "contraction": {
      const { batch, rows, columns, left, right } = schedule;
      const spaces = `batch ${list(batch)}, rows ${list(rows)}, columns ${list(columns)}`;
      return `contraction: ${spaces}, left ${print(left)}, right ${print(right)}`.replaceAll(/\bat\.(\w)/g, "$1");
    }
  }
}

/** Inputs as `x: i k`, axes as `i j`. */
function scheduled(axes: string, inputs: { readonly [name: string]: string }, value: string): string[] {
  const quoted = (text: string) =>
    text
      .split(" ")
      .map((word) => `"${word}"`)
      .join(", ");
  const declared = Object.entries(inputs).map(([name, labels]) =>
    labels.startsWith("int ") ? `${name}: input.int(${quoted(labels.slice(4))})` : `${name}: input(${quoted(labels)})`,
  );
  const given = [...Object.keys(inputs), "size", "r"].join(", ");
  const tensor = tensorOf(`export const operation = tensor({
    axes: [${quoted(axes)}],
    params: { r: int({ min: 1 }) },
    inputs: { ${declared.join(", ")} },
    value: ({ ${given} }, { ${axes.replaceAll(" ", ", ")} }) => ${value},
  });`);
  return [...linesOf(tensor), wordsOf(scheduleTensor(tensor))];
}

test("no reduction: map", () => {
  expect(scheduled("i j", { x: "i j", w: "int j" }, "2 * x(i, j) + w(j)")).toMatchInlineSnapshot(`
    [
      "value = 2 * x(i, j) + w(j)",
      "map",
    ]
  `);
});

test("a reduction that whole rows share: reduce", () => {
  const value = "x(i, j) - mean(size.j, (k) => x(i, k))";
  expect(scheduled("i j", { x: "i j" }, value)).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.j of x(i, sum0.k)",
      "value = x(i, j) - sum0 / size.j",
      "reduce: rows i, columns j, shared sum0",
    ]
  `);
});

test("a reduction of each element along memory: reduce without columns", () => {
  expect(scheduled("i j", { x: "i j k" }, "max(size.k, (k) => x(i, j, k))")).toMatchInlineSnapshot(`
    [
      "max0 = max over max0.k < size.k of x(i, j, max0.k)",
      "value = max0",
      "reduce: rows i j, columns none, shared max0",
    ]
  `);
});

test("a reduction of each element across memory: map", () => {
  const value = "mean(r, r, (a, b) => x(r * i + a, r * j + b, c))";
  expect(scheduled("i j c", { x: "rows columns c" }, value)).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.a < r, sum0.b < r of x(r * i + sum0.a, r * j + sum0.b, c)",
      "value = sum0 / r ** 2",
      "map",
    ]
  `);
});

test("one result for all: reduce without rows", () => {
  expect(scheduled("i", { x: "k" }, "i * sum(size.k, (k) => x(k))")).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.k of x(sum0.k)",
      "value = i * sum0",
      "reduce: rows none, columns i, shared sum0",
    ]
  `);
});

test("two reductions, one of which reads the other: both shared", () => {
  const value = `{
    const top = max(size.j, (k) => x(i, k));
    return Math.exp(x(i, j) - top) / sum(size.j, (k) => Math.exp(x(i, k) - top));
  }`;
  expect(scheduled("i j", { x: "i j" }, value)).toMatchInlineSnapshot(`
    [
      "max0 = max over max0.k < size.j of x(i, max0.k)",
      "sum1 = sum over sum1.k < size.j of exp(x(i, sum1.k) - max0)",
      "value = exp(x(i, j) - max0) / sum1",
      "reduce: rows i, columns j, shared max0 sum1",
    ]
  `);
});

test("two reductions, one of rows and one of elements: the row's is shared, the other a loop", () => {
  const value = "sum(size.k, (k) => x(i, k)) * sum(size.k, (k) => x(i, k) * w(k, j))";
  expect(scheduled("i j", { x: "i k", w: "k j" }, value)).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.k of x(i, sum0.k)",
      "sum1 = sum over sum1.k < size.k of x(i, sum1.k) * w(sum1.k, j)",
      "value = sum0 * sum1",
      "reduce: rows i, columns j, shared sum0",
    ]
  `);
});

test("two reductions of different axes: the first of the fewest axes makes the rows", () => {
  const value = "sum(size.k, (k) => x(i, k)) + sum(size.k, (k) => y(j, k))";
  expect(scheduled("i j", { x: "i k", y: "j k" }, value)).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.k of x(i, sum0.k)",
      "sum1 = sum over sum1.k < size.k of y(j, sum1.k)",
      "value = sum0 + sum1",
      "reduce: rows i, columns j, shared sum0",
    ]
  `);
});

test("a reduction inside another: one shared loop in the other's", () => {
  const value = "max(size.k, (k) => sum(size.m, (m) => x(i, k, m)))";
  expect(scheduled("i", { x: "i k m" }, value)).toMatchInlineSnapshot(`
    [
      "sum1 = sum over sum1.m < size.m of x(i, max0.k, sum1.m)",
      "max0 = max over max0.k < size.k of sum1",
      "value = max0",
      "map",
    ]
  `);
});

test("a product of two that read different axes: contraction", () => {
  expect(scheduled("t c", { x: "t k", w: "c k" }, "sum(size.k, (k) => x(t, k) * w(c, k))")).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.k of x(t, sum0.k) * w(c, sum0.k)",
      "value = sum0",
      "contraction: batch none, rows t, columns c, left x(t, sum0.k), right w(c, sum0.k)",
    ]
  `);
});

test("swapped factors: the one that reads the last axis is the right one", () => {
  expect(scheduled("t c", { x: "t k", w: "c k" }, "sum(size.k, (k) => w(c, k) * x(t, k))")).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.k of w(c, sum0.k) * x(t, sum0.k)",
      "value = sum0",
      "contraction: batch none, rows t, columns c, left x(t, sum0.k), right w(c, sum0.k)",
    ]
  `);
});

test("axes that both factors read: batch", () => {
  const value = "sum(size.k, (k) => a(b, h, i, k) * w(b, h, k, j))";
  expect(scheduled("b h i j", { a: "b h i k", w: "b h k j" }, value)).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.k of a(b, h, i, sum0.k) * w(b, h, sum0.k, j)",
      "value = sum0",
      "contraction: batch b h, rows i, columns j, left a(b, h, i, sum0.k), right w(b, h, sum0.k, j)",
    ]
  `);
});

test("axes in any order: rows between columns", () => {
  const value = "sum(size.k, (k) => a(j, k) * w(i, k, c))";
  expect(scheduled("i j c", { a: "j k", w: "i k c" }, value)).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.k of a(j, sum0.k) * w(i, sum0.k, c)",
      "value = sum0",
      "contraction: batch none, rows j, columns i c, left a(j, sum0.k), right w(i, sum0.k, c)",
    ]
  `);
});

test("several ranges, a coefficient, three factors and an epilogue", () => {
  const value =
    "Math.tanh(sum(3, 3, size.k, (a, b, k) => 0.5 * w(c, a, b, k) * x(Math.min(y + a, size.y - 1), b, k) * g(c)) + y)";
  expect(scheduled("y c", { x: "y b k", w: "c a b k", g: "c" }, value)).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.a < 3, sum0.b < 3, sum0.k < size.k of 0.5 * w(c, sum0.a, sum0.b, sum0.k) * x(min(y + sum0.a, size.y - 1), sum0.b, sum0.k) * g(c)",
      "value = tanh(sum0 + y)",
      "contraction: batch none, rows y, columns c, left 0.5 * x(min(y + sum0.a, size.y - 1), sum0.b, sum0.k), right w(c, sum0.a, sum0.b, sum0.k) * g(c)",
    ]
  `);
});

test("a prologue that is no product stays whole in its factor", () => {
  const value = "sum(size.k, (k) => (x(t, k) + s(t)) * Math.exp(w(c, k)))";
  expect(scheduled("t c", { x: "t k", s: "t", w: "c k" }, value)).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.k of (x(t, sum0.k) + s(t)) * exp(w(c, sum0.k))",
      "value = sum0",
      "contraction: batch none, rows t, columns c, left x(t, sum0.k) + s(t), right exp(w(c, sum0.k))",
    ]
  `);
});

test("a body that is no product: reduce", () => {
  expect(scheduled("t c", { x: "t k", w: "c k" }, "sum(size.k, (k) => x(t, k) - w(c, k))")).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.k of x(t, sum0.k) - w(c, sum0.k)",
      "value = sum0",
      "reduce: rows t c, columns none, shared sum0",
    ]
  `);
});

test("the largest product: reduce, since only sums are contractions", () => {
  expect(scheduled("t c", { x: "t k", w: "c k" }, "max(size.k, (k) => x(t, k) * w(c, k))")).toMatchInlineSnapshot(`
    [
      "max0 = max over max0.k < size.k of x(t, max0.k) * w(c, max0.k)",
      "value = max0",
      "reduce: rows t c, columns none, shared max0",
    ]
  `);
});

test("factors that read all axes alike: reduce", () => {
  const value = "sum(size.k, (k) => a(i, j, k) * b(i, j, k))";
  expect(scheduled("i j", { a: "i j k", b: "i j k" }, value)).toMatchInlineSnapshot(`
    [
      "sum0 = sum over sum0.k < size.k of a(i, j, sum0.k) * b(i, j, sum0.k)",
      "value = sum0",
      "reduce: rows i j, columns none, shared sum0",
    ]
  `);
});

test("a square, and a factor without axes: reduce", () => {
  expect(scheduled("i", { x: "i k" }, "sum(size.k, (k) => x(i, k) * x(i, k))").at(-1)).toMatchInlineSnapshot(
    `"reduce: rows i, columns none, shared sum0"`,
  );
  expect(scheduled("i", { x: "i k", y: "k" }, "sum(size.k, (k) => x(i, k) * y(k))").at(-1)).toMatchInlineSnapshot(
    `"reduce: rows i, columns none, shared sum0"`,
  );
});

test("an axis that no factor reads: reduce, and the row's elements follow", () => {
  const value = "sum(size.k, (k) => x(t, k) * w(c, k)) + i";
  expect(scheduled("i t c", { x: "t k", w: "c k" }, value).at(-1)).toMatchInlineSnapshot(
    `"reduce: rows t c, columns i, shared sum0"`,
  );
});

test("a product of a matrix with its own transpose: contraction", () => {
  expect(scheduled("i j", { x: "i k" }, "sum(size.k, (k) => x(i, k) * x(j % size.i, k))").at(-1)).toMatchInlineSnapshot(
    `"contraction: batch none, rows i, columns j, left x(i, sum0.k), right x(j % size.i, sum0.k)"`,
  );
});
