/** The plain model itself: what is known of its parts without computing them, a case worked out by hand, causality. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { reference } from "../../dsl/index.js";
import { softCap } from "../../dsl/variants/soft-cap.js";
import type { MscConfig } from "../../models/msc/config.js";
import { presets } from "../../models/msc/presets.js";
import { initialWeights } from "../../models/msc/weights.js";
import { drawClip, drawWeights, normals } from "./drawn.js";
import { plainForward } from "./plain-msc.js";
import { attendHead, gelu, layerNorm, patchify, pool, rotate, timeEmbedding, unpatchify } from "./plain-parts.js";
import { declarations } from "./variants.js";

const draw = (count: number, seed: number, name = "values") => {
  const stream = normals(seed, name);
  return Float64Array.from({ length: count }, () => stream.normal());
};
const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const variance = (values: Float64Array) => values.reduce((sum, x) => sum + x * x, 0) / values.length;
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

describe("pooling", () => {
  it("by r x r divides the variance of noise by r^2 and leaves what is smooth: signal-to-noise grows by r^2", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 1, max: 5, noNaN: true }),
        (seed, r, mean) => {
          const grid = { t: 2, y: 12 * r, x: 12 * r };
          const noise = draw(2 * (12 * r) ** 2 * 8, seed);
          const ratio = variance(noise) / variance(pool(noise, 8, grid, r));
          // 2304 means: their variance errs by 3 %, one standard deviation.
          expect(ratio / r ** 2).toBeGreaterThan(0.85);
          expect(ratio / r ** 2).toBeLessThan(1.18);
          const signal = pool(new Float64Array(noise.length).fill(mean), 8, grid, r);
          expect(Math.max(...signal.map((x) => Math.abs(x - mean)))).toBeLessThan(1e-12);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("repeats the last row and column", () => {
    expect([...pool(Float64Array.of(1, 2, 3, 5, 6, 7), 1, { t: 1, y: 2, x: 3 }, 2)]).toEqual([3.5, 5]);
    expect([...pool(Float64Array.of(1, 2, 3), 1, { t: 1, y: 1, x: 3 }, 2)]).toEqual([1.5, 3]);
  });
});

describe("rotary embedding", () => {
  const place = fc.record({ t: fc.nat(40), y: fc.nat(40), x: fc.nat(40) });

  it("products depend on differences of places only", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(2, 6, 8, 32, 64), place, place, place, (seed, dim, a, b, shift) => {
        const [q, k] = [draw(dim, seed, "q"), draw(dim, seed, "k")];
        const moved = ({ t, y, x }: typeof a) => ({ t: t + shift.t, y: y + shift.y, x: x + shift.x });
        const before = dot(rotate(q, a, 10_000), rotate(k, b, 10_000));
        const after = dot(rotate(q, moved(a), 10_000), rotate(k, moved(b), 10_000));
        expect(Math.abs(before - after)).toBeLessThan(1e-10);
      }),
    );
  });

  it("turns the pairs of t first, then those of y, then those of x", () => {
    const ones = Float64Array.of(1, 0, 1, 0, 1, 0, 1, 0);
    const turned = rotate(ones, { t: 2, y: 3, x: 5 }, 100);
    // 8 values are 4 pairs: one for y, one for x, the other two for t.
    const angles = [2, 2 * 100 ** -0.5, 3, 5];
    expect([...turned]).toEqual(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
  });
});

test("patches hold frames, rows, columns and channels in this order, and go back", () => {
  const clip = { shape: [2, 2, 4, 2], data: Float64Array.from({ length: 32 }, (_, i) => i) };
  const patch = { t: 2, y: 1, x: 2 };
  const patches = patchify(clip, patch);
  expect([...patches.subarray(0, 8)]).toEqual([0, 1, 2, 3, 16, 17, 18, 19]);
  expect([...patches.subarray(16, 24)]).toEqual([8, 9, 10, 11, 24, 25, 26, 27]);
  expect([...unpatchify(patches, clip.shape, patch)]).toEqual([...clip.data]);
});

test("the embedding of noise levels: level 0 is cosines of 0 and sines of 0", () => {
  const rows = timeEmbedding([0, 0.25]);
  expect([...rows.subarray(0, 128)]).toEqual([...Array(64).fill(1), ...Array(64).fill(0)]);
  expect([rows[128], rows[192]]).toEqual([Math.cos(250), Math.sin(250)]);
  expect(rows[128 + 63]).toBeCloseTo(Math.cos(250 * 10_000 ** (-63 / 64)), 12);
});

test("attention is that of the language's own reference, scores included", () => {
  const grid = { t: 2, y: 2, x: 3 };
  const [tokens, dim] = [12, 4];
  const operands = ["q", "k", "v"].map((name) => draw(tokens * dim, 3, name).map((x) => 3 * x));
  const rows = operands.map((data) => Array.from({ length: tokens }, (_, i) => data.slice(i * dim, (i + 1) * dim)));
  const [q, k, v] = rows as [Float64Array[], Float64Array[], Float64Array[]];
  const params = { cap: 0.7 };
  const own = attendHead(q, k, v, { declaration: softCap, params, grid, first: 0 }, 0);
  const shape = [1, 1, 2, 2, 3, dim];
  const [a, b, c] = operands.map((data) => ({ shape, data }));
  if (!a || !b || !c) throw new Error("three operands");
  const expected = reference(softCap, { q: a, k: b, v: c, params }).output;
  for (const [i, value] of own.flatMap((row) => [...row]).entries())
    expect(value).toBeCloseTo(expected[i] as number, 12);
});

/** Two frames of one token of two channels, one head: small enough for pencil and paper. */
const smallest: MscConfig = {
  name: "smallest",
  channels: 1,
  patch: { t: 1, y: 1, x: 1 },
  grid: { t: 2, y: 1, x: 1 },
  width: 2,
  depth: 1,
  feedForward: 1,
  rotary: { base: 10_000 },
  layers: [{ branches: [{ channels: 2, heads: 1, down: 1, pattern: "frameCausal", params: {} }] }],
};

