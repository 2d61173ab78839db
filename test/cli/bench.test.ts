/** `mscc bench` without a GPU: what it refuses, what it says, and how it divides its time. */
import { describe, expect, it } from "vitest";
import { wgslTarget } from "../../backends/wgsl/index.js";
import type { Benchmark, BenchRequest, Circumstances } from "../../cli/bench/bench.js";
import { densePattern, slabOf } from "../../cli/bench/dense.js";
import { benchLines } from "../../cli/bench/report.js";
import { median, repeatsFor, roundsWithin, timeInTurn } from "../../cli/bench/timing.js";
import { readDeclared } from "../../cli/declared.js";
import { compileAttention } from "../../compiler/compile.js";
import { cross, folderWith, lightCone, mscc, pair, recorder } from "./mscc.js";

const axes = { query: ["t", "y", "x"], key: ["t", "y", "x"], shared: true };
const request: BenchRequest = {
  size: { q: [8, 32, 32], k: [8, 32, 32] },
  params: { frames: 3, radius: 2, speed: 1 },
  tables: {},
  heads: 2,
  keyHeads: 2,
  headDim: 64,
  kind: { dtype: "f32" },
};
const benchmark: Benchmark = {
  variant: "lightCone",
  grid: request.size,
  heads: 2,
  headDim: 64,
  dtype: "f32",
  profile: "subgroups",
  milliseconds: 123.456,
  usefulFlops: 0.5e9,
  visitedFlops: 1.5e12,
  denseMilliseconds: 4567.8,
};
const around: Circumstances = {
  adapter: "some adapter",
  kind: "subgroups of 8",
  rounds: 5,
  tiles: { query: [2, 4, 4], key: [1, 4, 8] },
  denseShare: 1,
  speedup: 37,
  drawn: [],
};

describe("what it says", () => {
  it("is times, rates and dense attention beside it", () => {
    expect(`\n${benchLines(axes, request, benchmark, around).join("\n")}\n`).toMatchInlineSnapshot(`
      "
      lightCone: grid t=8,y=32,x=32, frames=3, radius=2, speed=1, heads 2, head dim 64, f32
      some adapter, subgroups of 8
        time     123 ms, median of 5 warm runs
        useful   0.00405 TFLOP/s: 0.500 GFLOP, of the pairs that attend
        visited  12.2 TFLOP/s: 1.50 TFLOP, of the pairs that are computed
        dense    4,568 ms by the same kernel without a mask, 37.0 times as long
        tiles    2 x 4 x 4 queries, 1 x 4 x 8 keys, chosen for this grid
      "
    `);
  });

  it("names fewer key heads, a grid of keys, drawn tables, and a part that stands for the whole", () => {
    const two = { query: ["x"], key: ["z"], shared: false };
    const given = { ...request, size: { q: [9], k: [4] }, params: { slope: 0.1 }, heads: 4 };
    const circumstances = { ...around, denseShare: 1 / 64, speedup: 0.5, drawn: ["bias", "slope"] };
    expect(`\n${benchLines(two, given, benchmark, circumstances).join("\n")}\n`).toMatchInlineSnapshot(`
      "
      lightCone: grid x=9, keys z=4, slope=0.1, heads 4/2, head dim 64, f32
      some adapter, subgroups of 8
        time     123 ms, median of 5 warm runs
        useful   0.00405 TFLOP/s: 0.500 GFLOP, of the pairs that attend
        visited  12.2 TFLOP/s: 1.50 TFLOP, of the pairs that are computed
        dense    4,568 ms by the same kernel without a mask, 2.00 times as fast, from the time of 1.56 % of its queries
        tiles    2 x 4 x 4 queries, 1 x 4 x 8 keys, chosen for this grid
        Tables drawn at random within their promises: bias, slope
      "
    `);
  });
});

