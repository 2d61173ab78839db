/** Animated GIFs of clips, side by side, that repeat without end. */
import { type Clip, type Drawn, type Rate, requireAlike, requireRate } from "./clip.js";
import { gifenc, indexer, paletteOf } from "./palette.js";
import { compose, enlarged, requireScale, requireSize } from "./picture.js";

export interface GifOptions {
  readonly rate: Rate;
  /** Each pixel of a clip becomes scale x scale pixels; 1 where it is not given. */
  readonly scale?: number;
}

/** White pixels between clips; they are enlarged too. */
const GAP = 1;

/**
 * Width and height before they are enlarged.
 * @throws ModelError with a code that begins with `picture-`.
 */
export function gifSize({ clips, width: one, height }: Drawn, scale = 1): { width: number; height: number } {
  requireScale("scale", scale);
  const width = clips * (one + GAP) - GAP;
  requireSize(width * scale, height * scale);
  return { width, height };
}

/** Hundredths of a second for each frame, rounded so that no error adds up; below 2 players would slow down to 10. */
function delaysOf(frames: number, [numerator, denominator]: Rate): number[] {
  const shown = (frame: number) => Math.round((frame * denominator * 100) / numerator);
  return Array.from({ length: frames }, (_, frame) => Math.min(Math.max(shown(frame + 1) - shown(frame), 2), 65535));
}

/**
 * The bytes of a GIF: the clips beside each other, 256 colours for all frames, the file repeats without end. The delay
 * is counted in hundredths of a second, so that more than 50 frames per second are shown at 50.
 * @throws ModelError with a code that begins with `clip` or `picture-`.
 */
export function formatGif(clips: readonly Clip[], { rate, scale = 1 }: GifOptions): Uint8Array<ArrayBuffer> {
  const first = requireAlike(clips);
  requireRate(rate);
  const { width, height } = gifSize({ ...first, clips: clips.length, frames: first.frames.length }, scale);
  const pictures = first.frames.map((_, index) =>
    compose(
      { width, height, channels: 4 },
      first,
      clips.map(({ frames }, clip) => ({
        frame: frames[index] as Float32Array,
        left: clip * (first.width + GAP),
        top: 0,
      })),
    ),
  );
  const palette = paletteOf(pictures, width);
  const indicesOf = indexer(palette);
  const delays = delaysOf(pictures.length, rate);
  const writer = gifenc.GIFEncoder();
  for (const [index, picture] of pictures.entries()) {
    const indices = enlarged(indicesOf(picture), { width, height, size: 1 }, scale);
    const delay = (delays[index] as number) * 10;
    writer.writeFrame(indices, width * scale, height * scale, index === 0 ? { palette, delay, repeat: 0 } : { delay });
  }
  writer.finish();
  return writer.bytes();
}
