/** Frames -> tokens: one per patch of 4 x 4 pixels, with vectors whose dot product says how alike two patches look. */
import type { Y4mPlanes } from "mscc/msc";

/** Pixels of a patch along each axis; 2 samples of chroma. */
export const PATCH = 4;
export const HEADS = 2;
export const HEAD_DIM = 32;
export const VALUE_DIM = 24;

/** Logit of two patches that look the same; those that have nothing in common get 0. */
const SHARPNESS = 9;
/** Below this contrast a patch counts as close to the average one, and is like none. */
const CONTRAST_FLOOR = 40;

/** A frame of 4:2:0 video, as it is stored. */
export interface Frame extends Y4mPlanes {
  readonly width: number;
  readonly height: number;
}

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Tokens {
  /** Extents of the grid: frames, rows and columns of patches. */
  readonly grid: readonly [t: number, y: number, x: number];
  /** `[1, heads, t, y, x, head dim]`; queries and keys are the same vectors. */
  readonly q: Tensor;
  readonly k: Tensor;
  /** `[1, heads, t, y, x, value dim]`: the colours of the patch, 0 to 1. */
  readonly v: Tensor;
}

/** The samples of one square of a plane, row by row. */
function square(plane: Uint8Array, width: number, row: number, column: number, side: number): number[] {
  const first = row * side * width + column * side;
  return Array.from(
    { length: side * side },
    (_, i) => plane[first + Math.floor(i / side) * width + (i % side)] as number,
  );
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The patches of a frame, row by row: 16 lumas and 4 + 4 chromas each. */
function patchesOf({ width, height, y, u, v }: Frame): number[][] {
  const [rows, columns] = [height / PATCH, width / PATCH];
  return Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const chroma = [u, v].flatMap((plane) => square(plane, width / 2, row, column, PATCH / 2));
    return [...square(y, width, row, column, PATCH), ...chroma];
  });
}

const LUMA = PATCH * PATCH;
const meansOf = (patch: readonly number[]) => [
  mean(patch.slice(0, LUMA)),
  2 * mean(patch.slice(LUMA, LUMA + 4)),
  2 * mean(patch.slice(LUMA + 4)),
];

/** Indices of a patch's neighbours and itself, 3 x 3; beyond the edge the nearest patch. */
function around(index: number, rows: number, columns: number): number[] {
  const clamp = (at: number, extent: number) => Math.max(0, Math.min(extent - 1, at));
  const [row, column] = [Math.floor(index / columns), index % columns];
  return Array.from({ length: 9 }, (_, i) => {
    const [y, x] = [clamp(row + Math.floor(i / 3) - 1, rows), clamp(column + (i % 3) - 1, columns)];
    return y * columns + x;
  });
}

/**
 * What each patch of a frame looks like, per head. Head 0 sees the patch in detail (chroma counts double) and how
 * bright its 8 neighbours are; head 1 sees only the mean colours of all 9, filled up with zeros.
 */
function looksOf(frame: Frame): readonly [detail: number[], surroundings: number[]][] {
  const patches = patchesOf(frame);
  const means = patches.map(meansOf);
  return patches.map((patch, index) => {
    const near = around(index, frame.height / PATCH, frame.width / PATCH).map((i) => means[i] as number[]);
    const own = patch.map((value, i) => (i < LUMA ? value : 2 * value));
    const brightness = near.filter((_, i) => i !== 4).map(([luma]) => luma as number);
    return [
      [...own, ...brightness],
      [...near.flat(), ...Array<number>(HEAD_DIM - 27).fill(0)],
    ];
  });
}

/** Takes the average vector away and scales to length 1, so that a dot product is the cosine of what is unusual. */
function normalise(vectors: readonly (readonly number[])[], length: number): number[][] {
  const average = Array.from({ length: HEAD_DIM }, (_, i) => mean(vectors.map((vector) => vector[i] as number)));
  return vectors.map((vector) => {
    const centred = vector.map((value, i) => value - (average[i] as number));
    const contrast = Math.hypot(...centred) + CONTRAST_FLOOR;
    return centred.map((value) => (value / contrast) * length);
  });
}

/** Cuts frames of one size, a multiple of the patch, into tokens. */
export function tokensOf(frames: readonly Frame[]): Tokens {
  const [first] = frames;
  if (!first) throw new Error("no frames");
  const { width, height } = first;
  if (width % PATCH !== 0 || height % PATCH !== 0) {
    throw new Error(`frames of ${width} x ${height} pixels do not divide into patches of ${PATCH} x ${PATCH}`);
  }
  if (first.u.length !== (width * height) / 4) throw new Error("expected frames of 4:2:0, whose chroma is halved");
  const looks = frames.flatMap(looksOf);
  // The kernel divides dot products by the root of the head dim.
  const length = Math.sqrt(SHARPNESS * Math.sqrt(HEAD_DIM));
  const vectors = ([0, 1] as const).flatMap((head) =>
    normalise(
      looks.map((look) => look[head]),
      length,
    ),
  );
  const values = frames.flatMap(patchesOf).map((patch) => patch.map((value) => value / 255));
  const grid = [frames.length, height / PATCH, width / PATCH] as const;
  const tensor = (dim: number, rows: readonly (readonly number[])[]): Tensor => ({
    shape: [1, HEADS, ...grid, dim],
    data: Float32Array.from(rows.flat()),
  });
  const q = tensor(HEAD_DIM, vectors);
  return { grid, q, k: q, v: tensor(VALUE_DIM, [...values, ...values]) };
}
