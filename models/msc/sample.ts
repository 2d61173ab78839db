/** Sampling: frame by frame, by chunks, or rolling; each frame is given away as soon as it is clean, in memory that the patterns bound. */
import { createCaches } from "./branch-cache.js";
import type { Extents } from "./config.js";
import { frameLengthOf } from "./dimensions.js";
import { requireFinite } from "./finite.js";
import type { Network } from "./network.js";
import { networkFault } from "./network-messages.js";
import {
  type Bench,
  fillWindow,
  nextChunk,
  noiseOf,
  type Plan,
  remember,
  rollOn,
  type SampleMode,
  totalPasses,
} from "./rounds.js";
import { isCount, requireCount, requireSeed } from "./run-options.js";
import { restoreCaches, type SavedCache, savedCaches } from "./saved-caches.js";
import { createStage, type Stage } from "./stage.js";

export interface SampleOptions {
  /** Extents of the tokens of a frame. */
  readonly grid: Pick<Extents, "y" | "x">;
  /** Token frames to make; `Infinity` goes on until the caller stops. */
  readonly frames: number;
  /** Clean video frames that go before, `[frames, rows, columns, channels]` in [-1, 1]; a multiple of the patch's frames. */
  readonly context?: Float32Array;
  readonly mode?: SampleMode;
  /** Steps of a frame from noise to clean; 10 if absent. When rolling, rounded up to a multiple of the window: each round takes as many. */
  readonly steps?: number;
  /**
   * Of the noise levels: above 1 more steps are taken where there is much noise, `shift u / (1 + (shift - 1) u)` for u in
   * equal parts of 1 (Esser et al., 2024); 3 if absent.
   */
  readonly shift?: number;
  /** Token frames of a chunk, or of the rolling window; 1, or 4 when rolling, if absent. */
  readonly chunk?: number;
  /** The same seed gives the same frames; 0 if absent. */
  readonly seed?: number;
  /** Where to go on: what `state` gave. */
  readonly from?: SampleState;
}

/** All that a run needs to go on where it was. */
export interface SampleState {
  /** Token frames that are given away, the context included. */
  readonly done: number;
  /** When rolling, the window's clip. */
  readonly window?: Float32Array<ArrayBuffer>;
  readonly caches: readonly SavedCache[];
}

export interface SampledFrames {
  /** Number of the first token frame, the context counted. */
  readonly first: number;
  /** Video frames `[frames, rows, columns, channels]`, not clamped. */
  readonly clip: Float32Array<ArrayBuffer>;
}

export interface Sampler {
  /**
   * Makes the next frames; undefined once all are made. Calls that do not wait for one another are answered in turn.
   * @throws ModelError for a value that is not finite.
   */
  readonly next: () => Promise<SampledFrames | undefined>;
  /** Passes through the network so far, and of the whole run: for the time that is left. */
  readonly passes: () => { readonly done: number; readonly total: number };
  readonly state: () => Promise<SampleState>;
  /** Bytes on the device: weights, activations and clips, caches. */
  readonly bytes: () => { readonly weights: number; readonly activations: number; readonly caches: number };
  readonly dispose: () => void;
}

const DEFAULT_STEPS = 10;
const DEFAULT_SHIFT = 3;
const DEFAULT_WINDOW = 4;

/** @throws ModelError with the option that cannot be. */
function planOf({ mode = "chunks", steps, shift = DEFAULT_SHIFT, chunk, frames, seed = 0 }: SampleOptions): Plan {
  if (mode !== "chunks" && mode !== "rolling")
    throw networkFault("sample-option", "mode", `'${String(mode)}'`, "'chunks' or 'rolling'");
  const window = chunk ?? (mode === "rolling" ? DEFAULT_WINDOW : 1);
  const plan = { mode, steps: steps ?? DEFAULT_STEPS, shift, chunk: window, frames, seed };
  requireCount("steps", plan.steps);
  if (!(shift > 0 && shift < 1000))
    throw networkFault("sample-option", "shift", String(shift), "above 0 and below 1000");
  requireCount("chunk", plan.chunk);
  if (!isCount(frames) && frames !== Number.POSITIVE_INFINITY) throw networkFault("model-frames", frames);
  requireSeed(seed);
  return plan;
}

