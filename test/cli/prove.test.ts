/** `mscc prove`: what each question answers, and how a counterexample reads. */
import { describe, expect, it } from "vitest";
import { folderWith, mscc, recorder } from "./mscc.js";
import { files, prove } from "./prove-patterns.js";

describe("proved", () => {
  it("says for what it holds", async () => {
    const asked = ["--causal", "t", "--nonempty", "--within", "forgetful", "--disjoint", "p.ts#future"];
    const { code, out } = await prove(["p.ts", "near", ...asked, "--set", "radius=2"]);
    expect(out).toMatchInlineSnapshot(`
      "proved: no query of near sees a key at a later t
        for every grid, every query and key, and all params within their bounds (radius=2, frames >= 1)

      proved: every query of near sees a key
        for every grid, every query, and all params within their bounds (radius=2, frames >= 1)

      proved: every pair that attends in near attends in forgetful
        for every grid, every query and key, and all params within their bounds (radius=2, frames >= 1)

      proved: no pair attends in both near and p.ts#future
        for every grid, every query and key, and all params within their bounds (radius=2, frames >= 1)
      "
    `);
    expect(code).toBe(0);
  });

  it("says that floats are treated as real numbers", async () => {
    const { code, out } = await prove(["s.ts", "steep", "--within", "flat"]);
    expect(out).toMatchInlineSnapshot(`
      "proved: every pair that attends in steep attends in flat
        for every grid, every query and key, and all params within their bounds (alpha >= 0)
        note: floats are treated as real numbers: their rounding is not part of the proof
      "
    `);
    expect(code).toBe(0);
  });
});

describe("refuted", () => {
  it("shows what a pattern forgot", async () => {
    const { code, out } = await prove(["p.ts", "forgetful", "--causal", "t", "--set", "frames=2"]);
    expect(out).toMatchInlineSnapshot(`
      "refuted: "no query of forgetful sees a key at a later t"

        The smallest counterexample found:

          grid    t=2, y=1, x=1
          params  frames=2, radius=0
          query   t=0, y=0, x=0
          key     t=1, y=0, x=0

        The query sees this key, which lies 1 later on t.

        The grid: one panel for each t, y runs down, x runs to the right.

          t=0   t=1
          Q     K

          Q  the query, which sees its own place
          K  the key
      "
    `);
    expect(code).toBe(1);
  });

  it("shows two grids", async () => {
    const { code, out } = await prove(["more/coarse.ts", "--nonempty"]);
    expect(out).toMatchInlineSnapshot(`
      "refuted: "every query of rows sees a key"

        The smallest counterexample found:

          grid    t=1, y=1 of the queries
                  t=1, z=1 of the keys
          params  r=1
          query   t=0, y=0

        The query does not see the only key of the grid.

        The grid of the keys: t runs down, z runs to the right. The query is at t=0, y=0 of its own grid.

          .

          .  keys that the query does not see
      "
    `);
    expect(code).toBe(1);
  });

  it("shows which of two patterns has the pair", async () => {
    const { code, out } = await prove(["p.ts", "forgetful", "--equals", "near", "--disjoint", "future"]);
    expect(out).toMatchInlineSnapshot(`
      "refuted: "forgetful and near have the same pairs"

        The smallest counterexample found:

          grid    t=2, y=1, x=1
          params  frames=1, radius=0
          query   t=0, y=0, x=0
          key     t=1, y=0, x=0

        This pair attends in forgetful, and not in near.

        The grid: one panel for each t, y runs down, x runs to the right.

          t=0   t=1
          Q     K

          Q  the query, which sees its own place in both patterns
          K  the key

      refuted: "no pair attends in both forgetful and future"

        The smallest counterexample found:

          grid    t=2, y=1, x=1
          params  frames=1, radius=0
          query   t=0, y=0, x=0
          key     t=1, y=0, x=0

        This pair attends in both forgetful and future.

        The grid: one panel for each t, y runs down, x runs to the right.

          t=0   t=1
          Q     K

          Q  the query, which sees its own place in forgetful only
          K  the key
      "
    `);
    expect(code).toBe(1);
  });

  it("shows head and batch, and tables of several dimensions", async () => {
    const { code, out } = await prove(["heads.ts", "--causal", "x"]);
    expect(out.split("\n").slice(4, 13).join("\n")).toMatchInlineSnapshot(`
      "    grid   t=1, x=2
          query  t=0, x=0
          key    t=0, x=1
          head   0 (of 1, counted from 0)
          batch  1 (of 2, counted from 0)
          reach  [1]
          seen   [[0, 1]]

        The query sees this key, which lies 1 later on x."
    `);
    expect(code).toBe(1);
  });

  it("shows tables, and params that do not matter", async () => {
    const { code, out } = await prove(["s.ts", "documents", "--causal", "i"]);
    expect(out).toMatchInlineSnapshot(`
      "refuted: "no query of documents sees a key at a later i"

        The smallest counterexample found:

          grid      i=2
          params    alpha=any
          query     i=0
          key       i=1
          document  [0, 0]

        The query sees this key, which lies 1 later on i.

        The grid: i runs to the right.

          Q K

          Q  the query, which sees its own place
          K  the key
      "
    `);
    expect(code).toBe(1);
  });
});

describe("unknown", () => {
  const asked = ["s.ts", "last", "--within", "decay", "--time-limit", "0.3"];
  it("says what was tried, and exits with 3", async () => {
    const { code, out } = await prove(asked);
    expect(out).toMatchInlineSnapshot(`
      "unknown: "every pair that attends in last attends in decay"
        it fails for real numbers, but no 32-bit values were found for which it does; little is known of
          Math.exp
        help: write the condition without \`Math.exp\`
      "
    `);
    expect(code).toBe(3);
  });

  it("is worse than proved, and better than refuted", async () => {
    expect((await prove([...asked, "--nonempty"])).code).toBe(3);
    expect((await prove([...asked, "--causal", "i"])).code).toBe(1);
  });
});

it("colours verdicts on a terminal", async () => {
  const folder = folderWith(files);
  const stdout = recorder(true);
  const env = { MSCC_CACHE: `${folder}/cache` };
  await mscc(folder, ["prove", "s.ts", "last", "--nonempty"], { stdout, env });
  expect(stdout.text()).toContain("\u001b[1;32mproved\u001b[0m: every query of last sees a key");
});
