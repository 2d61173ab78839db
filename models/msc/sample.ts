/** Sampling: frame by frame, by chunks, or rolling; each frame is given away as soon as it is clean, in memory that the patterns bound. */
import { type Caches, createCaches } from "./branch-cache.js";
import type { Extents } from "./config.js";
import { frameLengthOf } from "./dimensions.js";
import { requireFinite } from "./finite.js";
import type { Network } from "./network.js";
import { networkFault } from "./network-messages.js";
import { randomStream } from "./random.js";
import { restoreCaches, type SavedCache, savedCaches } from "./saved-caches.js";
import { createStage, type Stage } from "./stage.js";

/** `chunks`: some frames at a time go from noise to clean. `rolling`: a window of frames at rising noise levels moves on. */
export type SampleMode = "chunks" | "rolling";

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

interface Plan {
  readonly mode: SampleMode;
  readonly steps: number;
  readonly shift: number;
  readonly chunk: number;
  readonly frames: number;
  readonly seed: number;
}

const isCount = (value: number) => Number.isInteger(value) && value >= 1;

/** @throws ModelError with the option that cannot be. */
function planOf({ mode = "chunks", steps, shift = DEFAULT_SHIFT, chunk, frames, seed = 0 }: SampleOptions): Plan {
  if (mode !== "chunks" && mode !== "rolling")
    throw networkFault("sample-option", "mode", `'${String(mode)}'`, "'chunks' or 'rolling'");
  const window = chunk ?? (mode === "rolling" ? DEFAULT_WINDOW : 1);
  const plan = { mode, steps: steps ?? DEFAULT_STEPS, shift, chunk: window, frames, seed };
  if (!isCount(plan.steps)) throw networkFault("sample-option", "steps", String(plan.steps), "a positive integer");
  if (!(shift > 0 && shift < 1000))
    throw networkFault("sample-option", "shift", String(shift), "above 0 and below 1000");
  if (!isCount(plan.chunk)) throw networkFault("sample-option", "chunk", String(plan.chunk), "a positive integer");
  if (!isCount(frames) && frames !== Number.POSITIVE_INFINITY) throw networkFault("model-frames", frames);
  if (!Number.isInteger(seed)) throw networkFault("sample-option", "seed", String(seed), "an integer");
  return plan;
}

/** Noise of a token frame: it depends on the seed and the frame's number, not on how frames are grouped. */
function noiseOf(seed: number, frame: number, length: number): Float32Array<ArrayBuffer> {
  const { normal } = randomStream(seed, `frame ${frame}`);
  return Float32Array.from({ length }, normal);
}

function noiseFor(seed: number, first: number, frames: number, length: number): Float32Array<ArrayBuffer> {
  const clip = new Float32Array(frames * length);
  for (let i = 0; i < frames; i++) clip.set(noiseOf(seed, first + i, length), i * length);
  return clip;
}

const filled = (count: number, value: number) => Array.from({ length: count }, () => value);

/** The noise level at a part of the way from clean to noise. */
const shifted = (part: number, shift: number): number => (shift * part) / (1 + (shift - 1) * part);

/** What both modes work with. */
interface Bench {
  readonly network: Network;
  readonly caches: Caches;
  readonly plan: Plan;
  /** Values of one token frame of the clip. */
  readonly frameLength: number;
  /** A stage for chunks of so many frames; made once. */
  readonly stage: (frames: number) => Stage;
  readonly counter: { passes: number };
}

/** One pass from parts of the way to others, frame by frame. */
function pass({ counter, plan }: Bench, stage: Stage, from: readonly number[], to: readonly number[]): void {
  const levels = (parts: readonly number[]) => parts.map((part) => shifted(part, plan.shift));
  stage.forward(levels(from), levels(to));
  counter.passes++;
}

/** Clean frames become context: their keys and values at noise level 0 go into the caches. */
function remember(bench: Bench, first: number, clip: Float32Array<ArrayBuffer>): void {
  const count = clip.length / bench.frameLength;
  const stage = bench.stage(count);
  stage.place(first);
  stage.write(clip);
  pass(bench, stage, filled(count, 0), filled(count, 0));
  stage.commit();
}