/**
 * Prepares a run. Nothing is computed before `next` is called.
 * @throws ModelError for options that cannot be and where the device lacks room.
 */
export function createSampler(network: Network, options: SampleOptions): Sampler {
  const { config } = network;
  const plan = planOf(options);
  const { context = new Float32Array(0), from } = options;
  const grid = { ...options.grid, t: plan.chunk };
  if (!isCount(grid.y) || !isCount(grid.x)) throw networkFault("model-grid", [grid.t, grid.y, grid.x]);
  const frameLength = frameLengthOf(config, grid);
  if (context.length % frameLength !== 0) {
    throw networkFault(
      "clip-length",
      "the context",
      context.length,
      Math.ceil(context.length / frameLength) * frameLength,
    );
  }
  const given = context.length / frameLength;
  const caches = createCaches(network, grid);
  const stages = new Map<number, Stage>();
  const stage = (frames: number): Stage => {
    const made = stages.get(frames) ?? createStage(network, caches, { frames });
    stages.set(frames, made);
    return made;
  };
  const bench: Bench = { network, caches, plan, frameLength, stage, counter: { passes: 0 } };
  const end = given + plan.frames;
  let done = 0;
  let window: Float32Array<ArrayBuffer> | undefined;
  let prepared: Promise<void> | undefined;
  let isDisposed = false;

  const prepare = async (): Promise<void> => {
    if (from) {
      restoreCaches(network, caches, from.caches);
      done = from.done;
      window = from.window;
      return;
    }
    for (; done < given; done += Math.min(plan.chunk, given - done)) {
      const count = Math.min(plan.chunk, given - done);
      remember(bench, done, context.slice(done * frameLength, (done + count) * frameLength));
    }
    await network.settled();
  };
  const ready = (): Promise<void> => {
    if (isDisposed) throw networkFault("sampler-disposed");
    prepared ??= prepare();
    return prepared; // Where it failed, it fails again.
  };

  /** The next frames, and the window that is left; nothing of them is kept yet. */
  const made = async (): Promise<{ clip: Float32Array<ArrayBuffer>; left?: Float32Array<ArrayBuffer> }> => {
    if (plan.mode === "chunks") {
      const clip = await nextChunk(bench, done, Math.min(plan.chunk, end - done));
      requireFinite(clip, done, frameLength);
      return { clip };
    }
    const rolling = window ?? (await fillWindow(bench, done));
    requireFinite(rolling, done, frameLength);
    window = rolling;
    const rolled = await rollOn(bench, done, rolling);
    requireFinite(rolled, done, frameLength);
    const left = new Float32Array(rolled.length);
    left.set(rolled.subarray(frameLength));
    left.set(noiseOf(plan.seed, done + plan.chunk, frameLength), rolled.length - frameLength);
    return { clip: rolled.slice(0, frameLength), left };
  };

  // One after the other: all of them work on the same caches and activations.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const own = last.then(work);
    last = own.catch(() => {});
    return own;
  };

  return {
    next: () =>
      inTurn(async () => {
        await ready();
        if (done >= end) return undefined;
        const first = done;
        const { clip, left } = await made();
        done += clip.length / frameLength;
        window = left;
        remember(bench, first, clip);
        await network.settled();
        return { first, clip };
      }),
    passes: () => ({ done: bench.counter.passes, total: totalPasses(plan, given) }),
    state: () =>
      inTurn(async () => {
        await ready();
        return { done, ...(window ? { window } : {}), caches: await savedCaches(network, caches) };
      }),
    bytes: () => ({
      weights: network.weightBytes,
      activations: [...stages.values()].reduce((sum, { bytes }) => sum + bytes, 0),
      caches: caches.bytes(),
    }),
    dispose: () => {
      isDisposed = true;
      // What is under way needs them until its end.
      void last.then(() => {
        for (const each of stages.values()) each.dispose();
        caches.dispose();
      });
    },
  };
}
