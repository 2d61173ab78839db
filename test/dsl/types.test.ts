/** Slips are errors in the editor: each line below `@ts-expect-error` must not compile. `tsc -p tsconfig.test.json` checks it. */
import { expect, expectTypeOf, test } from "vitest";
import { type At, attention, float, int, type ScoreAt, table } from "../../dsl/index.js";

const params = { radius: int({ min: 0 }), gain: float() };
const tables = { words: table.int("i", { sorted: true }), bias: table("dy", "dx", { min: -1, max: 1 }) };

const near = attention({ axes: ["t", "y"], params, tables, attend: ({ q, k, radius }) => q.t - k.t <= radius });

test("a declaration infers its axes, params and tables", () => {
  type Seen = Parameters<typeof near.attend>[0];
  expectTypeOf<Seen["q"]>().toEqualTypeOf<{ readonly t: number; readonly y: number }>();
  expectTypeOf<Seen["radius"]>().toEqualTypeOf<number>();
  expectTypeOf<Seen["bias"]>().toBeCallableWith(1, 2);
  expectTypeOf<Seen["words"]>().returns.toEqualTypeOf<number>();
  expectTypeOf<Seen>().not.toHaveProperty("s");
  expectTypeOf<Parameters<NonNullable<typeof near.score>>[0]["s"]>().toEqualTypeOf<number>();
  expect(Object.isFrozen(near)).toBe(true);
});

test("query and key axes are apart where they are declared apart", () => {
  const cross = attention({ axes: { query: ["y", "x"], key: ["t"] }, attend: ({ q, k }) => q.x >= k.t });
  type Seen = Parameters<typeof cross.attend>[0];
  expectTypeOf<Seen["q"]>().toEqualTypeOf<{ readonly y: number; readonly x: number }>();
  expectTypeOf<Seen["size"]["k"]>().toEqualTypeOf<{ readonly t: number }>();
  // @ts-expect-error: t is an axis of the keys only
  attention({ axes: { query: ["y", "x"], key: ["t"] }, attend: ({ q, k }) => q.t >= k.t });
});

test("what does not fit does not compile", () => {
  const axes = ["t", "y"] as const;
  // @ts-expect-error: no such axis
  attention({ axes, attend: ({ q, k }) => q.z >= k.t });
  // @ts-expect-error: no such axis in the extents
  attention({ axes, attend: ({ q, size }) => q.t < size.k.x });
  // @ts-expect-error: a param that is not declared
  attention({ axes, params, attend: ({ q, raduis }) => q.t < raduis });
  // @ts-expect-error: a param where none are declared
  attention({ axes, attend: ({ q, radius }) => q.t < radius });
  // @ts-expect-error: one index too few
  attention({ axes, tables, attend: ({ q, bias }) => bias(q.y) > 0 });
  // @ts-expect-error: one index too many
  attention({ axes, tables, attend: ({ q, words }) => words(q.y, q.t) > 0 });
  // @ts-expect-error: an index that is no number
  attention({ axes, tables, attend: ({ q, words }) => words(q) > 0 });
  // @ts-expect-error: attend gives a number
  attention({ axes, attend: ({ q, k }) => q.t - k.t });
  // @ts-expect-error: score gives a boolean
  attention({ axes, attend: () => true, score: ({ s }) => s > 0 });
  // @ts-expect-error: the logit is not there in attend
  attention({ axes, attend: ({ s }) => s > 0 });
  // @ts-expect-error: positions are read-only
  attention({ axes, attend: ({ q }) => ++q.t > 0 });
  // @ts-expect-error: a reserved name
  attention({ axes, params: { size: int() }, attend: () => true });
  // @ts-expect-error: a reserved name
  attention({ axes, tables: { head: table("t") }, attend: () => true });
  // @ts-expect-error: a param is declared by int or float
  attention({ axes, params: { radius: 3 }, attend: () => true });
  // @ts-expect-error: no axes
  attention({ axes: [], attend: () => true });
  // @ts-expect-error: attend is missing
  attention({ axes });
  // @ts-expect-error: bounds are numbers
  int({ min: "1" });
  // @ts-expect-error: no such option
  float({ minimum: 1 });
  // @ts-expect-error: a table has a dimension
  table();
  // @ts-expect-error: no such promise
  table("t", { increasing: true });
  // @ts-expect-error: extents are a function
  table("dy", { extents: [3] });
  // @ts-expect-error: an extent that is no number
  table("dy", { extents: ({ radius }) => [radius > 2] });
  // @ts-expect-error: no array
  table("dy", { extents: ({ radius }) => 2 * radius + 1 });
});

test("extents of a table take params out by name, or state their types", () => {
  const side = ({ radius }: { readonly radius: number }) => [2 * radius + 1];
  const bias = table("head", "dy", "dx", { min: 0, extents: ({ radius }) => [2 * radius + 1, Math.max(radius, 1)] });
  const word = table.int("dy", { extents: side });
  expectTypeOf(bias.labels).toEqualTypeOf<["head", "dy", "dx"]>();
  expect([bias.promises, word.promises]).toEqual([{ min: 0 }, {}]);
  expect([bias.extents?.({ radius: 3 } as never), word.extents]).toEqual([[7, 3], side]);
});

test("composition needs what the other declares", () => {
  attention({ axes: ["t", "y"], params, tables, attend: (at) => near.attend(at) || near.attend({ ...at, radius: 2 }) });
  // @ts-expect-error: no params and tables are passed on
  attention({ axes: ["t", "y"], attend: (at) => near.attend(at) });
  // @ts-expect-error: an axis is missing
  attention({ axes: ["t"], params, tables, attend: (at) => near.attend(at) });
});

test("the argument's type can be written down", () => {
  type Axes = readonly ["i"];
  const causal = ({ q, k }: At<Axes, Record<never, never>, Record<never, never>>) => k.i <= q.i;
  const score = ({ s }: ScoreAt<Axes, Record<never, never>, Record<never, never>>) => s * 2;
  const own = attention({ axes: ["i"], attend: causal, score });
  const at = { q: { i: 2 }, k: { i: 1 }, size: { q: { i: 3 }, k: { i: 3 } }, head: 0, batch: 0 };
  expect([own.attend(at), own.score?.({ ...at, s: 3 })]).toEqual([true, 6]);
});
