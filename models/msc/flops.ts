/** Exact floating-point operations of one forward pass: matrix products and attention, 2 for each multiply-add. */
import type { Branch, Extents, MscConfig } from "./config.js";
import {
  coarseGrid,
  FREQUENCIES,
  HEAD_CHUNKS,
  headDimOf,
  hiddenOf,
  LAYER_CHUNKS,
  layersOf,
  patchDimOf,
  volumeOf,
} from "./dimensions.js";

/** Pairs of one head, on average where heads differ: those that attend, those in the tiles that a kernel visits, and all. */
export interface Pairs {
  readonly useful: number;
  readonly visited?: number;
  readonly dense: number;
}

export type CountPairs = (branch: Pick<Branch, "pattern" | "params" | "heads">, grid: Extents) => Pairs;

export interface BranchFlops {
  /** The branch's own grid. */
  readonly grid: Extents;
  readonly pairs: Pairs;
  /** Queries, keys and values, and the output. */
  readonly projections: number;
  /** Both products with the pairs that attend; a kernel does those that it visits. */
  readonly attention: number;
  readonly visitedAttention?: number;
}

export interface LayerFlops {
  readonly branches: readonly BranchFlops[];
  readonly modulation: number;
  readonly feedForward: number;
  /** Of all that stands above. */
  readonly total: number;
}

export interface ForwardFlops {
  readonly grid: Extents;
  readonly tokens: number;
  readonly embedding: number;
  /** From noise levels to what modulates. */
  readonly time: number;
  readonly layers: readonly LayerFlops[];
  /** With its modulation. */
  readonly head: number;
  readonly total: number;
}

/** A product of `rows` with an `outputs` x `inputs` matrix. */
const linear = (rows: number, outputs: number, inputs: number) => 2 * rows * outputs * inputs;
/** Logits and weighted values: 2 FLOPs each for every pair and channel of a head. */
const attention = (pairs: number, headDim: number, heads: number) => 4 * pairs * headDim * heads;

const sum = (values: readonly number[]) => values.reduce((so, each) => so + each, 0);

function branchFlops(branch: Branch, fine: Extents, countPairs: CountPairs): BranchFlops {
  const { channels, heads, down } = branch;
  const grid = coarseGrid(fine, down);
  const tokens = volumeOf(grid);
  const pairs = countPairs(branch, grid);
  // Whole, as the sum over heads is, whose average was taken.
  const flopsOf = (count: number) => Math.round(attention(count, headDimOf(branch), heads));
  return {
    grid,
    pairs,
    projections: linear(tokens, 3 * channels, channels) + linear(tokens, channels, channels),
    attention: flopsOf(pairs.useful),
    ...(pairs.visited === undefined ? {} : { visitedAttention: flopsOf(pairs.visited) }),
  };
}

/** What is the same whatever the branches are. */
function commonFlops(config: MscConfig, grid: Extents) {
  const { width } = config;
  const [tokens, patch, hidden] = [volumeOf(grid), patchDimOf(config), hiddenOf(config)];
  return {
    tokens,
    embedding: linear(tokens, width, patch),
    time: linear(grid.t, width, 2 * FREQUENCIES) + linear(grid.t, width, width),
    modulation: linear(grid.t, LAYER_CHUNKS * width, width),
    feedForward: linear(tokens, hidden, width) + linear(tokens, width, hidden),
    head: linear(grid.t, HEAD_CHUNKS * width, width) + linear(tokens, patch, width),
  };
}

/** One forward pass over a grid of tokens; what is done once per element (norms, gates, pooling, softmax) is left out. */
export function forwardFlops(config: MscConfig, grid: Extents, countPairs: CountPairs): ForwardFlops {
  const { tokens, embedding, time, modulation, feedForward, head } = commonFlops(config, grid);
  const layers = layersOf(config).map((layer): LayerFlops => {
    const branches = layer.branches.map((branch) => branchFlops(branch, grid, countPairs));
    const total = modulation + feedForward + sum(branches.map((each) => each.projections + each.attention));
    return { branches, modulation, feedForward, total };
  });
  const total = embedding + time + head + sum(layers.map((each) => each.total));
  return { grid, tokens, embedding, time, layers, head, total };
}

/** The model of one scale with the same width and depth, in which every token sees every other. */
export function singleScaleFlops(config: MscConfig, grid: Extents): ForwardFlops {
  const { width, depth } = config;
  const whole = { channels: width, heads: 1, down: 1, pattern: "", params: {} };
  const single = { ...config, layers: [{ branches: [whole] }], depth };
  return forwardFlops(single, grid, (_branch, own) => {
    const all = volumeOf(own) ** 2;
    return { useful: all, dense: all };
  });
}

/** What a formula of the paper says of one layer: its projections are FLOPs, its attention is in three forms. */
export interface PaperTerms {
  readonly projections: number;
  readonly attention: {
    /** As the paper prints it. */
    readonly printed: number;
    /** What follows from its own derivation. */
    readonly consistent: number;
    /** The same with 2 FLOPs for each multiply-add, as projections are counted. */
    readonly flops: number;
  };
}

/** A layer of the paper's form: one half with a window, the other one coarser with strided frames. */
export interface PaperLayer {
  readonly regular: PaperTerms;
  readonly highRes: PaperTerms & {
    /** Windows that the grid holds: the paper's w^2 v. */
    readonly windows: number;
  };
  readonly lowRes: PaperTerms & { readonly r: number; readonly d: number };
}

function formOf({ branches }: MscConfig["layers"][number]) {
  const high = branches.find(({ pattern, down }) => pattern === "localWindow" && down === 1);
  const low = branches.find(({ pattern }) => pattern === "stridedFrames");
  const isForm = branches.length === 2 && high && low && high.channels === low.channels;
  return isForm ? { high, low } : undefined;
}

/** The paper's formulas for each layer of its form, undefined for others; batch 1. */
export function paperLayers(config: MscConfig, grid: Extents): readonly (PaperLayer | undefined)[] {
  const [s, h] = [volumeOf(grid), config.width];
  return layersOf(config).map((layer) => {
    const form = formOf(layer);
    if (!form) return undefined;
    const { frames = 1, radius = 0 } = form.high.params;
    const windows = s / (frames * (2 * radius + 1) ** 2);
    const [r, d] = [form.low.down, form.low.params.stride ?? 1];
    const terms = (projections: number, printed: number, consistent: number): PaperTerms => ({
      projections,
      attention: { printed, consistent, flops: 2 * consistent },
    });
    return {
      regular: terms(8 * s * h ** 2, 2 * s ** 2 * h, 2 * s ** 2 * h),
      highRes: { ...terms(2 * s * h ** 2, (s ** 2 * h) / (2 * windows), (s ** 2 * h) / windows), windows },
      lowRes: {
        ...terms((2 * s * h ** 2) / r ** 2, (s ** 2 * h) / (2 * r ** 2 * d), (s ** 2 * h) / (r ** 4 * d)),
        r,
        d,
      },
    };
  });
}
