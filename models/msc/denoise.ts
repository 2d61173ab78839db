/** Denoising in one step: noise is added to a clip, and the network says what the clip was. */
import { createCaches } from "./branch-cache.js";
import type { Extents } from "./config.js";
import { frameLengthOf } from "./dimensions.js";
import { requireFinite } from "./finite.js";
import type { Network } from "./network.js";
import { networkFault } from "./network-messages.js";
import { randomStream } from "./random.js";
import { requireCount, requireSeed } from "./run-options.js";
import { createStage } from "./stage.js";

export interface DenoiseOptions {
  /** Extents of the tokens of a frame. */
  readonly grid: Pick<Extents, "y" | "x">;
  /** Noise levels, above 0 and at most 1. */
  readonly levels: readonly number[];
  /** Token frames that pass through the network at a time; 8 if absent. Later ones see earlier ones through the caches. */
  readonly chunk?: number;
  readonly seed?: number;
  readonly onPass?: (done: number, total: number) => void;
}

export interface Denoised {
  readonly level: number;
  readonly noisy: Float32Array<ArrayBuffer>;
  readonly denoised: Float32Array<ArrayBuffer>;
  /** Mean squared differences from the clip, of values in [-1, 1]. */
  readonly noisyError: number;
  readonly denoisedError: number;
}

export function meanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum / a.length;
}

/** `(1 - level) clip + level noise`: the same noise at every level. */
function noisyClip(clip: Float32Array, level: number, seed: number): Float32Array<ArrayBuffer> {
  const { normal } = randomStream(seed, "denoise");
  return Float32Array.from(clip, (value) => (1 - level) * value + level * normal());
}

/**
 * Denoises a whole clip `[frames, rows, columns, channels]` at each level, every frame at that level.
 * @throws ModelError for levels that cannot be, a clip of another length, and where the device lacks room.
 */
export async function denoise(network: Network, clip: Float32Array, options: DenoiseOptions): Promise<Denoised[]> {
  const { levels, seed = 0, chunk = 8, onPass } = options;
  const bad = levels.find((level) => !(level > 0 && level <= 1));
  if (bad !== undefined) throw networkFault("sample-option", "a noise level", String(bad), "above 0 and at most 1");
  requireCount("chunk", chunk);
  requireSeed(seed);
  const frameLength = frameLengthOf(network.config, options.grid);
  const frames = clip.length / frameLength;
  if (!(Number.isInteger(frames) && frames > 0)) {
    throw networkFault("clip-length", "the clip", clip.length, Math.max(1, Math.round(frames)) * frameLength);
  }
  const results: Denoised[] = [];
  const perLevel = Math.ceil(frames / chunk);
  for (const [i, level] of levels.entries()) {
    const noisy = noisyClip(clip, level, seed);
    const denoised = new Float32Array(noisy.length);
    const caches = createCaches(network, { ...options.grid, t: chunk });
    try {
      for (let first = 0; first < frames; first += chunk) {
        const count = Math.min(chunk, frames - first);
        const stage = createStage(network, caches, { frames: count });
        try {
          stage.place(first);
          stage.write(noisy.slice(first * frameLength, (first + count) * frameLength));
          const at = Array.from({ length: count }, () => level);
          stage.forward(
            at,
            at.map(() => 0),
          );
          stage.commit();
          const made = await stage.read("stepped");
          requireFinite(made, first, frameLength);
          denoised.set(made, first * frameLength);
        } finally {
          stage.dispose();
        }
        onPass?.(i * perLevel + first / chunk + 1, levels.length * perLevel);
      }
      await network.settled();
    } finally {
      caches.dispose();
    }
    const [noisyError, denoisedError] = [meanSquare(noisy, clip), meanSquare(denoised, clip)];
    results.push({ level, noisy, denoised, noisyError, denoisedError });
  }
  return results;
}
