/** The compiled model on a device against the same computed plainly in float64, layer by layer; causality; caches. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCaches } from "../../models/msc/branch-cache.js";
import type { Extents, MscConfig } from "../../models/msc/config.js";
import { clipOf } from "../../models/msc/dimensions.js";
import type { StoredDtype } from "../../models/msc/extents.js";
import { type Network, openNetwork } from "../../models/msc/network.js";
import { base, threeScale, tiny } from "../../models/msc/presets.js";
import { normals } from "../../models/msc/random.js";
import { createSampler, type SampleOptions } from "../../models/msc/sample.js";
import { createStage } from "../../models/msc/stage.js";
import { throughHalves } from "../../runtime/half.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { built, openWeights, valuesOf } from "../models/built.js";
import { plainForward } from "../models/plain-msc.js";
import { endless, paired, small, unusual } from "../models/small.js";
import { declarations } from "../models/variants.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const levelsOf = (frames: number) => Array.from({ length: frames }, (_, i) => ((i * 3) % 7) / 7);

function clipFor(config: MscConfig, grid: Extents, seed = 7) {
  const { t, y, x } = clipOf(config, grid);
  const shape = [t, y, x, config.channels];
  return { shape, data: normals(seed, "clip", t * y * x * config.channels) };
}

/** Worst difference beside the size of what is compared; NaN where either side holds one. */
function worst(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [error, size] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    error = Math.max(error, Math.abs((found[i] as number) - (wanted[i] as number)));
    size += (wanted[i] as number) ** 2;
    if (Number.isNaN(found[i])) return Number.NaN;
  }
  expect(found.length).toBe(wanted.length);
  return error / Math.sqrt(size / wanted.length);
}

const layerNames = ({ depth }: MscConfig) => Array.from({ length: depth }, (_, l) => `layers.${l}.output`);

/** All layers and the velocity of one forward pass of a whole clip. */
async function forward(
  network: Network,
  grid: Extents,
  clip: Float32Array<ArrayBuffer>,
  levels: readonly number[],
  first = 0,
) {
  const caches = createCaches(network, grid);
  const keep = layerNames(network.config);
  const stage = createStage(network, caches, { frames: grid.t, keep });
  try {
    stage.place(first);
    stage.write(clip);
    // From level tau to tau - 1 the clip moves by the velocity, backwards.
    stage.forward(
      levels,
      levels.map((tau) => tau - 1),
    );
    const layers: Float32Array[] = [];
    for (const name of keep) layers.push(await stage.read(name));
    const stepped = await stage.read("stepped");
    return { layers, stepped, velocity: stepped.map((value, i) => (clip[i] as number) - value) };
  } finally {
    stage.dispose();
    caches.dispose();
  }
}

async function compare(config: MscConfig, grid: Extents, dtype: StoredDtype, limit: number) {
  const weights = openWeights(config);
  const network = await openNetwork(gpu.device, await built(config, dtype), valuesOf(weights));
  try {
    const clip = clipFor(config, grid);
    const levels = levelsOf(grid.t);
    const found = await forward(network, grid, clip.data, levels);
    const rounded = new Map(
      [...weights].map(([name, { data }]) => [name, { data: dtype === "f16" ? throughHalves(data) : data }] as const),
    );
    const wanted = plainForward({ config, weights: rounded, declarations, clip, levels });
    for (const [l, layer] of wanted.layers.entries()) {
      expect(worst(found.layers[l] as Float32Array, layer), `layer ${l}`).toBeLessThan(limit);
    }
    expect(worst(found.velocity, wanted.velocity), "velocity").toBeLessThan(limit);
  } finally {
    network.dispose();
  }
}

/** The slower driver has the small configurations in the gate, which have every kind of kernel too. */
const isSpared = process.env.MSCC_DRIVER === "swiftshader" && (process.env.MSCC_CONFORMANCE || "gate") === "gate";

describe.runIf(!isSpared)("a whole forward pass of each preset equals plain float64", () => {
  test("tiny, on a grid that pooling does not divide", () => compare(tiny, { t: 3, y: 5, x: 7 }, "f32", 2e-4));
  test("three scales, on odd grids", () => compare(threeScale, { t: 3, y: 5, x: 3 }, "f32", 2e-4));
  test("base, with its deeper and coarser layers", () => compare(base, { t: 3, y: 3, x: 5 }, "f32", 4e-4));
});

describe("a whole forward pass of an unusual configuration equals plain float64", () => {
  test("five branches, layers that differ, head dims 2 to 20, two frames per patch, down above the grid", () =>
    compare(unusual, unusual.grid, "f32", 2e-4));
});

