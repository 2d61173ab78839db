/** What comes with mscc: the weights of `tiny` denoise the clip, and continue it better than a grey frame does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { meanSquare } from "../../models/msc/denoise.js";
import { type Msc, openMsc } from "../../models/msc/open.js";
import { parseY4m } from "../../models/video/y4m.js";
import { type Gpu, openGpu } from "../../runtime/index.js";

const at = (...path: string[]) => join(import.meta.dirname, "../..", ...path);
const video = parseY4m(readFileSync(at("models", "msc", "tiny", "clip.y4m")), "clip.y4m");
const [rows, columns] = [video.height, video.width];
const perFrame = rows * columns * 3;

/** The first frames of the clip. */
function framesOf(count: number, first = 0): Float32Array<ArrayBuffer> {
  const data = new Float32Array(count * perFrame);
  for (let i = 0; i < count; i++) data.set(video.frame(first + i), i * perFrame);
  return data;
}

let gpu: Gpu;
let tiny: Msc;
beforeAll(async () => {
  gpu = await openGpu();
  const read = async (file: string) => readFileSync(at("generated", "msc", file), "utf8");
  const weights = readFileSync(at("models", "msc", "tiny", "weights.safetensors"));
  tiny = await openMsc(gpu.device, { name: "tiny", read, weights });
});
afterAll(() => {
  tiny?.close();
  gpu.close();
});

test("denoised clips are nearer to the clip than noisy ones, at levels from 0.01 on", async () => {
  const levels = [0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 1];
  const results = await tiny.denoise({ frames: 6, rows, columns, data: framesOf(6) }, { levels });
  for (const { level, noisyError, denoisedError } of results) {
    expect(noisyError, `noisy at ${level}`).toBeGreaterThan(0.9 * level ** 2);
    expect(denoisedError, `denoised at ${level}`).toBeLessThan(noisyError);
  }
  expect(results.map(({ level }) => level)).toEqual(levels);
});

test("the frame that follows is nearer to the clip's than a grey one", async () => {
  const sampler = tiny.sampler({ grid: tiny.gridOf({ rows, columns }), context: framesOf(4), frames: 1, steps: 6 });
  try {
    const made = await sampler.next();
    const wanted = framesOf(1, 4);
    const error = meanSquare(made?.clip ?? [], wanted);
    expect(made?.clip.length).toBe(wanted.length);
    expect(error).toBeLessThan(0.5 * meanSquare(new Float32Array(wanted.length), wanted));
  } finally {
    sampler.dispose();
  }
});
