/** Pictures of several frames: laid out in rows and columns, and enlarged so that single pixels can be seen. */
import { byteOf, type Clip } from "./clip.js";
import { videoFault } from "./messages.js";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Bytes per pixel: red, green, blue, and with 4 of them an alpha of 255. */
  readonly channels: 3 | 4;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** A frame and where it goes. */
export interface Placed {
  readonly frame: Float32Array;
  readonly left: number;
  readonly top: number;
}

/** What a GIF can hold on a side, and as many pixels as fit in memory without care. */
const LONGEST_SIDE = 65535;
const MOST_PIXELS = 2 ** 26;

/** @throws ModelError `picture-scale`. */
export function requireScale(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1 && value <= LONGEST_SIDE)) throw videoFault("picture-scale", name, value);
}

/** @throws ModelError `picture-size`. */
export function requireSize(width: number, height: number): void {
  if (width > LONGEST_SIDE || height > LONGEST_SIDE || width * height > MOST_PIXELS) {
    throw videoFault("picture-size", width, height, LONGEST_SIDE, MOST_PIXELS);
  }
}

/** Frames of one size on a white ground. */
export function compose(
  { width, height, channels }: Omit<Picture, "data">,
  frameSize: Pick<Clip, "width" | "height">,
  placed: readonly Placed[],
): Picture {
  const data = new Uint8Array(width * height * channels).fill(255);
  for (const { frame, left, top } of placed) {
    for (let pixel = 0; pixel < frameSize.width * frameSize.height; pixel++) {
      const x = left + (pixel % frameSize.width);
      const y = top + Math.floor(pixel / frameSize.width);
      for (let channel = 0; channel < 3; channel++) {
        data[(y * width + x) * channels + channel] = byteOf(frame[pixel * 3 + channel] as number);
      }
    }
  }
  return { width, height, channels, data };
}

/** Every pixel as a square of scale x scale; `size` bytes make a pixel. */
export function enlarged(
  data: Uint8Array<ArrayBuffer>,
  { width, height, size }: { readonly width: number; readonly height: number; readonly size: number },
  scale: number,
): Uint8Array<ArrayBuffer> {
  if (scale === 1) return data;
  const large = new Uint8Array(data.length * scale * scale);
  const row = width * size * scale;
  for (let y = 0; y < height; y++) {
    const start = y * scale * row;
    for (let x = 0; x < width; x++) {
      const pixel = data.subarray((y * width + x) * size, (y * width + x + 1) * size);
      for (let i = 0; i < scale; i++) large.set(pixel, start + (x * scale + i) * size);
    }
    for (let i = 1; i < scale; i++) large.copyWithin(start + i * row, start, start + row);
  }
  return large;
}