/** The next chunk from noise to clean. */
async function nextChunk(bench: Bench, first: number, count: number): Promise<Float32Array<ArrayBuffer>> {
  const { plan, frameLength } = bench;
  const stage = bench.stage(count);
  stage.place(first);
  stage.write(noiseFor(plan.seed, first, count, frameLength));
  for (let step = plan.steps; step > 0; step--) {
    pass(bench, stage, filled(count, step / plan.steps), filled(count, (step - 1) / plan.steps));
    stage.advance();
  }
  return stage.read("clip");
}

/** Parts of the way for a window whose first frame is about to become clean: they rise by one part per frame. */
const ramp = (window: number, round: number, steps: number): number[] =>
  Array.from({ length: window }, (_, i) => Math.min(1, (i + 1 - round / steps) / window));

/** Passes of a round: each frame of the window takes its part of the steps. */
const passesOf = ({ steps, chunk }: Pick<Plan, "steps" | "chunk">): number => Math.ceil(steps / chunk);

/** One round of the rolling window: every frame one part cleaner, in `steps` passes; the first one is then clean. */
async function rollOn(bench: Bench, first: number, window: Float32Array<ArrayBuffer>) {
  const { chunk } = bench.plan;
  const passes = passesOf(bench.plan);
  const stage = bench.stage(chunk);
  stage.place(first);
  stage.write(window);
  for (let round = 0; round < passes; round++) {
    pass(bench, stage, ramp(chunk, round, passes), ramp(chunk, round + 1, passes));
    stage.advance();
  }
  return stage.read("clip");
}

/** Before the first round: noise, whose frames go down to the ramp one after the other. */
async function fillWindow(bench: Bench, first: number): Promise<Float32Array<ArrayBuffer>> {
  const { plan, frameLength } = bench;
  const { chunk } = plan;
  const stage = bench.stage(chunk);
  stage.place(first);
  stage.write(noiseFor(plan.seed, first, chunk, frameLength));
  const passes = passesOf(plan) * (chunk - 1);
  // From all noise, part 1, to the ramp (i + 1) / chunk, in a straight line for each frame.
  const parts = (done: number) => Array.from({ length: chunk }, (_, i) => 1 - done * (1 - (i + 1) / chunk));
  for (let i = 0; i < passes; i++) {
    pass(bench, stage, parts(i / passes), parts((i + 1) / passes));
    stage.advance();
  }
  return stage.read("clip");
}

function totalPasses({ mode, steps, chunk, frames }: Plan, context: number): number {
  const before = context > 0 ? Math.ceil(context / chunk) : 0;
  if (mode === "chunks") return before + Math.ceil(frames / chunk) * (steps + 1);
  const perRound = passesOf({ steps, chunk });
  return before + perRound * (chunk - 1) + frames * (perRound + 1);
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
  let isReady = false;
  let isDisposed = false;

  const prepare = async (): Promise<void> => {
    isReady = true;
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

  const nextRolled = async (): Promise<Float32Array<ArrayBuffer>> => {
    window ??= await fillWindow(bench, done);
    const rolled = await rollOn(bench, done, window);
    const clean = rolled.slice(0, frameLength);
    window = new Float32Array(rolled.length);
    window.set(rolled.subarray(frameLength));
    window.set(noiseOf(plan.seed, done + plan.chunk, frameLength), rolled.length - frameLength);
    return clean;
  };

  const ready = async (): Promise<void> => {
    if (isDisposed) throw networkFault("sampler-disposed");
    if (!isReady) await prepare();
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
        const clip =
          plan.mode === "rolling"
            ? await nextRolled()
            : await nextChunk(bench, first, Math.min(plan.chunk, end - first));
        const count = clip.length / frameLength;
        requireFinite(clip, first, frameLength);
        done += count;
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
      for (const each of stages.values()) each.dispose();
      caches.dispose();
    },
  };
}
