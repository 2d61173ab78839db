/** The reference of tensor operations: what it computes, and each of its refusals. */
import { expect, test } from "vitest";
import { input, int, max, mean, sum, tensor, tensorReference } from "../../dsl/index.js";

const pooled = tensor({
  axes: ["y", "c"],
  params: { r: int({ min: 1, default: 2 }) },
  inputs: { x: input("rows", "c") },
  value: ({ x, r, size }, { y, c }) => mean(r, (d) => x(Math.min(r * y + d, size.rows - 1), c)),
});
const x = { shape: [3, 2], data: [1, 2, 3, 4, 5, 6] };

test("every element of the output, defaults of params, axes that no input ties", () => {
  const { shape, data } = tensorReference(pooled, { inputs: { x }, size: { y: 2 } });
  expect(shape).toEqual([2, 2]);
  expect([...data]).toEqual([2, 3, 5, 6]);
  expect([...tensorReference(pooled, { inputs: { x }, size: { y: 3 }, params: { r: 1 } }).data]).toEqual(x.data);
});

test("reductions in float64", () => {
  const both = tensor({
    axes: ["c"],
    inputs: { x: input("rows", "c") },
    value: ({ x, size }, { c }) => sum(size.rows, (r) => x(r, c)) + max(size.rows, (r) => x(r, c)) / 3,
  });
  expect([...tensorReference(both, { inputs: { x } }).data]).toEqual([9 + 5 / 3, 12 + 2]);
});

const square = tensor({
  axes: ["i"],
  inputs: { a: input("i", "i"), b: input("i") },
  value: ({ a, b }, { i }) => a(i, i) + b(i),
});
const pair = (n: number, m: number, k: number) => ({
  a: { shape: [n, m], data: new Float32Array(n * m) },
  b: { shape: [k], data: new Float32Array(k) },
});

test.each([
  ["a missing input", () => tensorReference(pooled, { inputs: {}, size: { y: 1 } }), "input 'x' has no values"],
  [
    "a wrong rank",
    () => tensorReference(pooled, { inputs: { x: { shape: [6], data: x.data } }, size: { y: 1 } }),
    "input 'x' has 1 dimensions, expected 2 (rows,c)",
  ],
  [
    "an axis without extent",
    () => tensorReference(pooled, { inputs: { x } }),
    "no input gives axis 'y' its extent: give it as `size`",
  ],
  [
    "a size that an input contradicts",
    () => tensorReference(pooled, { inputs: { x }, size: { y: 1, c: 3 } }),
    "dimension 'c' of input 'x' is 2, and 3 elsewhere",
  ],
  [
    "equal labels of unequal extents",
    () => tensorReference(square, { inputs: pair(2, 3, 2) }),
    "dimension 'i' of input 'a' is 3, and 2 elsewhere",
  ],
  [
    "inputs that disagree",
    () => tensorReference(square, { inputs: pair(2, 2, 3) }),
    "dimension 'i' of input 'b' is 3, and 2 elsewhere",
  ],
  [
    "an index outside an input",
    () =>
      tensorReference(tensor({ axes: ["i"], inputs: { x: input("i") }, value: ({ x }, { i }) => x(i + 1) }), {
        inputs: { x: { shape: [2], data: [1, 2] } },
      }),
    "index 2 of input 'x' is outside 0..1 (dimension 'i')",
  ],
])("refuses %s", (_, run, message) => {
  expect(run).toThrow(message);
});