test("a case worked out by hand", () => {
  const identity = [1, 0, 0, 1];
  const given: { readonly [name: string]: readonly number[] } = {
    "embed.weight": [1, 0],
    // Shifts and scales 0, gates 1; the branch's gate is 2 sigmoid(ln 3) = 1.5.
    "layers.0.modulation.bias": [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, Math.log(3), Math.log(3)],
    "layers.0.branches.0.qkv.weight": [...identity, ...identity, ...identity],
    "layers.0.branches.0.out.weight": identity,
    "layers.0.up.weight": [1, 0, 0, 0],
    "layers.0.up.bias": [0, 0.25],
    "layers.0.down.weight": [1, 0, 0, 2],
    "head.weight": [1, 0.5],
    "head.bias": [0.1],
  };
  const zeros = initialWeights(smallest, 0, () => ({ normal: () => 0 }));
  const weights = Object.fromEntries(
    Object.entries(zeros).map(([name, { data }]) => [name, { data: given[name] ?? data }]),
  );
  const clip = { shape: [2, 1, 1, 1], data: [2, -2] };
  const { layers, velocity } = plainForward({ config: smallest, weights, declarations, clip, levels: [0.3, 0.9] });

  /** The norm of two values is plus and minus this. */
  const norm = (p: number, q: number) => (p - q) / 2 / Math.sqrt(((p - q) / 2) ** 2 + 1e-6);
  const n = norm(2, 0);
  // Frame 0 sees itself; frame 1 sees frame 0 turned by one radian, with the opposite vector, and itself.
  const [older, own] = [(-2 * n * n * Math.cos(1)) / Math.SQRT2, (2 * n * n) / Math.SQRT2];
  const weight = Math.exp(own) / (Math.exp(own) + Math.exp(older));
  const attended = [n, n * (1 - weight) - n * weight];
  const expected = [2, -2].flatMap((token, frame) => {
    const [p, q] = [token + 1.5 * (attended[frame] as number), -1.5 * (attended[frame] as number)];
    return [p + gelu(norm(p, q)), q + 2 * gelu(0.25)];
  });
  for (const [i, value] of expected.entries()) expect(layers[0]?.[i]).toBeCloseTo(value, 12);
  for (const frame of [0, 1]) {
    const m = norm(expected[2 * frame] as number, expected[2 * frame + 1] as number);
    expect(velocity[frame]).toBeCloseTo(m - 0.5 * m + 0.1, 12);
  }
  expect(gelu(1)).toBeCloseTo(0.841192, 6);
  expect([...layerNorm(Float64Array.of(3, 3), 2)]).toEqual([0, 0]);
});

const half = { channels: 12, heads: 2 };
/** Three branches, on grids that 2 and 3 do not divide. */
const odd: MscConfig = {
  ...smallest,
  name: "odd",
  channels: 2,
  patch: { t: 1, y: 2, x: 1 },
  width: 36,
  depth: 2,
  feedForward: 2,
  layers: [
    {
      branches: [
        { ...half, down: 1, pattern: "lightCone", params: { frames: 3, radius: 1, speed: 1 } },
        { ...half, down: 2, pattern: "iFramesWindow", params: { gop: 2, frames: 2, radius: 1 } },
        { ...half, down: 3, pattern: "stridedFrames", params: { stride: 2 } },
      ],
    },
  ],
};

