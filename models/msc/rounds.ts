/** How frames go from noise to clean: the passes through the network of a chunk, and of a window that rolls on. */
import type { Caches } from "./branch-cache.js";
import type { Network } from "./network.js";
import { randomStream } from "./random.js";
import type { Stage } from "./stage.js";

/** `chunks`: some frames at a time go from noise to clean. `rolling`: a window of frames at rising noise levels moves on. */
export type SampleMode = "chunks" | "rolling";

/** A run, all options filled in. */
export interface Plan {
  readonly mode: SampleMode;
  readonly steps: number;
  readonly shift: number;
  readonly chunk: number;
  readonly frames: number;
  readonly seed: number;
}

/** Noise of a token frame: it depends on the seed and the frame's number, not on how frames are grouped. */
export function noiseOf(seed: number, frame: number, length: number): Float32Array<ArrayBuffer> {
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
export interface Bench {
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
export function remember(bench: Bench, first: number, clip: Float32Array<ArrayBuffer>): void {
  const count = clip.length / bench.frameLength;
  const stage = bench.stage(count);
  stage.place(first);
  stage.write(clip);
  pass(bench, stage, filled(count, 0), filled(count, 0));
  stage.commit();
}

/** The next chunk from noise to clean. */
export async function nextChunk(bench: Bench, first: number, count: number): Promise<Float32Array<ArrayBuffer>> {
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
export async function rollOn(bench: Bench, first: number, window: Float32Array<ArrayBuffer>) {
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
export async function fillWindow(bench: Bench, first: number): Promise<Float32Array<ArrayBuffer>> {
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

export function totalPasses({ mode, steps, chunk, frames }: Plan, context: number): number {
  const before = context > 0 ? Math.ceil(context / chunk) : 0;
  if (mode === "chunks") return before + Math.ceil(frames / chunk) * (steps + 1);
  const perRound = passesOf({ steps, chunk });
  return before + perRound * (chunk - 1) + frames * (perRound + 1);
}
