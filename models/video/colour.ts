/** Colours of video: RGB in [-1, 1] to and from luma and chroma of 8 bits, as ITU-R BT.601 has them. */

/** Where the bytes of black, white and the strongest chroma lie: within 16 to 235 and 240, or from 0 to 255. */
export interface Range {
  readonly black: number;
  readonly luma: number;
  readonly chroma: number;
}

export const RANGES = {
  limited: { black: 16, luma: 219, chroma: 224 },
  full: { black: 0, luma: 255, chroma: 255 },
} as const satisfies { readonly [name: string]: Range };

/** Parts of red, green and blue in luma. */
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];

const clamp = (value: number) => Math.min(Math.max(value, -1), 1);
const byte = (value: number) => Math.min(Math.max(Math.round(value), 0), 255);

/** Luma and chroma as numbers: luma from 0 to 1, both chroma from -1/2 to 1/2. */
export type Luma = readonly [y: number, blue: number, red: number];

/** What lies outside [-1, 1] is clamped first, so that luma and chroma agree on the colour. */
export function lumaOf(red: number, green: number, blue: number): Luma {
  const [r, g, b] = [(clamp(red) + 1) / 2, (clamp(green) + 1) / 2, (clamp(blue) + 1) / 2];
  const y = RED * r + GREEN * g + BLUE * b;
  return [y, (b - y) / (2 * (1 - BLUE)), (r - y) / (2 * (1 - RED))];
}

export const lumaByte = (y: number, { black, luma }: Range) => byte(black + luma * y);
export const chromaByte = (part: number, { chroma }: Range) => byte(128 + chroma * part);

/** Writes the three values of a pixel, clamped: not every luma and chroma is a colour. */
export function writePixel(
  data: Float32Array,
  at: number,
  [yByte, blueByte, redByte]: Luma,
  { black, luma, chroma }: Range,
): void {
  const y = (yByte - black) / luma;
  const blue = 2 * (1 - BLUE) * ((blueByte - 128) / chroma);
  const red = 2 * (1 - RED) * ((redByte - 128) / chroma);
  data[at] = clamp(2 * (y + red) - 1);
  data[at + 1] = clamp(2 * (y - (RED * red + BLUE * blue) / GREEN) - 1);
  data[at + 2] = clamp(2 * (y + blue) - 1);
}
