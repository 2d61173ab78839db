/**
 * The whole MSC model in plain float64: typed arrays, loops, and the patterns' own declarations called for each pair.
 * What the compiled model is compared with, so it takes nothing from the model but the type of its configuration.
 */
import type { AnyAttention } from "../../dsl/index.js";
import type { Branch, MscConfig } from "../../models/msc/config.js";
import {
  attendHead,
  type Clip,
  coarse,
  type Grid,
  gelu,
  layerNorm,
  linear,
  patchify,
  pool,
  rotate,
  sigmoid,
  silu,
  timeEmbedding,
  unpatchify,
} from "./plain-parts.js";

export interface PlainInput {
  readonly config: MscConfig;
  readonly weights: { readonly [name: string]: { readonly data: ArrayLike<number> } };
  /** The declarations of the patterns that the configuration names. */
  readonly declarations: { readonly [name: string]: AnyAttention };
  readonly clip: Clip;
  /** Noise level of each frame of tokens. */
  readonly levels: ArrayLike<number>;
  /** Number of the first frame of tokens; by default 0. */
  readonly first?: number;
}

/** Every intermediate that is a stage of its own; rows are tokens in order of t, y, x, or frames. */
export interface PlainResult {
  readonly grid: Grid;
  /** What the first layer is given, `[tokens, width]`. */
  readonly embedded: Float64Array;
  /** What all modulation is made of, `[frames, width]`. */
  readonly condition: Float64Array;
  /** What each layer gives, `[tokens, width]`. */
  readonly layers: readonly Float64Array[];
  /** What each branch of each layer gives on its own grid, before gates, `[coarse tokens, channels]`. */
  readonly branches: readonly (readonly Float64Array[])[];
  /** Of the clip's shape. */
  readonly velocity: Float64Array;
}

const at = (data: ArrayLike<number>, i: number) => data[i] as number;

/** Columns `from` to `from + count` of rows of `width`. */
const columns = (rows: Float64Array, width: number, from: number, count: number): Float64Array =>
  Float64Array.from({ length: (rows.length / width) * count }, (_, i) =>
    at(rows, Math.floor(i / count) * width + from + (i % count)),
  );

const rowsOf = (rows: Float64Array, width: number): Float64Array[] =>
  Array.from({ length: rows.length / width }, (_, i) => rows.slice(i * width, (i + 1) * width));

/** A linear operation by the name of its weights. */
type Linear = (name: string, rows: Float64Array, inputs: number) => Float64Array;

/** Chunks of a modulation: the value of a token's channel is that of its frame. */
function chunksOf(modulation: Float64Array, width: number, grid: Grid) {
  const size = modulation.length / grid.t;
  const perFrame = grid.y * grid.x;
  return (chunk: number) => (token: number, channel: number) =>
    at(modulation, Math.floor(token / perFrame) * size + chunk * width + channel);
}

type PerToken = (token: number, channel: number) => number;

const mapRows = (rows: Float64Array, width: number, value: (x: number, token: number, channel: number) => number) =>
  rows.map((x, i) => value(x, Math.floor(i / width), i % width));

const normalised = (rows: Float64Array, width: number, shift: PerToken, scale: PerToken) =>
  mapRows(layerNorm(rows, width), width, (x, token, c) => x * (1 + scale(token, c)) + shift(token, c));

/** Attention of a branch on its own grid with its projections; `rows` are the branch's channels, pooled already. */
function branchOutput(
  { config, declarations, first = 0 }: PlainInput,
  branch: Branch,
  rows: Float64Array,
  grid: Grid,
  project: (name: "qkv" | "out", rows: Float64Array) => Float64Array,
): Float64Array {
  const { channels, heads, down, pattern, params } = branch;
  const dim = channels / heads;
  const qkv = project("qkv", rows);
  const declaration = declarations[pattern];
  if (!declaration) throw new Error(`no declaration of ${pattern}`);
  const scope = { declaration, params, grid, first };
  /** Where a coarse token stands among the fine ones: the middle of those that it is the mean of. */
  const placeOf = (token: number): Grid => ({
    t: first + Math.floor(token / (grid.y * grid.x)),
    y: (Math.floor(token / grid.x) % grid.y) * down + (down - 1) / 2,
    x: (token % grid.x) * down + (down - 1) / 2,
  });
  const attended = new Float64Array(rows.length);
  for (let head = 0; head < heads; head++) {
    const part = (which: number) => rowsOf(columns(qkv, 3 * channels, which * channels + head * dim, dim), dim);
    const turned = (vectors: Float64Array[]) => vectors.map((each, i) => rotate(each, placeOf(i), config.rotary.base));
    const outputs = attendHead(turned(part(0)), turned(part(1)), part(2), scope, head);
    for (const [i, output] of outputs.entries()) attended.set(output, i * channels + head * dim);
  }
  return project("out", attended);
}

