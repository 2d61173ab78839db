/** What `mscc msc info` prints, whole, for a model of the paper's form and for one with other branches. */
import { describe, expect, it } from "vitest";
import { wgslTarget } from "../../backends/wgsl/index.js";
import { modelInfo } from "../../models/msc/info.js";
import { formatInfo } from "../../models/msc/info-text.js";
import { pairCounter } from "../../models/msc/pairs.js";
import { base, tiny } from "../../models/msc/presets.js";
import { readVariants } from "./variants.js";

const patterns = readVariants(["lightCone", "localWindow", "sinksWindow", "stridedFrames"]);
const countPairs = pairCounter(patterns, wgslTarget);

describe("texts", () => {
  it("base: the paper's two branches, of which one keeps all frames", () => {
    const info = modelInfo(base, {
      countPairs,
      keptFrames: ({ pattern, params }) => (pattern === "localWindow" ? (params.frames ?? 0) : { every: 1 }),
    });
    expect(`\n${formatInfo(info)}\n`).toMatchInlineSnapshot(`
      "
      base: 12 layers of width 384, 30,657,420 parameters
        clip    16 x 64 x 64 (frames, rows, columns), 3 channels
        tokens  16 x 32 x 32 = 16,384, from patches of 1 x 2 x 2

      Branches
        layers  branch  channels   heads  down  grid          pattern
        0-3     0            192  3 x 64     1  16 x 32 x 32  localWindow frames=4, radius=4
                1            192  3 x 64     2  16 x 16 x 16  stridedFrames stride=2
        4-7     0            192  3 x 64     1  16 x 32 x 32  localWindow frames=4, radius=4
                1            192  3 x 64     4  16 x 8 x 8    stridedFrames stride=2
        8-11    0            192  3 x 64     1  16 x 32 x 32  localWindow frames=4, radius=4
                1            192  3 x 64     8  16 x 4 x 4    stridedFrames stride=2

      Parameters
        of                         parameters
        embedding of patches            4,992
        embedding of noise levels     197,376
        12 layers                  30,154,752
        head                          300,300
        all                        30,657,420

      Memory
        for                                  numbers      f32      f16
        weights                           30,657,420   123 MB  61.3 MB
        caches that are bounded           18,874,368  75.5 MB  37.7 MB
        caches that grow, for each frame     516,096  2.06 MB  1.03 MB
        intermediate results              37,791,744   151 MB  75.6 MB

        layers  branch  frames cached  each, in f32  a layer's cache
        0-3     0                   4       1.57 MB          6.29 MB
                1                 all        393 kB            grows
        4-7     0                   4       1.57 MB          6.29 MB
                1                 all       98.3 kB            grows
        8-11    0                   4       1.57 MB          6.29 MB
                1                 all       24.6 kB            grows

      FLOPs of the branches, one forward pass of 16 x 32 x 32 tokens
        layers  branch  pairs seen     visited        dense  projections  attention  as visited
        0-3     0        4,165,792  10,452,992  268,435,456       4.83 G     3.20 G      8.03 G
                1        4,718,592   4,718,592   16,777,216       1.21 G     3.62 G      3.62 G
        4-7     0        4,165,792  10,452,992  268,435,456       4.83 G     3.20 G      8.03 G
                1          294,912     294,912    1,048,576        302 M      226 M       226 M
        8-11    0        4,165,792  10,452,992  268,435,456       4.83 G     3.20 G      8.03 G
                1           18,432      73,728       65,536       75.5 M     14.2 M      56.6 M
        Pairs are of one head (the average where heads differ), those visited with the padding of tiles; FLOPs are of one layer, two for each multiply-add.

      Against one scale with full attention
        FLOPs                         this model  one scale     of it
        attention                         53.9 G     4.95 T  1 / 91.9
        projections                       64.3 G      232 G  1 / 3.61
        feed-forward                       464 G      464 G  the same
        embeddings, modulation, head       714 M      714 M  the same
        all                                583 G     5.64 T  1 / 9.69
        One scale: a model of the same width and depth in which every token sees every other.

      In the MSC paper
        layers  of one layer                 projections  attention, printed  consistent  in FLOPs  counted
        0-3     regular                           19.3 G               206 G       206 G     412 G
                High-Res half, w^2 v = 50.6       4.83 G              1.02 G      2.04 G    4.08 G   3.20 G
                Low-Res half, r = 2, d = 2        1.21 G              6.44 G      3.22 G    6.44 G   3.62 G
        4-7     regular                           19.3 G               206 G       206 G     412 G
                High-Res half, w^2 v = 50.6       4.83 G              1.02 G      2.04 G    4.08 G   3.20 G
                Low-Res half, r = 4, d = 2         302 M              1.61 G       201 M     403 M    226 M
        8-11    regular                           19.3 G               206 G       206 G     412 G
                High-Res half, w^2 v = 50.6       4.83 G              1.02 G      2.04 G    4.08 G   3.20 G
                Low-Res half, r = 8, d = 2        75.5 M               403 M      12.6 M    25.2 M   14.2 M
        Regular: 8 s h^2 + 2 s^2 h. High-Res: 2 s h^2 + s^2 h / (2 w^2 v). Low-Res: 2 s h^2 / r^2 + s^2 h / (2 r^2 d).
        Printed attention terms come from 2 s^2 (h/2)^2 / (w^2 v), with h^2 where h is meant, and r^2 where pooled queries
        and keys give r^4; consistent ones are s^2 h / (w^2 v) and s^2 h / (r^4 d). They count both products as one
        multiply-add each: in FLOPs they are twice as much. w^2 v is the number of windows that the grid holds. What is
        counted is less, since the formulas know neither of causality nor of borders.
      "
    `);
  });

  it("tiny: on another grid, in constant memory", () => {
    const info = modelInfo(tiny, {
      grid: { t: 1, y: 5, x: 3 },
      countPairs,
      keptFrames: ({ params: { frames = 0, sinks = 0 } }) => frames + sinks,
      activations: 12_345,
    });
    expect(`\n${formatInfo(info)}\n`).toMatchInlineSnapshot(`
      "
      tiny: 3 layers of width 96, 517,356 parameters
        clip    1 x 10 x 6 (frames, rows, columns), 3 channels
        tokens  1 x 5 x 3 = 15, from patches of 1 x 2 x 2

      Branches
        layers  branch  channels   heads  down  grid       pattern
        0-2     0             48  2 x 24     1  1 x 5 x 3  lightCone frames=3, radius=1, speed=1
                1             48  2 x 24     2  1 x 3 x 2  sinksWindow sinks=1, frames=4, radius=8

      Parameters
        of                         parameters
        embedding of patches            1,248
        embedding of noise levels      21,696
        3 layers                      474,624
        head                           19,788
        all                           517,356

      Memory
        for                               numbers      f32      f16
        weights                           517,356  2.07 MB  1.03 MB
        caches, however long the rollout   21,600  86.4 kB  43.2 kB
        intermediate results               12,345  49.4 kB  24.7 kB

        layers  branch  frames cached  each, in f32  a layer's cache
        0-2     0                   3       5.76 kB          17.3 kB
                1                   5       2.30 kB          11.5 kB

      FLOPs of the branches, one forward pass of 1 x 5 x 3 tokens
        layers  branch  pairs seen  visited  dense  projections  attention  as visited
        0-2     0               91    3,072    225        276 k     17.5 k       590 k
                1               36    1,024     36        111 k     6.91 k       197 k
        Pairs are of one head (the average where heads differ), those visited with the padding of tiles; FLOPs are of one layer, two for each multiply-add.

      Against one scale with full attention
        FLOPs                         this model  one scale     of it
        attention                         73.2 k      259 k  1 / 3.54
        projections                       1.16 M     3.32 M  1 / 2.86
        feed-forward                      6.64 M     6.64 M  the same
        embeddings, modulation, head       536 k      536 k  the same
        all                               8.41 M     10.7 M  1 / 1.28
        One scale: a model of the same width and depth in which every token sees every other.
      "
    `);
  });
});

it("is plain data", () => {
  const info = modelInfo(tiny, { countPairs, keptFrames: () => ({ every: 2 }) });
  expect(JSON.parse(JSON.stringify(info))).toEqual(info);
  expect(info.parameters.total).toBe(
    info.parameters.embedding +
      info.parameters.time +
      info.parameters.head +
      info.parameters.layers.reduce((a, b) => a + b),
  );
  expect(info.memory.caches).toHaveLength(3);
  // Keys and values of 48 channels on 24 x 32, and on 12 x 16.
  expect(info.memory.caches[0]).toEqual([
    { frames: { every: 2 }, perFrame: 768 * 96 },
    { frames: { every: 2 }, perFrame: 192 * 96 },
  ]);
});
