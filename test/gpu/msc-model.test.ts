/** The compiled model on a device against the same computed plainly in float64, layer by layer; causality; caches. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCaches } from "../../models/msc/branch-cache.js";
import type { Extents, MscConfig } from "../../models/msc/config.js";
import { clipOf } from "../../models/msc/dimensions.js";
import type { StoredDtype } from "../../models/msc/extents.js";
import { type Network, openNetwork } from "../../models/msc/network.js";
import { base, threeScale, tiny } from "../../models/msc/presets.js";
import { normals } from "../../models/msc/random.js";
import { createStage } from "../../models/msc/stage.js";
import { throughHalves } from "../../runtime/half.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { built, openWeights, valuesOf } from "../models/built.js";
import { plainForward } from "../models/plain-msc.js";
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
    const rounded = Object.fromEntries(
      Object.entries(weights).map(([name, { data }]) => [name, { data: dtype === "f16" ? throughHalves(data) : data }]),
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

describe("a whole forward pass equals plain float64", () => {
  test("tiny, on a grid that pooling does not divide", () => compare(tiny, { t: 3, y: 5, x: 7 }, "f32", 2e-4));
  test("three scales, on odd grids", () => compare(threeScale, { t: 3, y: 5, x: 3 }, "f32", 2e-4));
  test("base, with its deeper and coarser layers", () => compare(base, { t: 3, y: 3, x: 5 }, "f32", 4e-4));
});
