/** Slips in tensor operations are errors in the editor: each line below `@ts-expect-error` must not compile. */
import { expect, expectTypeOf, test } from "vitest";
import { float, input, int, max, mean, sum, table, tensor } from "../../dsl/index.js";

const params = { r: int({ min: 1 }), g: float() };
const inputs = { x: input("t", "k"), n: input.int("t", { exact: true }) };

const linear = tensor({
  axes: ["t", "c"],
  params,
  inputs,
  value: ({ x, size, g }, { t }) => g * sum(size.k, (k) => x(t, k)),
});

test("a declaration infers its axes, params and inputs", () => {
  type Seen = Parameters<typeof linear.value>[0];
  expectTypeOf<Seen["size"]>().toEqualTypeOf<{ readonly [label in "t" | "c" | "k"]: number }>();
  expectTypeOf<Seen["r"]>().toEqualTypeOf<number>();
  expectTypeOf<Seen["x"]>().toBeCallableWith(1, 2);
  expectTypeOf<Seen["n"]>().returns.toEqualTypeOf<number>();
  expectTypeOf<Parameters<typeof linear.value>[1]>().toEqualTypeOf<{ readonly t: number; readonly c: number }>();
  expect(Object.isFrozen(linear)).toBe(true);
  expect(linear).toMatchObject({ kind: "tensor", axes: ["t", "c"], params, exact: false });
});

test("an input is its labels, its type and whether it is exact", () => {
  expect(input("t", "c")).toEqual({ kind: "input", type: "float", labels: ["t", "c"], exact: false });
  expect(input.int("t", { exact: true })).toEqual({ kind: "input", type: "int", labels: ["t"], exact: true });
  expectTypeOf(input("t", "c").labels).toEqualTypeOf<readonly ["t", "c"]>();
});

test("what does not fit does not compile", () => {
  const axes = ["t", "c"] as const;
  // @ts-expect-error: no such axis
  tensor({ axes, inputs, value: (_, { z }) => z });
  // @ts-expect-error: no such label
  tensor({ axes, inputs, value: ({ size }) => size.q });
  // @ts-expect-error: an input that is not declared
  tensor({ axes, inputs, value: ({ y }, { t }) => y(t) });
  // @ts-expect-error: a param where none are declared
  tensor({ axes, inputs, value: ({ r }) => r });
  // @ts-expect-error: one index too few
  tensor({ axes, inputs, value: ({ x }, { t }) => x(t) });
  // @ts-expect-error: one index too many
  tensor({ axes, inputs, value: ({ n }, { t, c }) => n(t, c) });
  // @ts-expect-error: the value is a boolean
  tensor({ axes, inputs, value: ({ x }, { t }) => x(t, 0) > 0 });
  // @ts-expect-error: an index is read-only
  tensor({ axes, inputs, value: (_, at) => ++at.t });
  // @ts-expect-error: a reserved name
  tensor({ axes, inputs: { size: input("t") }, value: () => 1 });
  // @ts-expect-error: a reserved name
  tensor({ axes, inputs: { output: input("t") }, value: () => 1 });
  // @ts-expect-error: a reserved name
  tensor({ axes, inputs, params: { size: int() }, value: () => 1 });
  // @ts-expect-error: an input is declared by `input`
  tensor({ axes, inputs: { x: table("t") }, value: () => 1 });
  // @ts-expect-error: no axes
  tensor({ axes: [], inputs, value: () => 1 });
  // @ts-expect-error: no inputs
  tensor({ axes, value: () => 1 });
  // @ts-expect-error: no value
  tensor({ axes, inputs });
  // @ts-expect-error: a label is a string
  input(3);
  // @ts-expect-error: no labels
  expect(input().labels).toEqual([]);
});

test("reductions take extents, then a function of as many indices", () => {
  expect(sum(3, (i) => i)).toBe(3);
  expect(mean(2, 3, (i, j) => 10 * i + j)).toBe(6);
  expect(max(2, 2, 2, (i, j, k) => i - j + k)).toBe(2);
  expect(sum(2, 2, 2, 2, (i, j, k, h) => i * j * k * h)).toBe(1);
  expect(() => sum(0, () => 1)).toThrow("a range of sum has extent 0, expected a positive integer");
  expect(() => mean(2, 1.5, () => 1)).toThrow("a range of mean has extent 1.5, expected a positive integer");
  // @ts-expect-error: the function comes last
  expect(() => sum((i: number) => i, 3)).toThrow();
  // @ts-expect-error: two indices of one range
  sum(3, (i: number, j: number) => i + j);
  // @ts-expect-error: a boolean cannot be added
  sum(3, (i) => i > 1);
});
