/** How the rows of a tile and the keys of a group lie in the invocations of a subgroup. */

import type { TileShapes } from "../../compiler/plan/plan.js";

/**
 * Keys whose logits an invocation holds at a time: 16 read and write its accumulators half as often as 8, which are as
 * many as 4 invocations with 8 rows each compile in good time.
 */
const groupFor = (lanes: number) => (lanes < 8 ? 8 : 16);

export interface Shape {
  /** Invocations that share what they load. */
  readonly lanes: number;
  /** Keys of a box, and of a group whose logits an invocation holds at a time. */
  readonly keys: number;
  readonly group: number;
  /** Rows of the tile that one invocation holds: `vectors` vectors of `width`. */
  readonly rows: number;
  readonly width: number;
  readonly vectors: number;
  /** Keys whose elements are loaded at a time, one an invocation. */
  readonly loaded: number;
  /** Neighbouring vectors of a key that are loaded at a time: with more invocations than keys, several. */
  readonly parts: number;
  /** Vectors of four elements that a query and a value take, and the same rounded up to whole loads. */
  readonly head: Vectors;
  readonly value: Vectors;
}

interface Vectors {
  readonly used: number;
  readonly held: number;
}

const volume = (extents: readonly number[]) => extents.reduce((product, extent) => product * extent, 1);

/** The shape for tiles whose queries divide among `lanes` invocations. */
export function shapeFor(
  tiles: TileShapes,
  {
    lanes,
    headDim,
    valueDim,
    group = groupFor(lanes),
  }: { lanes: number; headDim: number; valueDim: number; group?: number },
): Shape {
  const rows = volume(tiles.query) / lanes;
  const width = Math.min(rows, 4);
  const loaded = Math.min(lanes, group);
  const parts = lanes / loaded;
  const vectorsOf = (dim: number): Vectors => {
    const used = Math.ceil(dim / 4);
    return { used, held: parts * Math.ceil(used / parts) };
  };
  const [head, value] = [vectorsOf(headDim), vectorsOf(valueDim)];
  return { lanes, keys: volume(tiles.key), group, rows, width, vectors: rows / width, loaded, parts, head, value };
}

export const each = (n: number, text: (i: number) => string): string[] => Array.from({ length: n }, (_, i) => text(i));

/** WGSL type of one value per row of a vector. */
export const typeOf = ({ width }: Shape, scalar: "f32" | "u32"): string =>
  width === 1 ? scalar : `vec${width}<${scalar}>`;

/** The component of row `r` in the vectors of that name, which may be one per key. */
export const partOf = ({ width }: Shape, name: string, r: number, key?: number): string =>
  `${name}_${Math.floor(r / width)}${key === undefined ? "" : `_${key}`}${width === 1 ? "" : `.${"xyzw"[r % width]}`}`;
