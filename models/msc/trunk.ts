/** A seeded trunk whose features a linear head can be fitted on: random layers, with attention that looks at fixed places. */
import type { Branch, MscConfig } from "./config.js";
import { FREQUENCIES, headDimOf, layersOf } from "./dimensions.js";
import { normals, randomStream } from "./random.js";
import { initialWeights, type Weights } from "./weights.js";

export interface TrunkOptions {
  /** Logits fall by about `sharpness` squared per token of distance from the place that a head looks at. */
  readonly sharpness: number;
  /** Ages of the frames that the heads of a branch look at, one after the other, by branch. */
  readonly ages: readonly (readonly number[])[];
  /** Scales of the random parts: queries and keys, modulation by the noise level, and the feed-forward parts. */
  readonly content: number;
  readonly modulation: number;
  readonly feedForward: number;
}

/** A noise level is read through waves of less than this many radians: features then change smoothly with it. */
const FASTEST_WAVE = 10;

const valuesOf = (weights: Weights, name: string): Float32Array => {
  const found = weights.get(name);
  if (!found) throw new RangeError(`no weight '${name}'`);
  return found.data;
};

function scale(values: Float32Array, factor: number, from = 0, to = values.length): void {
  for (let i = from; i < to; i++) values[i] = (values[i] as number) * factor;
}

/** Waves 1000 to 0.1 radians: the fast ones would make features that differ wildly from one level to the next. */
function slowWaves(weights: Weights): void {
  const values = valuesOf(weights, "time.0.weight");
  const speed = (i: number) => 1000 * 10_000 ** (-i / FREQUENCIES);
  const kept = Array.from({ length: FREQUENCIES }, (_, i) => speed(i) <= FASTEST_WAVE);
  const gain = Math.sqrt(FREQUENCIES / kept.filter(Boolean).length);
  for (let i = 0; i < values.length; i++) {
    values[i] = kept[i % FREQUENCIES] ? gain * (values[i] as number) : 0;
  }
}

/**
 * Biases of queries and keys that rotary embedding turns into a preference for one place: with all keys alike, and
 * queries turned by the angle of `age` frames, the logit is a sum of cosines of the distance from there.
 */
function lookBack(
  bias: Float32Array,
  branch: Branch,
  head: number,
  age: number,
  sharpness: number,
  base: number,
): void {
  const headDim = headDimOf(branch);
  const inSpace = Math.floor(headDim / 6);
  const inTime = headDim / 2 - 2 * inSpace;
  for (let pair = 0; pair < headDim / 2; pair++) {
    const speed = base ** (-pair / inTime);
    const turn = pair < inTime ? -age * speed : 0;
    const at = head * headDim + 2 * pair;
    bias[at] = sharpness * Math.cos(turn);
    bias[at + 1] = sharpness * Math.sin(turn);
    bias[branch.channels + at] = sharpness;
    bias[branch.channels + at + 1] = 0;
  }
}

/** Weights of every tensor but the head's, which stays as `initialWeights` draws it until it is fitted. */
export function seededTrunk(config: MscConfig, seed: number, options: TrunkOptions): Weights {
  const { width } = config;
  const weights = initialWeights(config, seed, randomStream, "open");
  slowWaves(weights);
  // Without it the layer norm would take away how bright a plain patch is.
  valuesOf(weights, "embed.bias").set(normals(seed, "embed.bias", width));
  for (const [l, { branches }] of layersOf(config).entries()) {
    const name = `layers.${l}`;
    scale(valuesOf(weights, `${name}.modulation.weight`), options.modulation);
    scale(valuesOf(weights, `${name}.modulation.bias`), options.feedForward, 5 * width, 6 * width);
    for (const [b, branch] of branches.entries()) {
      const { channels, heads } = branch;
      scale(valuesOf(weights, `${name}.branches.${b}.qkv.weight`), options.content, 0, 2 * channels * channels);
      const bias = valuesOf(weights, `${name}.branches.${b}.qkv.bias`);
      const ages = options.ages[b] ?? [0];
      for (let head = 0; head < heads; head++) {
        lookBack(bias, branch, head, ages[head % ages.length] as number, options.sharpness, config.rotary.base);
      }
    }
  }
  return weights;
}
