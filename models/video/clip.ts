/** Clips as models have them: frames of RGB in [-1, 1]; what every writer asks of them, and their values as bytes. */
import { videoFault } from "./messages.js";

/** Frames per second as a fraction. */
export type Rate = readonly [numerator: number, denominator: number];

export interface Clip {
  readonly width: number;
  readonly height: number;
  /** Each [height, width, 3], row-major, from -1 (none) to 1 (full); what lies outside is clamped. */
  readonly frames: readonly Float32Array[];
}

/** Clips of one size and length that are drawn together, before there is anything to draw. */
export interface Drawn {
  readonly clips: number;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** The longest side of a frame. */
export const LONGEST_SIDE = 16384;

const isExtent = (extent: number) => Number.isInteger(extent) && extent >= 1 && extent <= LONGEST_SIDE;

/** @throws ModelError `clip-extent`. */
export function requireExtents({ width, height }: Pick<Clip, "width" | "height">): void {
  if (!isExtent(width)) throw videoFault("clip-extent", "width", width);
  if (!isExtent(height)) throw videoFault("clip-extent", "height", height);
}

/** @throws ModelError with a code that begins with `clip-`: no frames, wrong extents, a value that is not a number. */
export function requireClip({ width, height, frames }: Clip): void {
  requireExtents({ width, height });
  if (frames.length === 0) throw videoFault("clip-empty");
  const values = width * height * 3;
  for (const [frame, data] of frames.entries()) {
    if (data.length !== values) throw videoFault("clip-values", frame, values, data.length);
    const at = data.findIndex(Number.isNaN);
    if (at === -1) continue;
    const pixel = Math.floor(at / 3);
    throw videoFault("clip-not-a-number", frame, Math.floor(pixel / width), pixel % width);
  }
}

/** @throws ModelError `clip-rate`. */
export function requireRate(rate: Rate): void {
  if (!rate.every((part) => Number.isSafeInteger(part) && part > 0)) throw videoFault("clip-rate", rate);
}

const words = ({ width, height, frames }: Clip) => `${frames.length} x ${height} x ${width}`;

/**
 * Clips that are shown beside each other: all of one size and length.
 * @throws ModelError `clips-differ`, or what `requireClip` throws.
 */
export function requireAlike(clips: readonly Clip[]): Clip {
  const [first] = clips;
  if (first === undefined) throw videoFault("clip-empty");
  for (const [index, clip] of clips.entries()) {
    requireClip(clip);
    if (words(clip) !== words(first)) throw videoFault("clips-differ", index, words(clip), words(first));
  }
  return first;
}

/** A value in [-1, 1] as a byte, the nearest; what lies outside is clamped. */
export const byteOf = (value: number): number => Math.round((Math.min(Math.max(value, -1), 1) + 1) * 127.5);
