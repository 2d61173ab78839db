/** The parts of a plain MSC model in float64, one loop after another; nothing here is taken from the model's own code. */
import type { AnyAttention } from "../../dsl/index.js";

export interface Grid {
  readonly t: number;
  readonly y: number;
  readonly x: number;
}

/** `data` is row-major. */
export interface Clip {
  /** `[T, H, W, C]` */
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

const at = (data: ArrayLike<number>, i: number) => data[i] as number;

function dot(a: Float64Array, aAt: number, b: Float64Array, bAt: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[aAt + i] as number) * (b[bAt + i] as number);
  return sum;
}

/** Linear in each row of `inputs` values; `weight` is `[outputs, inputs]`. */
export function linear(rows: Float64Array, inputs: number, weight: ArrayLike<number>, bias: ArrayLike<number>) {
  const [count, outputs] = [rows.length / inputs, bias.length];
  const result = new Float64Array(count * outputs);
  const matrix = Float64Array.from(weight);
  for (let row = 0; row < count; row++) {
    for (let out = 0; out < outputs; out++) {
      result[row * outputs + out] = dot(rows, row * inputs, matrix, out * inputs, inputs) + at(bias, out);
    }
  }
  return result;
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
export const silu = (x: number): number => x * sigmoid(x);
export const gelu = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

/** Each row less its mean, over its deviation. */
export function layerNorm(rows: Float64Array, width: number): Float64Array {
  const result = new Float64Array(rows.length);
  for (let from = 0; from < rows.length; from += width) {
    const row = rows.subarray(from, from + width);
    const mean = row.reduce((sum, x) => sum + x, 0) / width;
    const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / width;
    for (let i = 0; i < width; i++) result[from + i] = (at(row, i) - mean) / Math.sqrt(variance + 1e-6);
  }
  return result;
}

/** Cosines, then sines, of a noise level at falling frequencies; a row for each level. */
export function timeEmbedding(levels: ArrayLike<number>, frequencies = 64): Float64Array {
  const size = 2 * frequencies;
  return Float64Array.from({ length: levels.length * size }, (_, index) => {
    const i = index % size;
    const angle =
      1000 * at(levels, Math.floor(index / size)) * Math.exp((-Math.log(10000) * (i % frequencies)) / frequencies);
    return i < frequencies ? Math.cos(angle) : Math.sin(angle);
  });
}

/** Where in a clip each value of each patch is: patches in order of t, y, x, values of one in order of t, y, x, channel. */
function patchPlaces({ shape }: Pick<Clip, "shape">, patch: Grid): Int32Array {
  const [frames = 0, height = 0, width = 0, channels = 0] = shape;
  const places: number[] = [];
  for (let t = 0; t < frames; t += patch.t) {
    for (let y = 0; y < height; y += patch.y) {
      for (let x = 0; x < width; x += patch.x) {
        for (let dt = 0; dt < patch.t; dt++) {
          for (let dy = 0; dy < patch.y; dy++) {
            for (let dx = 0; dx < patch.x; dx++) {
              const pixel = ((t + dt) * height + y + dy) * width + x + dx;
              for (let channel = 0; channel < channels; channel++) places.push(pixel * channels + channel);
            }
          }
        }
      }
    }
  }
  return Int32Array.from(places);
}

export const patchify = (clip: Clip, patch: Grid): Float64Array =>
  Float64Array.from(patchPlaces(clip, patch), (place) => at(clip.data, place));

export function unpatchify(patches: Float64Array, shape: readonly number[], patch: Grid): Float64Array {
  const clip = new Float64Array(patches.length);
  for (const [i, place] of patchPlaces({ shape }, patch).entries()) clip[place] = at(patches, i);
  return clip;
}

export const coarse = ({ t, y, x }: Grid, down: number): Grid => ({
  t,
  y: Math.ceil(y / down),
  x: Math.ceil(x / down),
});

/** The mean of `down` x `down` tokens; past the last row and column these are repeated. */
export function pool(rows: Float64Array, width: number, grid: Grid, down: number): Float64Array {
  const to = coarse(grid, down);
  const result = new Float64Array(to.t * to.y * to.x * width);
  for (let t = 0; t < to.t; t++) {
    for (let y = 0; y < to.y; y++) {
      for (let x = 0; x < to.x; x++) {
        for (let dy = 0; dy < down; dy++) {
          for (let dx = 0; dx < down; dx++) {
            const row = Math.min(y * down + dy, grid.y - 1);
            const column = Math.min(x * down + dx, grid.x - 1);
            const from = ((t * grid.y + row) * grid.x + column) * width;
            const into = ((t * to.y + y) * to.x + x) * width;
            for (let c = 0; c < width; c++) {
              result[into + c] = at(result, into + c) + at(rows, from + c) / (down * down);
            }
          }
        }
      }
    }
  }
  return result;
}

/** A head's vector turned by its place: pairs of values, the first of them by t, then by y, then by x. */
export function rotate(vector: ArrayLike<number>, place: Grid, base: number): Float64Array {
  const pairs = vector.length / 2;
  const each = Math.floor(vector.length / 6);
  const axes = [
    { position: place.t, pairs: pairs - 2 * each },
    { position: place.y, pairs: each },
    { position: place.x, pairs: each },
  ];
  const angles = axes.flatMap((axis) =>
    Array.from({ length: axis.pairs }, (_, rank) => axis.position * base ** (-rank / axis.pairs)),
  );
  const result = new Float64Array(vector.length);
  for (const [j, angle] of angles.entries()) {
    const [a, b] = [at(vector, 2 * j), at(vector, 2 * j + 1)];
    result[2 * j] = a * Math.cos(angle) - b * Math.sin(angle);
    result[2 * j + 1] = a * Math.sin(angle) + b * Math.cos(angle);
  }
  return result;
}

/** What decides which keys a query sees. */
export interface Scope {
  readonly declaration: AnyAttention;
  readonly params: { readonly [name: string]: number };
  readonly grid: Grid;
  /** Number of the first frame. */
  readonly first: number;
}

function positionsOf({ grid: { t, y, x }, first }: Scope): Grid[] {
  return Array.from({ length: t * y * x }, (_, i) => ({
    t: first + Math.floor(i / (y * x)),
    y: Math.floor(i / x) % y,
    x: i % x,
  }));
}

/** What a declaration's functions see beside the two positions. */
export function surroundings({ declaration, params, grid, first }: Scope, head: number) {
  const size = { t: first + grid.t, y: grid.y, x: grid.x };
  const values = Object.entries(declaration.params).map(([name, { kind, default: usual }]) => {
    const value = params[name] ?? usual ?? Number.NaN;
    return [name, kind === "float" ? Math.fround(value) : value] as const;
  });
  return { ...Object.fromEntries(values), size: { q: size, k: size }, head, batch: 0 };
}

const known = new WeakMap<AnyAttention, Map<string, readonly Int32Array[]>>();

/** The keys that each query sees, by calling the declaration for every pair; kept for the next layer that asks the same. */
export function keysSeen(scope: Scope, head: number): readonly Int32Array[] {
  const { declaration, params, grid, first } = scope;
  const own = known.get(declaration) ?? new Map<string, readonly Int32Array[]>();
  known.set(declaration, own);
  const name = JSON.stringify([params, grid, first, head]);
  const before = own.get(name);
  if (before) return before;
  const positions = positionsOf(scope);
  const around = surroundings(scope, head);
  const all = positions.map((q) =>
    Int32Array.from(positions.flatMap((k, i) => (declaration.attend({ q, k, ...around } as never) ? [i] : []))),
  );
  own.set(name, all);
  return all;
}

/** Softmax attention of one head; each array holds a row of `dim` values per token. */
export function attendHead(
  q: readonly Float64Array[],
  k: readonly Float64Array[],
  v: readonly Float64Array[],
  scope: Scope,
  head: number,
): Float64Array[] {
  const { declaration } = scope;
  const positions = positionsOf(scope);
  const around = surroundings(scope, head);
  const dim = (q[0] as Float64Array).length;
  const scoreOf = (i: number, j: number, s: number) =>
    declaration.score?.({ q: positions[i], k: positions[j], ...around, s } as never) ?? s;
  return keysSeen(scope, head).map((keys, i) => {
    const query = q[i] as Float64Array;
    const logits = Array.from(keys, (j) => {
      return scoreOf(i, j, dot(query, 0, k[j] as Float64Array, 0, dim) / Math.sqrt(dim));
    });
    const largest = logits.reduce((so, each) => Math.max(so, each), Number.NEGATIVE_INFINITY);
    const weights = logits.map((each) => Math.exp(each - largest));
    const total = weights.reduce((sum, each) => sum + each, 0);
    const output = new Float64Array(dim);
    for (const [n, j] of keys.entries()) {
      const [value, weight] = [v[j] as Float64Array, at(weights, n) / total];
      for (let c = 0; c < dim; c++) output[c] = at(output, c) + weight * at(value, c);
    }
    return output;
  });
}