const opened = async (config: MscConfig, dtype: StoredDtype = "f32") =>
  openNetwork(gpu.device, await built(config, dtype), valuesOf(openWeights(config)));

const zeros = (count: number) => Array.from({ length: count }, () => 0);

describe("frames", () => {
  test("change nothing before them: all outputs of earlier frames stay the same, bit by bit", async () => {
    const network = await opened(small);
    try {
      const grid = small.grid;
      const clip = clipFor(small, grid);
      const levels = levelsOf(grid.t);
      const before = await forward(network, grid, clip.data, levels);
      for (let changed = 1; changed < grid.t; changed++) {
        const perFrame = clip.data.length / grid.t;
        const other = clip.data.slice();
        for (let i = changed * perFrame; i < (changed + 1) * perFrame; i++) other[i] = (other[i] as number) + 1;
        const after = await forward(
          network,
          grid,
          other,
          levels.map((tau, t) => (t === changed ? 1 - tau : tau)),
        );
        for (const [l, layer] of before.layers.entries()) {
          const own = (layer.length / grid.t) * changed;
          expect(after.layers[l]?.slice(0, own)).toEqual(layer.slice(0, own));
          expect(after.layers[l]?.slice(own)).not.toEqual(layer.slice(own));
        }
        const kept = perFrame * changed;
        expect(after.velocity.slice(0, kept)).toEqual(before.velocity.slice(0, kept));
      }
    } finally {
      network.dispose();
    }
  });
});

/** Every frame of a run. */
async function sampled(network: Network, options: Omit<SampleOptions, "grid">) {
  const sampler = createSampler(network, { ...options, grid: network.config.grid });
  const frames: Float32Array[] = [];
  const bytes: { readonly activations: number; readonly caches: number }[] = [];
  try {
    for (let made = await sampler.next(); made; made = await sampler.next()) {
      frames.push(made.clip);
      bytes.push(sampler.bytes());
    }
    return { frames, bytes, passes: sampler.passes() };
  } finally {
    sampler.dispose();
  }
}

/** The same, chunk by chunk, each from forward passes over the whole clip so far, with no cache. */
async function sampledWithoutCaches(
  network: Network,
  context: Float32Array<ArrayBuffer>,
  frames: number,
  steps: number,
  chunk: number,
) {
  const { grid } = network.config;
  const perFrame = clipFor(network.config, { ...grid, t: 1 }).data.length;
  let clip = context;
  for (let made = 0; made < frames; made += chunk) {
    const count = Math.min(chunk, frames - made);
    const first = clip.length / perFrame;
    let newest = new Float32Array(count * perFrame);
    for (let i = 0; i < count; i++) newest.set(normals(5, `frame ${first + i}`, perFrame), i * perFrame);
    for (let step = steps; step > 0; step--) {
      const whole = new Float32Array(clip.length + newest.length);
      whole.set(clip);
      whole.set(newest, clip.length);
      const caches = createCaches(network, { ...grid, t: first + count });
      const stage = createStage(network, caches, { frames: first + count });
      // As the sampler shifts levels: 3 u / (1 + 2 u).
      const levels = (part: number) => [...zeros(first), ...zeros(count).map(() => (3 * part) / (1 + 2 * part))];
      stage.place(0);
      stage.write(whole);
      stage.forward(levels(step / steps), levels((step - 1) / steps));
      newest = (await stage.read("stepped")).slice(clip.length);
      stage.dispose();
      caches.dispose();
    }
    const next = new Float32Array(clip.length + newest.length);
    next.set(clip);
    next.set(newest, clip.length);
    clip = next;
  }
  return clip.slice(context.length);
}

