/** All numbers that `mscc msc info` tells of a model, as plain data: parameters, memory, FLOPs, the paper's formulas. */
import type { Branch, Extents, MscConfig } from "./config.js";
import { clipOf, coarseGrid, hiddenOf, LAYER_CHUNKS, layersOf, volumeOf } from "./dimensions.js";
import {
  type CountPairs,
  type ForwardFlops,
  forwardFlops,
  type PaperLayer,
  paperLayers,
  singleScaleFlops,
} from "./flops.js";
import type { Growing } from "./frames-kept.js";
import { weightSpecs } from "./weights.js";

/** Frames whose keys and values a branch's cache holds in an endless rollout; or one of every so many, where it grows. */
export type KeptFrames = (branch: Branch, grid: Extents) => number | Growing;

/** The cache of a branch, in numbers that are stored. */
export interface BranchCache {
  readonly frames: number | Growing;
  /** Keys and values of one frame. */
  readonly perFrame: number;
}

export interface ModelInfo {
  readonly config: MscConfig;
  /** The grid of tokens of one forward pass. */
  readonly grid: Extents;
  readonly clip: Extents;
  readonly parameters: {
    readonly embedding: number;
    readonly time: number;
    readonly layers: readonly number[];
    readonly head: number;
    readonly total: number;
  };
  /** Numbers that are stored; how many bytes each takes is up to the dtype. */
  readonly memory: {
    readonly weights: number;
    /** By layer, then by branch. */
    readonly caches: readonly (readonly BranchCache[])[];
    readonly activations: number;
  };
  readonly flops: ForwardFlops;
  readonly singleScale: ForwardFlops;
  /** By layer; null where a layer is not of the paper's form. */
  readonly paper: readonly (PaperLayer | null)[];
}

export interface InfoRequest {
  /** By default that of the configuration. */
  readonly grid?: Extents;
  readonly countPairs: CountPairs;
  readonly keptFrames: KeptFrames;
  /** Numbers that intermediate results need, where they are known; by default an estimate. */
  readonly activations?: number;
}

const sum = (values: readonly number[]) => values.reduce((so, each) => so + each, 0);

function parametersOf(config: MscConfig): ModelInfo["parameters"] {
  const sizes = weightSpecs(config).map(({ name, shape }) => [name, shape.reduce((so, each) => so * each, 1)] as const);
  const under = (prefix: string) => sum(sizes.filter(([name]) => name.startsWith(prefix)).map(([, size]) => size));
  return {
    embedding: under("embed."),
    time: under("time."),
    layers: layersOf(config).map((_, l) => under(`layers.${l}.`)),
    head: under("head."),
    total: under(""),
  };
}

/**
 * What is alive at once in the part of a layer that needs most, where parts use the same memory: the tokens and their
 * normal form, and either the branches' operands and outputs or the hidden values of the feed-forward part.
 */
function activationsOf(config: MscConfig, grid: Extents): number {
  const { width } = config;
  const tokens = volumeOf(grid);
  const perLayer = layersOf(config).map(({ branches }) => {
    // Pooled channels; queries, keys and values; what attention gives; its projection.
    const ofBranches = branches.map(({ channels, down }) => 6 * volumeOf(coarseGrid(grid, down)) * channels);
    return Math.max(sum(ofBranches), tokens * hiddenOf(config));
  });
  return 2 * tokens * width + grid.t * LAYER_CHUNKS * width + Math.max(...perLayer);
}

export function modelInfo(config: MscConfig, request: InfoRequest): ModelInfo {
  const { grid = config.grid, countPairs, keptFrames } = request;
  const parameters = parametersOf(config);
  const caches = layersOf(config).map(({ branches }) =>
    branches.map((branch): BranchCache => {
      const { y, x } = coarseGrid(grid, branch.down);
      return { frames: keptFrames(branch, { t: grid.t, y, x }), perFrame: y * x * 2 * branch.channels };
    }),
  );
  return {
    config,
    grid,
    clip: clipOf(config, grid),
    parameters,
    memory: {
      weights: parameters.total,
      caches,
      activations: request.activations ?? activationsOf(config, grid),
    },
    flops: forwardFlops(config, grid, countPairs),
    singleScale: singleScaleFlops(config, grid),
    paper: paperLayers(config, grid).map((each) => each ?? null),
  };
}