/** One layer: what it gives, and what its branches do. */
function layer(input: PlainInput, l: number, x: Float64Array, modulation: Float64Array, grid: Grid, apply: Linear) {
  const { width, feedForward, layers } = input.config;
  const { branches } = layers[layers.length === 1 ? 0 : l] as MscConfig["layers"][number];
  const chunk = chunksOf(modulation, width, grid);
  const a = normalised(x, width, chunk(0), chunk(1));
  const joined = new Float64Array(x.length);
  const outputs: Float64Array[] = [];
  let offset = 0;
  for (const [b, branch] of branches.entries()) {
    const { channels, down } = branch;
    const own = coarse(grid, down);
    const pooled = pool(columns(a, width, offset, channels), channels, grid, down);
    const output = branchOutput(input, branch, pooled, own, (name, rows) =>
      apply(`layers.${l}.branches.${b}.${name}`, rows, channels),
    );
    outputs.push(output);
    for (let token = 0; token < x.length / width; token++) {
      const t = Math.floor(token / (grid.y * grid.x));
      const row = Math.floor((Math.floor(token / grid.x) % grid.y) / down);
      const column = Math.floor((token % grid.x) / down);
      for (let c = 0; c < channels; c++) {
        const gate = 2 * sigmoid(chunk(6)(token, offset + c));
        joined[token * width + offset + c] = gate * at(output, ((t * own.y + row) * own.x + column) * channels + c);
      }
    }
    offset += channels;
  }
  const x1 = mapRows(x, width, (value, token, c) => value + chunk(2)(token, c) * at(joined, token * width + c));
  const f = normalised(x1, width, chunk(3), chunk(4));
  const hidden = apply(`layers.${l}.up`, f, width).map(gelu);
  const fed = apply(`layers.${l}.down`, hidden, width * feedForward);
  const x2 = mapRows(x1, width, (value, token, c) => value + chunk(5)(token, c) * at(fed, token * width + c));
  return { x: x2, branches: outputs };
}

/** The whole forward pass of a clip whose extents the patch divides. */
export function plainForward(input: PlainInput): PlainResult {
  const { config, weights, clip, levels } = input;
  const { patch, width, channels, depth } = config;
  const [frames = 0, height = 0, across = 0] = clip.shape;
  const grid = { t: frames / patch.t, y: height / patch.y, x: across / patch.x };
  if (levels.length !== grid.t) throw new Error(`${levels.length} noise levels for ${grid.t} frames of tokens`);
  const tensor = (name: string) => {
    const found = weights[name];
    if (!found) throw new Error(`no weights ${name}`);
    return found.data;
  };
  const apply: Linear = (name, rows, inputs) => linear(rows, inputs, tensor(`${name}.weight`), tensor(`${name}.bias`));
  const embedded = apply("embed", patchify(clip, patch), patch.t * patch.y * patch.x * channels);
  const frequencies = timeEmbedding(levels);
  const time = apply("time.0", frequencies, frequencies.length / grid.t).map(silu);
  const condition = apply("time.1", time, width).map(silu);
  const layers: Float64Array[] = [];
  const branches: Float64Array[][] = [];
  let x = embedded;
  for (let l = 0; l < depth; l++) {
    const given = layer(input, l, x, apply(`layers.${l}.modulation`, condition, width), grid, apply);
    x = given.x;
    layers.push(x);
    branches.push(given.branches);
  }
  const chunk = chunksOf(apply("head.modulation", condition, width), width, grid);
  const patches = apply("head", normalised(x, width, chunk(0), chunk(1)), width);
  return { grid, embedded, condition, layers, branches, velocity: unpatchify(patches, clip.shape, patch) };
}
