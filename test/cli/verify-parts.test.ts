/** The parts of `mscc verify` that need no GPU: drawn tables, the plain computation, the verdict. */
import { describe, expect, it } from "vitest";
import { compare } from "../../cli/verify/compare.js";
import { drawOperand, drawTables } from "../../cli/verify/draw.js";
import { executeDeclaration } from "../../cli/verify/execute.js";
import { plainAttention } from "../../cli/verify/plain.js";
import { sceneOf } from "../../cli/verify/verify.js";
import { attention, int, reference, table } from "../../dsl/index.js";
import { throughHalves } from "../../runtime/half.js";
import { cross, folderWith, mscc, pair } from "./mscc.js";

const pattern = attention({
  axes: ["y", "x"],
  params: { reach: int({ min: 0 }) },
  tables: {
    document: table.int("x", { min: 5, sorted: true }),
    slope: table("head", { min: 0.25, max: 0.5 }),
    bias: table("dy", "dx"),
  },
  attend: ({ q, k, reach, document }) => Math.abs(q.y - k.y) <= reach && document(q.x) === document(k.x),
  score: ({ s, q, k, head, reach, slope, bias }) => s + slope(head) * bias(q.y - k.y + reach, Math.abs(q.x - k.x)),
});

const scene = {
  size: { q: [5, 17], k: [5, 17] },
  extent: { q: [4, 17], k: [5, 15] },
  offset: { q: [1, 0], k: [0, 2] },
  batches: 2,
  heads: 6,
  keyHeads: 3,
  params: { reach: 2 },
};

