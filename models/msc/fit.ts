/** Fits the output head in closed form on the features of a trunk that stays as it is; see docs/msc.md for what that can and cannot do. */
import { createCaches } from "./branch-cache.js";
import type { Extents, MscConfig } from "./config.js";
import { frameLengthOf, patchDimOf } from "./dimensions.js";
import type { Network } from "./network.js";
import type { OperationStep } from "./program.js";
import { randomStream } from "./random.js";
import { createRidge, type RidgeSolution } from "./ridge.js";
import { createStage } from "./stage.js";

export interface FitOptions {
  /** Token frames of a window of the clip. */
  readonly frames: number;
  /** Windows that are drawn: of each third all frames have one noise level, only the last is noisy, or every frame has its own. */
  readonly windows: number;
  readonly seed: number;
  /** Of the ridge, relative to a feature of mean square 1. */
  readonly penalty: number;
  readonly onWindow?: (done: number, total: number) => void;
}

const LEAST_LEVEL = 0.01;

/** The activation that the head is applied to. */
export function featureTensor({ model, tensors }: Network): string {
  const isHead = (step: OperationStep) => Object.values(step.inputs).some(({ tensor }) => tensor === "head.weight");
  const step = model.file.program.steps.find(
    (each): each is OperationStep => each.kind === "operation" && isHead(each),
  );
  const view = Object.values(step?.inputs ?? {}).find(({ tensor }) => tensors.get(tensor)?.role === "activation");
  if (!view) throw new RangeError("the program has no head");
  return view.tensor;
}

/** Values of a clip `[frames, rows, columns, channels]` token by token, in the order of `patchify`. */
export function patchesOf({ patch, channels }: MscConfig, clip: Float32Array, { t, y, x }: Extents): Float32Array {
  const [rows, columns] = [y * patch.y, x * patch.x];
  const patches = new Float32Array(clip.length);
  let to = 0;
  for (let token = 0; token < t * y * x; token++) {
    const [i, j, k] = [Math.floor(token / (y * x)), Math.floor(token / x) % y, token % x];
    for (let dt = 0; dt < patch.t; dt++) {
      for (let dy = 0; dy < patch.y; dy++) {
        const row = (i * patch.t + dt) * rows + j * patch.y + dy;
        const from = (row * columns + k * patch.x) * channels;
        patches.set(clip.subarray(from, from + patch.x * channels), to);
        to += patch.x * channels;
      }
    }
  }
  return patches;
}

type Draw = () => number;

/** Noise levels of a window, one per token frame. */
function levelsOf(window: number, frames: number, uniform: Draw): number[] {
  const level = () => Math.max(LEAST_LEVEL, uniform());
  const one = level();
  if (window % 3 === 0) return Array.from({ length: frames }, () => one);
  if (window % 3 === 1) return Array.from({ length: frames }, (_, i) => (i === frames - 1 ? one : 0));
  return Array.from({ length: frames }, level);
}

/** Levels at which the head's scale is fitted. */
const SCALE_LEVELS = 128;

/**
 * Weights of the head's modulation, fitted in closed form so that the features of a frame at level tau are scaled by
 * `strength * tau / (tau^2 + error^2)`. The velocity is the distance from the clean frame divided by the level, which one
 * linear map of features that are alike at all levels could not give; and a guess that errs by `error` is worth
 * `tau^2 / (tau^2 + error^2)` of that distance, as in a Wiener filter: where noise is smaller than the error the head
 * leaves the frame as it is.
 */
export async function fitHeadScale(
  network: Network,
  { strength, error, penalty }: { readonly strength: number; readonly error: number; readonly penalty: number },
): Promise<RidgeSolution> {
  const { width } = network.config;
  const caches = createCaches(network, { t: SCALE_LEVELS, y: 1, x: 1 });
  const stage = createStage(network, caches, { frames: SCALE_LEVELS, keep: ["condition"] });
  const ridge = createRidge(width, 1);
  try {
    const levels = Array.from({ length: SCALE_LEVELS }, (_, i) => i / (SCALE_LEVELS - 1));
    stage.place(0);
    stage.forward(levels, levels);
    const condition = await stage.read("condition");
    for (const [i, level] of levels.entries()) {
      const row = condition.subarray(i * width, (i + 1) * width);
      ridge.add(row, Float32Array.of((strength * level) / (level ** 2 + error ** 2) - 1));
    }
    const { weight, bias } = ridge.solve(penalty);
    // Shifts stay 0; every channel has the same scale.
    const weights = new Float32Array(2 * width * width);
    const biases = new Float32Array(2 * width);
    for (let c = 0; c < width; c++) weights.set(weight, (width + c) * width);
    biases.fill(bias[0] as number, width);
    return { weight: weights, bias: biases };
  } finally {
    stage.dispose();
    caches.dispose();
  }
}

/**
 * Fits the head to `eps - x` on windows of a clip of `[count, rows, columns, channels]` in [-1, 1]. Squared errors are
 * weighed by the level: between those of the velocity and those of the clean frame that it leads to.
 */
export async function fitHead(
  network: Network,
  clip: Float32Array,
  space: Pick<Extents, "y" | "x">,
  { frames, windows, seed, penalty, onWindow }: FitOptions,
): Promise<RidgeSolution> {
  const { config } = network;
  const grid: Extents = { ...space, t: frames };
  const { width } = config;
  const perFrame = frameLengthOf(config, space);
  const count = Math.floor(clip.length / perFrame);
  const features = featureTensor(network);
  const caches = createCaches(network, grid);
  const stage = createStage(network, caches, { frames, keep: [features] });
  const ridge = createRidge(width, patchDimOf(config));
  const tokens = space.y * space.x;
  const { uniform, normal } = randomStream(seed, "fit");
  try {
    for (let window = 0; window < windows; window++) {
      const first = Math.floor(uniform() * (count - frames + 1));
      const levels = levelsOf(window, frames, uniform);
      const clean = clip.subarray(first * perFrame, (first + frames) * perFrame);
      const noise = Float32Array.from(clean, normal);
      const at = (i: number) => levels[Math.floor(i / perFrame)] as number;
      const noisy = Float32Array.from(clean, (x, i) => (1 - at(i)) * x + at(i) * (noise[i] as number));
      const velocity = Float32Array.from(clean, (x, i) => (noise[i] as number) - x);
      stage.place(0);
      stage.write(noisy);
      stage.forward(levels, levels);
      const rows = await stage.read(features);
      const wanted = patchesOf(config, velocity, grid);
      for (const [t, level] of levels.entries()) {
        if (level === 0) continue;
        const own = rows.subarray(t * tokens * width, (t + 1) * tokens * width);
        ridge.add(own, wanted.subarray(t * perFrame, (t + 1) * perFrame), level);
      }
      onWindow?.(window + 1, windows);
    }
    return ridge.solve(penalty);
  } finally {
    stage.dispose();
    caches.dispose();
  }
}