describe("frames", () => {
  const grid = { t: 5, y: 3, x: 5 };
  const weights = drawWeights(odd, 1);
  const clip = drawClip(odd, grid, 2);
  const levels = [0, 0.1, 0.5, 0.9, 1];
  const whole = plainForward({ config: odd, weights, declarations, clip, levels });
  const perFrame = (values: ArrayLike<number>) => values.length / grid.t;

  it.each([1, 3])("another frame %i leaves what lies before bit-identical, and changes the rest", (frame) => {
    const size = perFrame(clip.data);
    const changed = { ...clip, data: clip.data.map((x, i) => (Math.floor(i / size) === frame ? x + 1 : x)) };
    const others = levels.map((level, t) => (t === frame ? level / 2 : level));
    const again = plainForward({ config: odd, weights, declarations, clip: changed, levels: others });
    const outputs = [
      ...whole.layers.map((layer, l) => [layer, again.layers[l]] as const),
      [whole.velocity, again.velocity] as const,
    ];
    for (const [before, after] of outputs) {
      const until = frame * perFrame(before);
      expect(after?.subarray(0, until)).toEqual(before.subarray(0, until));
      expect(after?.subarray(until, until + 1)).not.toEqual(before.subarray(until, until + 1));
    }
  });

  it("have absolute numbers: the last ones alone, where no branch sees the others, are those of the whole", () => {
    const near = { pattern: "localWindow", params: { frames: 1, radius: 1 } };
    const layers = odd.layers.map(({ branches }) => ({ branches: branches.map((each) => ({ ...each, ...near })) }));
    const config = { ...odd, layers };
    const all = plainForward({ config, weights, declarations, clip, levels });
    const size = perFrame(clip.data);
    const [frames, ...rest] = [2, ...clip.shape.slice(1)];
    const last = { shape: [frames, ...rest], data: clip.data.slice(3 * size) };
    const alone = plainForward({ config, weights, declarations, clip: last, levels: levels.slice(3), first: 3 });
    const shifted = plainForward({ config, weights, declarations, clip: last, levels: levels.slice(3) });
    for (const [i, value] of alone.velocity.entries()) {
      expect(value).toBeCloseTo(all.velocity[3 * size + i] as number, 10);
      // Rotary products see differences only, and no pattern here counts frames from the first.
      expect(shifted.velocity[i]).toBeCloseTo(value, 10);
    }
    const counted = { pattern: "iFrames", params: { gop: 2 } };
    const counting = {
      ...odd,
      layers: layers.map(({ branches }) => ({ branches: branches.map((each) => ({ ...each, ...counted })) })),
    };
    const [from0, from3] = [0, 3].map((first) =>
      plainForward({ config: counting, weights, declarations, clip: last, levels: levels.slice(3), first }),
    );
    expect(from0?.velocity).not.toEqual(from3?.velocity);
  });
});

describe("as it is initialised", () => {
  it.each(Object.values(presets))("$name: the velocity is 0, and every layer passes on what it is given", (config) => {
    const grid = { t: 2, y: 3, x: 2 };
    const weights = initialWeights(config, 5, normals);
    const clip = drawClip(config, grid, 4);
    const { layers, embedded, velocity } = plainForward({ config, weights, declarations, clip, levels: [0.2, 1] });
    expect(velocity.every((x) => x === 0)).toBe(true);
    for (const layer of layers) expect(layer).toEqual(embedded);
  });

  it("open: every layer has an effect, and numbers stay within reason", () => {
    const config = presets.tiny as MscConfig;
    const grid = { t: 3, y: 3, x: 5 };
    const weights = initialWeights(config, 5, normals, "open");
    const { layers, embedded, velocity } = plainForward({
      config,
      weights,
      declarations,
      clip: drawClip(config, grid, 4),
      levels: [0, 0.5, 1],
    });
    const deviations = [embedded, ...layers, velocity].map((each) => Math.sqrt(variance(each)));
    for (const [i, each] of deviations.slice(1, -1).entries()) expect(each).toBeGreaterThan(deviations[i] as number);
    for (const each of deviations) expect(each).toBeLessThan(10);
    expect(deviations.at(-1)).toBeGreaterThan(0.3);
  });
});