describe("a rollout", () => {
  test.each([
    ["a light cone, sinks and I-frames, frame by frame", small, 1],
    ["a window, strided frames, I-frames and window, patches of two frames, by chunks of two", paired, 2],
  ])("with caches equals the one without: %s", async (_, config, chunk) => {
    const network = await opened(config);
    try {
      const context = clipFor(config, { ...config.grid, t: 2 }, 3).data;
      const { frames } = await sampled(network, { context, frames: 5, steps: 2, seed: 5, chunk });
      const wanted = await sampledWithoutCaches(network, context, 5, 2, chunk);
      const found = frames.flatMap((frame) => [...frame]);
      expect(found.length).toBe(wanted.length);
      expect(worst(found, wanted)).toBeLessThan(1e-4);
    } finally {
      network.dispose();
    }
  });

  test("gives the same frames for the same seed, and others for another", async () => {
    const network = await opened(endless);
    try {
      const run = (seed: number) => sampled(network, { frames: 3, steps: 2, seed });
      const [first, again, other] = [await run(1), await run(1), await run(2)];
      expect(again.frames).toEqual(first.frames);
      expect(other.frames[0]).not.toEqual(first.frames[0]);
      expect(first.passes).toEqual({ done: 9, total: 9 });
    } finally {
      network.dispose();
    }
  });

  test("is asked in turn, whoever waits; its state is whole before the first frame, and nothing follows its end", async () => {
    const network = await opened(endless);
    try {
      const options = { grid: endless.grid, frames: 3, steps: 2, seed: 1 };
      const one = createSampler(network, options);
      const firsts = await Promise.all([one.next(), one.next(), one.next(), one.next()]);
      expect(firsts.map((each) => each?.first)).toEqual([0, 1, 2, undefined]);
      const from = await one.state();
      one.dispose();
      await expect(one.next()).rejects.toThrow(/^the sampler is disposed of\n {2}help: make another one$/);
      const other = createSampler(network, { ...options, frames: 4, from });
      expect((await other.state()).done).toBe(3);
      expect((await other.next())?.first).toBe(3);
      other.dispose();
    } finally {
      network.dispose();
    }
  });

  test("that cannot go on, or makes no numbers, says so again and keeps nothing", async () => {
    const spoilt = valuesOf(openWeights(endless));
    spoilt.get("head.bias")?.fill(Number.NaN);
    const network = await openNetwork(gpu.device, await built(endless, "f32"), spoilt);
    try {
      const options = { grid: endless.grid, frames: 3, steps: 2, seed: 1 };
      for (const mode of ["chunks", "rolling"] as const) {
        const sampler = createSampler(network, { ...options, mode, chunk: 2 });
        await expect(sampler.next()).rejects.toThrow(/^frame 0 holds NaN: what the network computes is out of range\n/);
        const { done, window } = await sampler.state();
        expect([done, window?.every(Number.isFinite) ?? true]).toEqual([0, true]);
        sampler.dispose();
      }
      const lost = createSampler(network, { ...options, from: { done: 7, caches: [] } });
      for (let i = 0; i < 2; i++) await expect(lost.next()).rejects.toThrow(/^the state to resume from has caches 0, /);
      lost.dispose();
    } finally {
      network.dispose();
    }
  });

  test("is disposed of once what is under way is done", async () => {
    const network = await opened(endless);
    const faults: string[] = [];
    const hear = ({ error }: GPUUncapturedErrorEvent) => faults.push(error.message);
    gpu.device.addEventListener("uncapturederror", hear);
    try {
      const sampler = createSampler(network, { grid: endless.grid, frames: 3, steps: 2, seed: 1 });
      const [first, second] = [sampler.next(), sampler.next()];
      second.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 5));
      sampler.dispose();
      expect((await first)?.first).toBe(0);
      await expect(second).rejects.toThrow("the sampler is disposed of");
      await gpu.device.queue.onSubmittedWorkDone();
      expect(faults).toEqual([]);
    } finally {
      gpu.device.removeEventListener("uncapturederror", hear);
      network.dispose();
    }
  });

  test("of 200 frames of a window and sinks needs the memory of a few, rolling and by chunks", async () => {
    const network = await opened(endless);
    try {
      for (const options of [{ chunk: 2 }, { mode: "rolling", chunk: 3 }] as const) {
        const { frames, bytes, passes } = await sampled(network, { frames: 200, steps: 2, ...options });
        expect(frames.reduce((sum, clip) => sum + clip.length, 0)).toBe(
          (200 * (frames[0]?.length ?? 0)) / (options.chunk === 2 ? 2 : 1),
        );
        expect(passes.done).toBe(passes.total);
        const settled = bytes[10];
        expect(bytes.slice(10).every((each) => each.caches === settled?.caches)).toBe(true);
        expect(bytes.slice(10).every((each) => each.activations === settled?.activations)).toBe(true);
        expect(frames.at(-1)?.every(Number.isFinite)).toBe(true);
      }
    } finally {
      network.dispose();
    }
  });
});

test("f16 storage errs as f16 does, beside plain float64", async (context) => {
  if (!gpu.device.features.has("shader-f16")) {
    expect(process.env.MSCC_DRIVER).not.toBe("lavapipe");
    return context.skip("the adapter has no shader-f16");
  }
  await compare(small, small.grid, "f16", 3e-2);
});