describe("how it divides its time", () => {
  it("takes the middle", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7]);
  });

  it("puts short launches together, and runs long ones fewer times", () => {
    expect([0, 0.1, 7, 20, 5000].map(repeatsFor)).toEqual([1000, 200, 3, 1, 1]);
    expect([1, 1500, 2500, 20_000].map((once) => roundsWithin(10_000, once))).toEqual([9, 5, 3, 3]);
  });

  it("runs in turn, each round from the next one on", async () => {
    const order: string[] = [];
    const timer = (name: string, time: number) => async () => {
      order.push(name);
      return time;
    };
    const rows = await timeInTurn([timer("a", 1), timer("b", 2)], 3);
    expect([order.join(""), rows]).toEqual([
      "abbaab",
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
    ]);
  });

  it("cuts the queries of dense attention from the outermost axis inwards, in whole tiles", () => {
    const tile = [1, 4, 8];
    expect(slabOf([8, 32, 32], tile, 2)).toEqual({ extents: [8, 32, 32], share: 1 });
    expect(slabOf([8, 32, 32], tile, 0.3)).toEqual({ extents: [2, 32, 32], share: 0.25 });
    expect(slabOf([8, 32, 32], tile, 1 / 32)).toEqual({ extents: [1, 8, 32], share: 1 / 32 });
    expect(slabOf([8, 30, 30], tile, 1e-9)).toEqual({ extents: [1, 4, 8], share: 1 / 256 });
    expect(slabOf([3, 3], [4, 8], 0.5)).toEqual({ extents: [3, 3], share: 1 });
  });

  it("makes of a pattern dense attention on its axes", async () => {
    const io = { stdout: recorder(), stderr: recorder(), cwd: folderWith({ "p.ts": pair }) };
    const { patterns } = await readDeclared("p.ts", ["documents"], { io, argv: [], exitWith: () => {} });
    const [documents] = patterns;
    if (!documents) throw new Error("not read");
    const { plan } = compileAttention(densePattern(documents), { target: wgslTarget });
    expect([plan.dense, plan.pattern.axes.query, plan.pattern.tables]).toEqual([true, ["x"], []]);
  });
});

describe("what it refuses", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    [pair, ["near", "--grid", "x=9", "--heads", "3/2"], "error bench-heads: --heads: '3/2' is neither"],
    [
      pair,
      ["near", "--grid", "x=9", "--dtype", "bf16"],
      "error target-other: --dtype bf16 is of kernels for the target cuda",
    ],
    [pair, ["near", "--grid", "x=9", "--profile", "fast"], "error choice-unknown: --profile: 'fast' is not known"],
    [pair, ["near", "--grid", "x=9", "--format", "xml"], "error choice-unknown: --format: 'xml' is not known"],
    [pair, ["near", "--grid", "x=9", "--head-dim", "8,16"], "error head-dim-one"],
    [pair, ["near", "--grid", "t=9"], "error grid-unknown-axis: --grid: near has no axis 't'"],
    [pair, ["near", "--grid", "x=9", "--set", "reach=10"], "error set-out-of-bounds"],
    [pair, ["near", "--grid", "x=9", "--table", "bias=b.npy"], "error table-not-declared"],
    [pair, ["documents", "--grid", "x=9"], "error table-not-given: a table of documents without values: bias"],
    [pair, ["--grid", "x=9"], "error several-variants: 'p.ts' exports 2 patterns, and `bench` works on one"],
    [lightCone, ["--grid", "t=2,y=2,x=2", "--set", "frames=1"], "error set-missing: a param of lightCone"],
    [cross, ["--grid", "x=9"], "error grid-key-missing: halves has a grid of queries and a grid of keys"],
    [pair, ["near", "--grid", "x=9", "--key-grid", "x=9"], "error grid-shared"],
    [lightCone, ["--grid", "t=2147483647,y=1,x=1", "--set", "frames=1", "--set", "speed=9"], "error integer-overflow"],
  ];
  it.each(cases)("%# %j", async (source, argv, want) => {
    const { code, out, err } = await mscc(folderWith({ "p.ts": source }), ["bench", "p.ts", ...argv]);
    expect(err).toContain(want);
    expect([code, out]).toEqual([1, ""]);
  });
});