describe("the scene", () => {
  const line = { name: "line", axes: { query: ["i"], key: ["i"], shared: true } };
  const scened = (size: number, query: number, key: number) => {
    const grid = [size];
    const grids = { q: grid, k: grid, queryOffset: [query], keyOffset: [key] };
    return sceneOf(line, { grids, heads: 2, keyHeads: 1, params: {} });
  };

  it("may be a small box of a large grid", () => {
    expect(scened(100_000, 99_990, 99_900)).toEqual({
      size: { q: [100_000], k: [100_000] },
      extent: { q: [10], k: [100] },
      offset: { q: [99_990], k: [99_900] },
      batches: 2,
      heads: 2,
      keyHeads: 1,
      params: {},
    });
  });

  it("has not too many pairs, and lies within the grid", () => {
    expect(() => scened(100_000, 0, 99_900)).toThrow("the grid has 40000000 pairs of positions to compare");
    expect(() => scened(100_000, 100_000, 0)).toThrow("lies outside the grid, whose extent is 100000");
  });

  it("that is refused executes nothing, and does not say so", async () => {
    const folder = folderWith({ "p.ts": cross });
    const { code, out, err } = await mscc(folder, ["verify", "p.ts", "--grid", "x=9"]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(
      /^error grid-key-missing: halves has a grid of queries and a grid of keys, and only one is given/,
    );
  });
});

describe("drawn tables", () => {
  const tables = drawTables(pattern, scene, {}, 7);
  const dataOf = (name: string) => Array.from(tables[name]?.data ?? []);

  it("have tied extents where labels tie them, and reach as far as the pattern looks elsewhere", () => {
    expect(tables.document?.shape).toEqual([17]);
    expect(tables.slope?.shape).toEqual([6]);
    const farthest = Math.max(
      ...dataOf("document").flatMap((value, x, all) =>
        all.flatMap((other, i) => (other === value ? [Math.abs(x - i)] : [])),
      ),
    );
    expect(tables.bias?.shape).toEqual([5, farthest + 1]);
  });

  it("keep their promises", () => {
    const document = dataOf("document");
    expect(document.every((value, i) => Number.isInteger(value) && value >= (document[i - 1] ?? 5))).toBe(true);
    expect(new Set(document).size).toBeGreaterThan(2);
    expect(dataOf("slope").every((value) => value >= 0.25 && value <= 0.5)).toBe(true);
  });

  it("follow the seed, and leave alone what is given", () => {
    expect(drawTables(pattern, scene, {}, 7)).toEqual(tables);
    expect(drawTables(pattern, scene, {}, 8)).not.toEqual(tables);
    const slope = { shape: [6], data: [1, 2, 3, 4, 5, 6] };
    expect(drawTables(pattern, scene, { slope }, 7)).toEqual({ ...tables, slope });
  });
});

describe("the plain computation", () => {
  it("equals the reference but for rounding", () => {
    const tables = drawTables(pattern, scene, {}, 7);
    const operand = (which: number, shape: readonly number[]) => ({ shape, data: drawOperand(3, which, shape) });
    const q = operand(1, [2, 6, 4, 17, 8]);
    const k = operand(2, [2, 3, 5, 15, 8]);
    const v = operand(3, [2, 3, 5, 15, 3]);
    const positions = { size: scene.size, queryOffset: scene.offset.q, keyOffset: scene.offset.k };
    const want = reference(pattern, { q, k, v, params: scene.params, tables, ...positions });
    const got = plainAttention(pattern, scene, { q, k, v, tables });
    for (const part of ["output", "lse"] as const) {
      const { error, passed } = compare(got[part], got[part], want[part], [want[part].length]);
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThan(2e-6);
      expect(passed).toBe(true);
    }
  });
});

describe("the verdict", () => {
  it("names the worst element, and fails beyond rounding", () => {
    const want = [0, 1, 2, 3, 4, 5];
    expect(compare([0, 1, 2, 3, 4.001, 5], want, want, [2, 3])).toEqual({
      error: expect.closeTo(0.001, 9),
      plain: 0,
      tolerance: expect.closeTo(2e-5, 9),
      passed: false,
      at: { index: [1, 1], got: 4.001, want: 4 },
    });
    expect(compare([0, 1, 2, 3, 4, 5.00001], want, want, [6]).passed).toBe(true);
  });

  it("fails where a number is missing on either side", () => {
    expect(compare([Number.NaN, 1], [0, 1], [0, 1], [2]).passed).toBe(false);
    expect(compare([0, 1], [Number.NaN, 1], [Number.NaN, 1], [2]).passed).toBe(false);
    expect(compare([], [], [1], [1]).passed).toBe(false);
  });

  it("fails where only one side sees nothing", () => {
    const empty = -3.4028234663852886e38;
    expect(compare([empty, 1], [empty, 1], [empty, 1], [2]).passed).toBe(true);
    expect(compare([0, 1], [empty, 1], [empty, 1], [2]).passed).toBe(false);
  });

  it("allows halves one rounding more, of the result alone", () => {
    const want = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    const plain = Float32Array.from(want);
    const stored = throughHalves(plain);
    const { plain: ofPlain, tolerance, passed } = compare(stored, plain, want, [1000], "f16");
    expect(passed).toBe(true);
    // To nearest errs by half a unit: 2^-12 below 1. WGSL may round either way: the allowance is that of a whole one.
    expect(ofPlain).toBeGreaterThan(2 ** -13);
    expect(ofPlain).toBeLessThan(2 ** -12 + 1e-7);
    expect(tolerance).toBeLessThan(2 ** -10 + 1e-5);
    expect(compare(stored, plain, want, [1000]).passed).toBe(false);
    // Sums in halves would err by more.
    const sums = Float32Array.from(want, (x) => x + 2 ** -9);
    expect(compare(throughHalves(sums), plain, want, [1000], "f16").passed).toBe(false);
  });
});

describe("executing the user's file", () => {
  it("gives the declaration, with mscc and relative imports resolved", async () => {
    const folder = folderWith({ "p.ts": `export { near } from "./q.js";\nexport const other = 1;\n`, "q.ts": pair });
    const near = await executeDeclaration(`${folder}/p.ts`, "near", "p.ts", "attention");
    expect(near.attend({ q: { x: 4 }, k: { x: 6 }, reach: 2 } as never)).toBe(true);
    await expect(executeDeclaration(`${folder}/p.ts`, "other", "p.ts", "attention")).rejects.toThrow(
      "executing it gave no such pattern",
    );
  });

  it("reports what it throws", async () => {
    const folder = folderWith({ "p.ts": `${pair}\nthrow new Error("on purpose");\n` });
    await expect(executeDeclaration(`${folder}/p.ts`, "near", "p.ts", "attention")).rejects.toThrow(
      "'p.ts' could not be executed: on purpose",
    );
  });
});
