/** A strip of frames as one PNG picture: frames side by side, clips below each other, wrapped so that it stays readable. */
import { encode } from "fast-png";
import { type Clip, type Drawn, requireAlike } from "./clip.js";
import { compose, enlarged, type Placed, requireScale, requireSize } from "./picture.js";

export interface StripOptions {
  /** Each pixel of a clip becomes scale x scale pixels; 1 where it is not given. */
  readonly scale?: number;
  /** Frames beside each other at most; as many as fit in 1600 pixels where it is not given. */
  readonly columns?: number;
}

const READABLE = 1600;
/** White pixels between frames, and between the bands of a wrapped strip; they are enlarged too. */
const GAP = 1;
const BAND_GAP = 4;

/**
 * Where frames go: how many beside each other, pixels from one band to the next, width and height before they are enlarged.
 * @throws ModelError with a code that begins with `picture-`.
 */
export function stripLayout(
  { clips, width: one, height: high, frames }: Drawn,
  { scale = 1, columns }: StripOptions = {},
) {
  requireScale("scale", scale);
  if (columns !== undefined) requireScale("columns", columns);
  const [across, down] = [one + GAP, high + GAP];
  const fitting = Math.max(1, Math.floor((READABLE / scale + GAP) / across));
  const inBand = Math.min(columns ?? fitting, frames);
  const band = clips * down - GAP + BAND_GAP;
  const bands = Math.ceil(frames / inBand);
  const [width, height] = [inBand * across - GAP, bands * band - BAND_GAP];
  requireSize(width * scale, height * scale);
  return { across, down, inBand, band, width, height };
}

/**
 * The bytes of a PNG. With several clips (noisy, denoised, original) frame i of each stands below frame i of the one
 * before; after `columns` frames all of them go on in a band below.
 * @throws ModelError with a code that begins with `clip` or `picture-`.
 */
export function formatStrip(clips: readonly Clip[], options: StripOptions = {}): Uint8Array<ArrayBuffer> {
  const first = requireAlike(clips);
  const { scale = 1 } = options;
  const drawn = { ...first, clips: clips.length, frames: first.frames.length };
  const { across, down, inBand, band, width, height } = stripLayout(drawn, options);
  const placed = clips.flatMap(({ frames }, row) =>
    frames.map((frame, index): Placed => {
      const top = Math.floor(index / inBand) * band + row * down;
      return { frame, left: (index % inBand) * across, top };
    }),
  );
  const { data } = compose({ width, height, channels: 3 }, first, placed);
  const large = enlarged(data, { width, height, size: 3 }, scale);
  return new Uint8Array(encode({ width: width * scale, height: height * scale, channels: 3, depth: 8, data: large }));
}
