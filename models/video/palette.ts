/** Few colours for many: the palette of a clip, chosen by gifenc, and the nearest of its colours for every pixel. */
/// <reference path="./gifenc.d.ts" />
import * as loaded from "gifenc";
import type { Picture } from "./picture.js";

// Node takes the package's CommonJS file, whose exports are the default; some bundlers take its other one.
export const gifenc: loaded.Gifenc = "quantize" in loaded ? (loaded as unknown as loaded.Gifenc) : loaded.default;

export type Palette = loaded.Palette;

const COLOURS = 256;
/** Pixels that colours are chosen by, at most. */
const SAMPLE = 2 ** 19;
/** Cells of 8 x 8 x 8 colours, above which cells of 16 x 16 x 16 are taken: the time grows with their square. */
const MOST_CELLS = 6000;

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** Pixels of all pictures as words, evenly spread. */
function sampleOf(pictures: readonly Picture[], width: number): Uint32Array<ArrayBuffer> {
  const words = pictures.map(({ data }) => new Uint32Array(data.buffer));
  const perPicture = words[0]?.length as number;
  const all = perPicture * words.length;
  let step = Math.ceil(all / SAMPLE);
  // Not the same columns of every row.
  while (greatestDivisor(step, width) > 1) step++;
  return Uint32Array.from({ length: Math.ceil(all / step) }, (_, i) => {
    const at = i * step;
    return words[Math.floor(at / perPicture)]?.[at % perPicture] as number;
  });
}

/** The colours themselves, where there are few. */
function fewColours(sample: Uint32Array): Palette | undefined {
  const found = new Set<number>();
  for (const word of sample) if (found.add(word).size > COLOURS) return undefined;
  return [...found].sort((a, b) => a - b).map((word) => [word & 255, (word >> 8) & 255, (word >> 16) & 255]);
}

/** One palette for all pictures (4 channels, one size), so that still parts of a clip do not flicker. */
export function paletteOf(pictures: readonly Picture[], width: number): Palette {
  const sample = sampleOf(pictures, width);
  const few = fewColours(sample);
  if (few !== undefined) return few;
  const cells = new Set(sample.map((word) => word & 0xf8f8f8));
  const format = cells.size <= MOST_CELLS ? "rgb565" : "rgb444";
  return gifenc.quantize(new Uint8Array(sample.buffer), COLOURS, { format });
}

/** The index of the nearest colour; `flat` holds three numbers for each. */
function nearest(flat: Int32Array, red: number, green: number, blue: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < flat.length; at += 3) {
    const [r, g, b] = [(flat[at] as number) - red, (flat[at + 1] as number) - green, (flat[at + 2] as number) - blue];
    const distance = r * r + g * g + b * b;
    if (distance < least) [best, least] = [at, distance];
  }
  return best / 3;
}

/** A function from pictures to indices of the palette. gifenc's own tells 32 levels apart, and smooth greys show it. */
export function indexer(palette: Palette): (picture: Picture) => Uint8Array<ArrayBuffer> {
  const flat = Int32Array.from(palette.flat());
  const known = new Map<number, number>();
  return ({ data }) =>
    Uint8Array.from(new Uint32Array(data.buffer), (word) => {
      const before = known.get(word);
      if (before !== undefined) return before;
      const index = nearest(flat, word & 255, (word >> 8) & 255, (word >> 16) & 255);
      known.set(word, index);
      return index;
    });
}
