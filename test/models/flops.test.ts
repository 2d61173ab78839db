/** FLOPs of the presets: pairs by brute force, by sums over axes, and all the rest added up anew. */
import { describe, expect, it } from "vitest";
import { wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import { countPairs as countPlan } from "../../compiler/plan/count.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { Extents, MscConfig } from "../../models/msc/config.js";
import { forwardFlops, paperLayers, singleScaleFlops } from "../../models/msc/flops.js";
import { pairCounter } from "../../models/msc/pairs.js";
import { base, presets, threeScale, tiny } from "../../models/msc/presets.js";
import { parameterCount } from "../../models/msc/weights.js";
import { patternOf } from "../frontend/sources.js";
import { textOf } from "./faults.js";
import { keysSeen } from "./plain-parts.js";
import { declarations, readVariants } from "./variants.js";

const patterns = readVariants(["iFrames", "lightCone", "localWindow", "sinksWindow", "stridedFrames"]);
const countPairs = pairCounter(patterns, wgslTarget);

const branchesOf = (config: MscConfig) => config.layers.flatMap(({ branches }) => branches);

describe("pairs", () => {
  const grids: Extents[] = [
    { t: 5, y: 3, x: 4 },
    { t: 1, y: 1, x: 1 },
    { t: 7, y: 5, x: 3 },
    { t: 3, y: 12, x: 16 },
  ];
  it.each(Object.values(presets))("$name: those of brute force, on small grids", (config) => {
    for (const branch of branchesOf(config)) {
      const { pattern, params } = branch;
      for (const grid of grids) {
        const declaration = declarations[pattern];
        if (!declaration) throw new Error(pattern);
        const keys = keysSeen({ declaration, params, grid, first: 0 }, 0);
        const { useful, dense, visited } = countPairs(branch, grid);
        expect(useful, `${pattern} on ${Object.values(grid)}`).toBe(keys.reduce((sum, each) => sum + each.length, 0));
        expect(dense).toBe(keys.length ** 2);
        expect(visited).toBeGreaterThanOrEqual(useful);
      }
    }
  });
});

it("pairs of a kernel's tiles are those that its plan counts", () => {
  for (const branch of branchesOf(threeScale)) {
    const { pattern, params } = branch;
    const { plan } = compileAttention(patterns[pattern] as Pattern, { target: wgslTarget });
    const grid = { t: 6, y: 7, x: 9 };
    const size = { q: [6, 7, 9], k: [6, 7, 9] };
    const { useful, visited, dense } = countPlan(plan, { size, params });
    expect(countPairs(branch, grid)).toEqual({ useful, visited, dense });
  }
});

describe("heads that differ", () => {
  const later = patternOf(`import { attention, int } from "mscc";
export const later = attention({ axes: ["t", "y", "x"], params: { frames: int({ min: 1 }) },
  attend: ({ q, k, head, frames }) => q.t - k.t >= 0 && q.t - k.t < frames + head && q.y === k.y });`);
  const count = pairCounter({ later }, wgslTarget);
  const grid = { t: 5, y: 3, x: 4 };

  it("are counted one by one; pairs are their average", () => {
    // Frame t sees min(t + 1, frames + head) frames, of each a row.
    const seen = (frames: number) => 3 * 4 * 4 * [1, 2, 3, 4, 5].reduce((sum, t) => sum + Math.min(t, frames), 0);
    const branch = { pattern: "later", params: { frames: 2 }, heads: 3 };
    expect(count(branch, grid).useful).toBeCloseTo((seen(2) + seen(3) + seen(4)) / 3, 9);
    expect(count({ ...branch, heads: 1 }, grid).useful).toBe(seen(2));
  });

  it("and counts that would not end are refused", () => {
    const wild = patternOf(`import { attention } from "mscc";
export const wild = attention({ axes: ["t", "y", "x"],
  attend: ({ q, k }) => k.t <= q.t && (q.t * q.y + k.x * k.y + q.x * k.t) % 7 === 0 });`);
    const vast = { t: 256, y: 256, x: 256 };
    expect(textOf(() => pairCounter({ wild }, wgslTarget)({ pattern: "wild", params: {}, heads: 1 }, vast))).toBe(
      "the pairs of 'wild' on 256 x 256 x 256 tokens take more than 100,000,000 steps to count\n  help: give a smaller grid",
    );
  });
});

/** Pairs of positions along an axis that are at most `reach` apart. */
function near(extent: number, reach: number): number {
  let count = 0;
  for (let a = 0; a < extent; a++) count += Math.min(extent - 1, a + reach) - Math.max(0, a - reach) + 1;
  return count;
}

it("large grids are counted at once", () => {
  const grid = { t: 128, y: 512, x: 512 };
  expect(countPairs({ pattern: "localWindow", params: { frames: 1, radius: 3 }, heads: 1 }, grid).useful).toBe(
    128 * near(512, 3) ** 2,
  );
  // Frames 0 to 127 see 1 to 128 frames, whole.
  expect(countPairs({ pattern: "stridedFrames", params: { stride: 1 }, heads: 1 }, grid).useful).toBe(
    ((128 * 129) / 2) * 512 ** 4,
  );
});

describe("base on 16 x 32 x 32", () => {
  const flops = forwardFlops(base, base.grid, countPairs);

  it("pairs are sums over axes", () => {
    // Frame t sees min(t + 1, 4) frames of a window, and floor(t / 2) + 1 of every second frame: 1 1 2 2 ... 8 8.
    const window = (1 + 2 + 3 + 13 * 4) * near(32, 4) ** 2;
    const strided = (tokens: number) => 2 * 36 * tokens ** 2;
    const coarse = [16, 16, 16, 16, 8, 8, 8, 8, 4, 4, 4, 4];
    expect(flops.layers.map(({ branches }) => branches.map(({ pairs }) => pairs.useful))).toEqual(
      coarse.map((extent) => [window, strided(extent ** 2)]),
    );
  });

  it("all of it, added up anew", () => {
    const [tokens, width, frames] = [16 * 32 * 32, 384, 16];
    let total = 2 * tokens * width * 12 + 2 * frames * (128 * width + width * width);
    for (const [l, r] of [2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8].entries()) {
      const coarse = tokens / r ** 2;
      const layer =
        2 * frames * width * 7 * width +
        8 * (tokens + coarse) * 192 ** 2 +
        4 * 192 * (58 * near(32, 4) ** 2 + 72 * (32 / r) ** 4) +
        16 * tokens * width ** 2;
      expect(flops.layers[l]?.total).toBe(layer);
      total += layer;
    }
    total += 2 * frames * width * 2 * width + 2 * tokens * 12 * width;
    expect(flops.total).toBe(total);
  });

  it("a model of one scale with full attention: 4 s^2 h for each layer's attention, 8 s h^2 for its projections", () => {
    const single = singleScaleFlops(base, base.grid);
    const [s, h] = [16_384, 384];
    const [layer] = single.layers;
    expect(single.layers.map((each) => each.total)).toEqual(Array(12).fill(layer?.total));
    expect(layer?.branches[0]).toMatchObject({ attention: 4 * s ** 2 * h, projections: 8 * s * h ** 2 });
    expect(layer?.feedForward).toBe(flops.layers[0]?.feedForward);
    expect(single.total / flops.total).toBeCloseTo(9.6857, 4);
  });

  it("the paper's formulas", () => {
    const layers = paperLayers(base, base.grid);
    const [s, h] = [16_384, 384];
    const windows = s / (4 * 81);
    expect(layers).toHaveLength(12);
    expect(layers[0]).toEqual({
      regular: {
        projections: 8 * s * h ** 2,
        attention: { printed: 2 * s ** 2 * h, consistent: 2 * s ** 2 * h, flops: 4 * s ** 2 * h },
      },
      highRes: {
        windows,
        projections: 2 * s * h ** 2,
        attention: {
          printed: (s ** 2 * h) / (2 * windows),
          consistent: (s ** 2 * h) / windows,
          flops: (2 * s ** 2 * h) / windows,
        },
      },
      lowRes: {
        r: 2,
        d: 2,
        projections: (s * h ** 2) / 2,
        attention: { printed: (s ** 2 * h) / 16, consistent: (s ** 2 * h) / 32, flops: (s ** 2 * h) / 16 },
      },
    });
    // The consistent form is what is counted, but for causality and borders.
    for (const [l, layer] of layers.entries()) {
      const [high, low] = flops.layers[l]?.branches ?? [];
      expect(layer?.highRes.projections).toBe(high?.projections);
      expect(layer?.lowRes.projections).toBe(low?.projections);
      expect((high?.attention ?? 0) / (layer?.highRes.attention.flops ?? 1)).toBeGreaterThan(0.75);
      expect((low?.attention ?? 0) / (layer?.lowRes.attention.flops ?? 1)).toBe(72 / 128);
    }
    expect(paperLayers(tiny, tiny.grid)).toEqual(Array(3).fill(undefined));
    expect(paperLayers(threeScale, threeScale.grid)).toEqual(Array(6).fill(undefined));
  });
});

it("parameters of the presets", () => {
  expect(Object.entries(presets).map(([name, config]) => [name, parameterCount(config)])).toMatchInlineSnapshot(`
    [
      [
        "tiny",
        517356,
      ],
      [
        "base",
        30657420,
      ],
      [
        "three-scale",
        3785712,
      ],
    ]
  `);
  const width = 384;
  const layer = 7 * width * (width + 1) + 2 * (4 * 192 * 193) + 8 * width ** 2 + 5 * width;
  const rest = width * 13 + width * 129 + width * (width + 1) + 2 * width * (width + 1) + 12 * (width + 1);
  expect(parameterCount(base)).toBe(12 * layer + rest);
});
