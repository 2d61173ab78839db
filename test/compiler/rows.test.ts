/** Expressions as rows of plain data: every plan comes back as it was, by identity, and shared parts stand once. */
import { expect, it } from "vitest";
import { add, int, intVar, mul, nodesOf } from "../../compiler/ir/expression.js";
import { fromRows, toRows } from "../../compiler/ir/rows.js";
import { variants } from "../conformance/variants.js";

it.each([...variants.keys()])("the plan of %s survives JSON", (name) => {
  const { pattern, tiles, forward, backward, score } = variants.get(name)?.plan ?? expect.fail();
  const { attend, tables } = pattern;
  const value = { attend, tables, tiles, forward, backward, score };
  const stored = JSON.parse(JSON.stringify(toRows(value))) as ReturnType<typeof toRows<typeof value>>;
  const got = fromRows(stored);
  expect(got).toEqual(value);
  expect(got.attend).toBe(attend);
  expect(got.forward.regions.map(({ full }) => full)).toEqual(forward.regions.map(({ full }) => full));
  for (const [i, { loops }] of got.forward.regions.entries()) {
    for (const [j, loop] of loops.entries()) expect(loop.lower).toBe(forward.regions[i]?.loops[j]?.lower);
  }
});

it("what is shared stands once", () => {
  let e = intVar("q.t");
  for (let i = 0; i < 40; i++) e = add(mul(e, e), int(1));
  const { rows, value } = toRows({ e });
  expect(rows.length).toBe(nodesOf(e).length);
  expect(value).toEqual({ e: { row: rows.length - 1 } });
  expect(fromRows({ rows, value })).toEqual({ e });
  expect(rows.slice(0, 4)).toEqual([
    { kind: "var", type: "int", name: "q.t" },
    { kind: "binary", op: "mul", a: 0, b: 0 },
    { kind: "const", type: "int", value: 1 },
    { kind: "binary", op: "add", a: 1, b: 2 },
  ]);
});
