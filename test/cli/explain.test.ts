/** `mscc explain`: whole texts for three patterns, the same as data, and what it refuses. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatNpy } from "../../runtime/npy.js";
import { cross, folderWith, lightCone, mscc, pair, root } from "./mscc.js";

const variant = (file: string) => readFileSync(join(root, "dsl", "variants", file), "utf8");

async function explained(source: string, argv: readonly string[], files: { readonly [name: string]: Uint8Array } = {}) {
  const folder = folderWith({ "p.ts": source, ...files });
  const { code, out, err } = await mscc(folder, ["explain", "p.ts", ...argv]);
  expect([err, code]).toEqual(["", 0]);
  return `\n${out}`;
}

describe("whole texts", () => {
  it("a light cone without a grid: the loops, and what to ask next", async () => {
    expect(await explained(lightCone, [])).toMatchInlineSnapshot(`
      "
      lightCone, p.ts:4: A token sees its past light cone: reach grows by \`speed\` tokens per frame of age.
        attend  0 <= q.t - k.t && q.t - k.t < frames && abs(q.y - k.y) <= radius + speed * (q.t - k.t) && abs(q.x - k.x) <= radius + speed * (q.t - k.t)

      What is visited: boxes of keys, for each tile of queries
        for each tile of 1 x 4 x 8 queries (t, y, x):
          for k.t in max(origin.k.t, q.t.lo + 1 - frames) .. min(last.k.t, q.t.lo)
            for k.y in max(origin.k.y, speed * (k.t.lo - q.t.lo) + q.y.lo - radius) .. min(last.k.y, speed * (q.t.lo - k.t.lo) + q.y.hi + radius), 4 at a time
              for k.x in max(origin.k.x, speed * (k.t.lo - q.t.lo) + q.x.lo - radius) .. min(last.k.x, speed * (q.t.lo - k.t.lo) + q.x.hi + radius), 8 at a time
                every pair attends if k.t.lo <= q.t.lo && q.t.lo + 1 <= frames + k.t.lo && k.t.lo * speed + q.y.hi <= k.y.lo + q.t.lo * speed + radius && k.t.lo * speed + k.y.hi <= q.t.lo * speed + q.y.lo + radius && k.t.lo * speed + q.x.hi <= k.x.lo + q.t.lo * speed + radius && k.t.lo * speed + k.x.hi <= q.t.lo * speed + q.x.lo + radius
                else a pair attends if 0 <= q.t - k.t && q.t - k.t < frames && abs(q.y - k.y) <= radius + speed * (q.t - k.t) && abs(q.x - k.x) <= radius + speed * (q.t - k.t)

        t     a range that moves with the tile
        y     a range that moves with the tile and changes with t
        x     a range that moves with the tile and changes with t
        mask  pairs are tested only in boxes that may hold some that do not attend

      What it costs depends on the grid: mscc explain p.ts lightCone --grid t=16,y=16,x=16 --set frames=2 --set speed=2
      "
    `);
  });

  it("a local window: the paper's High-Res branch", async () => {
    const argv = ["--grid", "t=6,y=16,x=16", "--set", "frames=3", "--set", "radius=2", "--heads", "4"];
    expect(await explained(variant("local-window.ts"), argv)).toMatchInlineSnapshot(`
      "
      localWindow, p.ts:5: A token sees the last \`frames\` frames within \`radius\` tokens of its place.
        attend  0 <= q.t - k.t && q.t - k.t < frames && abs(q.y - k.y) <= radius && abs(q.x - k.x) <= radius

      What is visited: boxes of keys, for each tile of queries
        for each tile of 2 x 4 x 4 queries (t, y, x):
          for k.t in max(origin.k.t, q.t.lo + 1 - frames) .. min(last.k.t, q.t.hi), 2 at a time
            for k.y in max(origin.k.y, q.y.lo - radius) .. min(last.k.y, q.y.hi + radius), 2 at a time
              for k.x in max(origin.k.x, q.x.lo - radius) .. min(last.k.x, q.x.hi + radius), 8 at a time
                every pair attends if k.t.hi <= q.t.lo && q.t.hi + 1 <= frames + k.t.lo && q.y.hi <= k.y.lo + radius && k.y.hi <= q.y.lo + radius && q.x.hi <= k.x.lo + radius && k.x.hi <= q.x.lo + radius
                else a pair attends if 0 <= q.t - k.t && q.t - k.t < frames && abs(q.y - k.y) <= radius && abs(q.x - k.x) <= radius

        t     a range that moves with the tile
        y     a range that moves with the tile
        x     a range that moves with the tile
        mask  pairs are tested only in boxes that may hold some that do not attend

      What it costs on t=6, y=16, x=16 with frames=3, radius=2
        pairs  useful 82,140 (3.5 %)
               visited 286,720 (12.2 %), padding included
               dense 2,359,296; all per head
        tiles  48 of queries; visited boxes of keys: 280
               0 of them whole, 280 with a mask; a dense kernel visits 2,304
        FLOPs  useful 84.1 M, visited 294 M, dense 2.42 G
               4 x 64 x pairs, for 4 heads of 64
        bytes  at least 6.32 MB, each operand once; 21.5 MB pass through the tiles
               13.6 visited FLOPs for each of the latter

      Shapes of tiles: the cheapest of 256 that were counted
        queries    keys       visited pairs  whole boxes  masked  cost
        2 x 4 x 4  2 x 2 x 8        286,720            0     280   404  chosen
        2 x 4 x 4  2 x 8 x 2        286,720            0     280   404
        2 x 4 x 4  2 x 4 x 4        327,680            0     320   448
        2 x 4 x 4  1 x 4 x 8        327,680            0     320   448
        2 x 4 x 4  1 x 8 x 4        327,680            0     320   448
        1 x 4 x 8  1 x 4 x 8        491,520            0     480   624  default
        The cost is the expected time in whole boxes. Kernels have the default shapes unless \`mscc compile --grid\` is given.

      Against dense attention
        sparse wins: expected in 0.17 of the time of dense attention by the same kernel (boxes 0.12, masks 0.01, starts of tiles 0.04), since 12.2 % of the dense pairs are visited
        another program's dense kernel would have to be 5.94 times as fast for each pair to draw level

      In the MSC paper: the High-Res branch, local window of 3 x 5 x 5 tokens, of which the grid holds w^2 v = 20.5
        s = 1,536 tokens, h = 256 channels of this branch
        keys per query  s / (w^2 v) = 75.0; counted 53.5, 0.71 of it
        attention       4 s^2 h / (w^2 v) = 118 MFLOP; counted 84.1 MFLOP
        projections     8 s h^2 = 805 MFLOP, for q, k, v and the output
        The two differ: windows shrink in the first frames and at the borders, and a window larger than the grid is cut.
        The paper counts both products of attention as one multiply-add each: 2 s^2 h where 4 s^2 h FLOPs are done.
      "
    `);
  });

  it("I-frames: two regions, no part of the paper's formulas", async () => {
    const argv = ["--grid", "t=8,y=8,x=16", "--set", "gop=3", "--head-dim", "128"];
    expect(await explained(variant("i-frames.ts"), argv)).toMatchInlineSnapshot(`
      "
      iFrames, p.ts:5: A token sees its own frame and the earlier I-frames, every \`gop\`-th frame of the clip.
        attend  k.t === q.t || k.t <= q.t && k.t % gop === 0

      What is visited: boxes of keys, for each tile of queries
        for each tile of 1 x 4 x 8 queries (t, y, x):
          region 1 of 2:
            for k.t in max(origin.k.t, q.t.lo) .. min(last.k.t, q.t.lo)
              for k.y in origin.k.y .. last.k.y, 4 at a time, the whole axis
                for k.x in origin.k.x .. last.k.x, 8 at a time, the whole axis
                  every pair attends if k.t.lo === q.t.lo
                  else a pair attends if k.t === q.t
          region 2 of 2:
            for k.t in origin.k.t .. min(last.k.t, q.t.lo), where k.t is congruent to 0 modulo gop, only where k.t.lo !== q.t.lo
              for k.y in origin.k.y .. last.k.y, 4 at a time, the whole axis
                for k.x in origin.k.x .. last.k.x, 8 at a time, the whole axis
                  every pair attends if k.t.lo <= q.t.lo && k.t.lo % gop === 0 && (q.t.lo < k.t.lo || k.t.lo < q.t.lo)
                  else a pair attends if k.t <= q.t && k.t % gop === 0 && k.t !== q.t

        region 1
        t         the one position q.t.lo
        y         the whole axis, since the pattern does not bound it
        x         the whole axis, since the pattern does not bound it
        mask      pairs are tested only in boxes that may hold some that do not attend
        region 2
        t         every gop-th position of a range that moves with the tile; boxes in which no pair can attend are skipped
        y         the whole axis, since the pattern does not bound it
        x         the whole axis, since the pattern does not bound it
        mask      pairs are tested only in boxes that may hold some that do not attend

      What it costs on t=8, y=8, x=16 with gop=3
        pairs  useful 327,680 (31.3 %)
               visited 327,680 (31.3 %), padding included
               dense 1,048,576; all per head
        tiles  32 of queries; visited boxes of keys: 320
               320 of them whole, 0 with a mask; a dense kernel visits 1,024
        FLOPs  useful 336 M, visited 336 M, dense 1.07 G
               4 x 128 x pairs, for 2 heads of 128
        bytes  at least 4.20 MB, each operand once; 23.1 MB pass through the tiles
               14.5 visited FLOPs for each of the latter

      Shapes of tiles: the cheapest of 196 that were counted
        queries     keys       visited pairs  whole boxes  masked  cost
        1 x 4 x 8   1 x 4 x 8        327,680          320       0   384  chosen, default
        1 x 4 x 8   1 x 8 x 4        327,680          320       0   384
        1 x 8 x 4   1 x 4 x 8        327,680          320       0   384
        1 x 8 x 4   1 x 8 x 4        327,680          320       0   384
        1 x 2 x 16  1 x 4 x 8        327,680          320       0   384
        The cost is the expected time in whole boxes. Kernels have the default shapes unless \`mscc compile --grid\` is given.

      Against dense attention
        sparse wins: expected in 0.35 of the time of dense attention by the same kernel (boxes 0.29, masks 0.00, starts of tiles 0.06), since 31.3 % of the dense pairs are visited
        another program's dense kernel would have to be 2.83 times as fast for each pair to draw level
      "
    `);
  });

  it("strided frames: the paper's Low-Res branch", async () => {
    const out = await explained(variant("strided-frames.ts"), ["--grid", "t=8,y=8,x=8", "--set", "stride=4"]);
    expect(out.slice(out.indexOf("In the MSC paper"))).toMatchInlineSnapshot(`
      "In the MSC paper: the Low-Res branch, strided global attention, every 4-th frame (d = 4)
        s = 512 tokens, h = 128 channels of this branch
        keys per query  s / d = 128; counted 96.0, 0.75 of it
        attention       4 s^2 h / d = 33.6 MFLOP; counted 25.2 MFLOP
        projections     8 s h^2 = 67.1 MFLOP, for q, k, v and the output
        The two differ: the formula does not know of causality: a query sees frames up to its own only.
        The paper counts both products of attention as one multiply-add each: 2 s^2 h where 4 s^2 h FLOPs are done.
        This is the branch's own grid, pooled already: with a down factor r, the s of the High-Res grid is r^2 times as long.
      "
    `);
  });
});

describe("on a grid", () => {
  const cone = ["--set", "frames=3", "--set", "speed=1", "--format", "json"];

  it("gives data", async () => {
    const data = JSON.parse(await explained(lightCone, [...cone, "--grid", "t=4,y=8,x=8"]));
    const { pairs, tiles, flops, shapes, comparison } = data;
    expect(Object.keys(data)).toEqual([
      "variant",
      "source",
      "sentence",
      "attend",
      "loops",
      "grid",
      "params",
      "heads",
      "headDim",
      "counted",
      "cropped",
      "pairs",
      "tiles",
      "flops",
      "bytes",
      "intensity",
      "comparison",
      "byHead",
      "shapes",
    ]);
    expect(data).toMatchObject({ params: { frames: 3, radius: 1, speed: 1 }, heads: 2, headDim: 64, cropped: false });
    // Of 8 tokens along an axis, 22 pairs lie within 1, 34 within 2, 44 within 3.
    expect(pairs).toMatchObject({ useful: 4 * 22 ** 2 + 3 * 34 ** 2 + 2 * 44 ** 2, dense: 256 * 256 });
    expect(pairs.visited).toBe(1024 * (tiles.full + tiles.masked));
    expect(flops.useful).toBe(4 * 64 * 2 * pairs.useful);
    expect(shapes.candidates[0].tiles).toEqual(shapes.chosen);
    expect(comparison).toMatchObject({ winner: "sparse" });
  });

  it("counts with the tables that decide, and needs no others", async () => {
    const document = formatNpy({ shape: [64], data: Int32Array.from({ length: 64 }, (_, i) => i >> 4) });
    const argv = ["documents", "--grid", "x=64", "--table", "document=d.npy", "--format", "json"];
    const data = JSON.parse(await explained(pair, argv, { "d.npy": document }));
    expect(data.pairs).toEqual({ useful: 4 * 16 * 16, visited: 2 * 32 * 32, dense: 64 * 64 });
  });

  it("says where dense attention is not beaten", async () => {
    const out = await explained(variant("frame-causal.ts"), ["--grid", "t=2,y=5,x=7", "--heads", "1"]);
    expect(out).toContain("dense wins: expected in ");
    const even = await explained(variant("frame-causal.ts"), ["--grid", "t=1,y=3,x=3", "--heads", "1"]);
    expect(even).toContain("neither wins: expected in 1.03 of the time");
  });
});

describe("refuses", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    [pair, [], "error several-variants: 'p.ts' exports 2 patterns, and `explain` works on one"],
    [lightCone, ["--grid", "t=4"], "error grid-missing-axis: --grid lacks axes y, x of lightCone"],
    [
      lightCone,
      ["--grid", "t=4,y=4,x=4"],
      "error set-missing: params of lightCone without a value and without a default: frames, speed",
    ],
    [cross, ["--grid", "x=4"], "error grid-key-missing: halves has a grid of queries and a grid of keys"],
    [pair, ["documents", "--grid", "x=64"], "error table-not-given: a table of documents without values: document\n"],
    [lightCone, ["--heads", "0"], "error explain-heads: --heads: '0' is not a whole number from 1 to 1024"],
    [lightCone, ["--head-dim", "300"], "error head-dim: --head-dim: '300' is not a dim"],
    [lightCone, ["--format", "xml"], "error choice-unknown: --format: 'xml' is not known"],
    [lightCone, ["--grid", "t=9,y=9,x=9", "--set", "frames=2", "--set", "speed=2000000000"], "error integer-overflow"],
  ];
  it.each(cases)("%#: %j", async (source, argv, message) => {
    const { code, out, err } = await mscc(folderWith({ "p.ts": source }), ["explain", "p.ts", ...argv]);
    expect(err).toContain(message);
    expect([out, code]).toEqual(["", 1]);
  });

  it("a table of another size", async () => {
    const folder = folderWith({ "p.ts": pair, "d.npy": formatNpy({ shape: [9], data: new Int32Array(9) }) });
    const { err } = await mscc(folder, ["explain", "p.ts", "documents", "--grid", "x=64", "--table", "document=d.npy"]);
    expect(err).toContain("error table-extent");
  });
});
