/** Frames of a clip for tests of decoding: one frame out of a tensor, and a cache that holds some of them. */
import type { TableData } from "../../dsl/index.js";
import type { HostTensor } from "../../runtime/index.js";

/** `[batch, heads, frames, ...]` as blocks: how many, frames of each, elements of a frame. */
function blocksOf(shape: readonly number[]) {
  const [batches = 1, heads = 1, frames = 1, ...rest] = shape;
  return { blocks: batches * heads, frames, size: rest.reduce((product, extent) => product * extent, 1) };
}

const withFrames = (shape: readonly number[], frames: number) => shape.map((extent, i) => (i === 2 ? frames : extent));

/** A tensor with room for `room` frames: frame `slot` of it is the source's frame `frameOf(slot)`, NaN where that is undefined. */
export function framesOf(
  { shape, data }: TableData,
  room: number,
  frameOf: (slot: number) => number | undefined,
): HostTensor {
  const { blocks, frames, size } = blocksOf(shape);
  const values = new Float32Array(blocks * room * size).fill(Number.NaN);
  for (let block = 0; block < blocks; block++) {
    for (let slot = 0; slot < room; slot++) {
      const frame = frameOf(slot);
      if (frame === undefined) continue;
      for (let i = 0; i < size; i++) {
        values[(block * room + slot) * size + i] = data[(block * frames + frame) * size + i] as number;
      }
    }
  }
  return { shape: withFrames(shape, room), data: values };
}

export const oneFrame = (tensor: TableData, frame: number): HostTensor => framesOf(tensor, 1, () => frame);

/** One frame of a result without its last dimension (`shape` is that of the queries), or with `width` values a row. */
export function rowsOfFrame(values: ArrayLike<number>, shape: readonly number[], width: number, frame: number) {
  const rows = [...shape.slice(0, -1), width];
  return Float64Array.from(oneFrameOf(values, rows, frame));
}

function* oneFrameOf(values: ArrayLike<number>, shape: readonly number[], frame: number) {
  const { blocks, frames, size } = blocksOf(shape);
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < size; i++) yield values[(block * frames + frame) * size + i] as number;
  }
}

/** A ring of `room` frames that holds those from `first` to `last`: frame p in slot p modulo `room`. */
export const ringOf = (tensor: TableData, room: number, first: number, last: number): HostTensor =>
  framesOf(tensor, room, (slot) => {
    const frame = first + ((((slot - first) % room) + room) % room);
    return frame <= last ? frame : undefined;
  });

/** A box of keys `[batch, heads, ...axes, dim]` in an operand that is a ring along every axis: position p in slot p modulo its room. */
export function turn({ shape, data }: TableData, rooms: readonly number[], origin: readonly number[]): HostTensor {
  const [batches = 1, heads = 1, ...rest] = shape;
  const room = [batches, heads, ...rooms, rest.at(-1) as number];
  const first = [0, 0, ...origin, 0];
  const values = new Float32Array(room.reduce((product, extent) => product * extent, 1)).fill(Number.NaN);
  for (let index = 0; index < data.length; index++) {
    let [left, place, step] = [index, 0, 1];
    for (let i = shape.length - 1; i >= 0; i--) {
      const [extent, slots] = [shape[i] as number, room[i] as number];
      place += (((left % extent) + (first[i] as number)) % slots) * step;
      left = Math.floor(left / extent);
      step *= slots;
    }
    values[place] = data[index] as number;
  }
  return { shape: room, data: values };
}
