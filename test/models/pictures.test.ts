/** GIFs and strips, read back by other programs' decoders; and that no format needs Node. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { decode } from "fast-png";
import { GifReader } from "omggif";
import { describe, expect, it } from "vitest";
import { normals, uniforms } from "../../models/msc/random.js";
import { byteOf, type Clip } from "../../models/video/clip.js";
import { formatGif } from "../../models/video/gif.js";
import { formatStrip } from "../../models/video/png.js";

/** Frames of noise. */
function noise(width: number, height: number, frames: number, seed = 1): Clip {
  const values = (i: number) => uniforms(seed, `frame ${i}`, width * height * 3, -1, 1);
  return { width, height, frames: Array.from({ length: frames }, (_, i) => values(i)) };
}

/** Red, green and blue of a pixel of a frame, as bytes. */
const rgbOf = ({ width, frames }: Clip, frame: number, y: number, x: number) =>
  Array.from(frames[frame]?.subarray((y * width + x) * 3, (y * width + x + 1) * 3) ?? [], byteOf);

interface Decoded {
  readonly width: number;
  readonly height: number;
  at(y: number, x: number): number[];
}

function gifFrames(bytes: Uint8Array): { readonly reader: GifReader; readonly frames: readonly Decoded[] } {
  const reader = new GifReader(bytes);
  const { width, height } = reader;
  const frames = Array.from({ length: reader.numFrames() }, (_, frame) => {
    const rgba = new Uint8Array(width * height * 4);
    reader.decodeAndBlitFrameRGBA(frame, rgba);
    return { width, height, at: (y: number, x: number) => [...rgba.subarray((y * width + x) * 4).subarray(0, 3)] };
  });
  return { reader, frames };
}

function pngOf(bytes: Uint8Array): Decoded {
  const { width, height, data, channels } = decode(bytes);
  expect(channels).toBe(3);
  return { width, height, at: (y, x) => [...data.subarray((y * width + x) * 3).subarray(0, 3)] };
}

const WHITE = [255, 255, 255];

describe("GIFs", () => {
  it("hold clips of few colours exactly, side by side, enlarged, and repeat without end", () => {
    const [a, b] = [noise(3, 2, 4), noise(3, 2, 4, 2)];
    const { reader, frames } = gifFrames(formatGif([a, b], { rate: [10, 1], scale: 3 }));
    expect([reader.width, reader.height, reader.numFrames(), reader.loopCount()]).toEqual([21, 6, 4, 0]);
    for (const [frame, { at }] of frames.entries()) {
      for (let y = 0; y < 6; y++) {
        for (let x = 0; x < 21; x++) {
          const [row, column] = [Math.floor(y / 3), Math.floor(x / 3)];
          const wanted =
            column === 3 ? WHITE : column < 3 ? rgbOf(a, frame, row, column) : rgbOf(b, frame, row, column - 4);
          expect(at(y, x)).toEqual(wanted);
        }
      }
    }
  });

  it("hold one pixel", () => {
    const { frames } = gifFrames(formatGif([noise(1, 1, 1)], { rate: [1, 1] }));
    expect(frames[0]?.at(0, 0)).toEqual(rgbOf(noise(1, 1, 1), 0, 0, 0));
  });

  it("keep smooth greys within a level, and a scene under noise near its colours", () => {
    const width = 256;
    const ramp = Float32Array.from({ length: width * 3 }, (_, i) => (2 * Math.floor(i / 3)) / 255 - 1);
    const grey = { width, height: 1, frames: [ramp] };
    const [smooth] = gifFrames(formatGif([grey], { rate: [1, 1] })).frames;
    for (let x = 0; x < width; x++) expect(smooth?.at(0, x)).toEqual([x, x, x]);

    const noisy = normals(1, "noise", 64 * 64 * 3, 0.6);
    const clip = { width: 64, height: 64, frames: [noisy] };
    const [found] = gifFrames(formatGif([clip], { rate: [1, 1] })).frames;
    let squares = 0;
    for (let pixel = 0; pixel < 64 * 64; pixel++) {
      const [y, x] = [pixel >> 6, pixel & 63];
      const wanted = rgbOf(clip, 0, y, x);
      for (const [i, value] of (found?.at(y, x) ?? []).entries()) squares += (value - (wanted[i] as number)) ** 2;
    }
    // 256 colours in a cube of 256 levels: about 6 to a side, 40 levels apart, so errors of about 12.
    expect(Math.sqrt(squares / (64 * 64 * 3))).toBeLessThan(20);
  });

  it.each([
    [
      [10, 1],
      [10, 10, 10, 10, 10, 10],
    ],
    [
      [30, 1],
      [3, 4, 3, 3, 4, 3],
    ],
    [
      [24000, 1001],
      [4, 4, 5, 4, 4, 4],
    ],
    [
      [60, 1],
      [2, 2, 2, 2, 2, 2],
    ],
    [
      [1, 1000],
      [65535, 65535, 65535, 65535, 65535, 65535],
    ],
  ] as const)("at %j frames per second have delays %j", (rate, delays) => {
    const { reader } = gifFrames(formatGif([noise(1, 1, 6)], { rate }));
    expect(delays.map((_, frame) => reader.frameInfo(frame).delay)).toEqual(delays);
  });

  it("depend on nothing but the clip", () => {
    const clip = noise(20, 20, 3);
    expect(formatGif([clip], { rate: [5, 1] })).toEqual(formatGif([clip], { rate: [5, 1] }));
  });
});

describe("strips", () => {
  it("hold frames side by side and clips below each other", () => {
    const clips = [noise(3, 2, 4), noise(3, 2, 4, 2)];
    const { width, height, at } = pngOf(formatStrip(clips));
    expect([width, height]).toEqual([4 * 4 - 1, 2 * 3 - 1]);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isGap = y % 3 === 2 || x % 4 === 3;
        const clip = clips[Math.floor(y / 3)] as Clip;
        expect(at(y, x)).toEqual(isGap ? WHITE : rgbOf(clip, Math.floor(x / 4), y % 3, x % 4));
      }
    }
  });

  it("wrap after so many columns, enlarged", () => {
    const clips = [noise(3, 2, 5), noise(3, 2, 5, 2)];
    const { width, height, at } = pngOf(formatStrip(clips, { columns: 2, scale: 2 }));
    // Bands of two clips, 5 rows and a gap of 4.
    expect([width, height]).toEqual([2 * 7, 2 * (3 * 9 - 4)]);
    expect(at(2 * 9 + 1, 2 * 4)).toEqual(rgbOf(clips[0] as Clip, 3, 0, 0));
    expect(at(2 * (9 + 3), 1)).toEqual(rgbOf(clips[1] as Clip, 2, 0, 0));
    expect(at(2 * (18 + 4) + 1, 5)).toEqual(rgbOf(clips[1] as Clip, 4, 1, 2));
    // There is no sixth frame.
    expect(at(2 * 18, 2 * 4)).toEqual(WHITE);
  });

  it("stay within 1600 pixels where the columns are not given", () => {
    const { width } = pngOf(formatStrip([noise(64, 4, 40)], { scale: 4 }));
    expect(width).toBe(4 * (6 * 65 - 1));
    expect(pngOf(formatStrip([noise(64, 4, 2)], { scale: 50 })).width).toBe(3200);
  });
});

/** The modules in one file each, as a bundler for browsers makes them. */
async function bundled(names: readonly string[], mainFields: string[]): Promise<string[]> {
  const path = (name: string) => fileURLToPath(new URL(`../../models/${name}.ts`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: names.map(path),
    bundle: true,
    format: "esm",
    platform: "browser",
    mainFields,
    target: "es2022",
    outdir: "out",
    minifyWhitespace: true,
    write: false,
    logLevel: "error",
  });
  return outputFiles.map(({ text }) => text);
}

describe("bundles for browsers", () => {
  it("need nothing of Node", async () => {
    const names = ["msc/safetensors", "msc/random", "video/y4m", "video/gif", "video/png"];
    const texts = await bundled(names, ["browser", "module", "main"]);
    expect(texts.length).toBe(5);
    for (const text of texts) expect(text).not.toMatch(/from"|node:|\bprocess\.|\bBuffer\b/);
  });

  it.each([["browser"], ["module"], ["main"]])(
    "with the file of gifenc named '%s' write what Node writes",
    async (field) => {
      const [text = ""] = await bundled(["video/gif"], [field, "main"]);
      const { formatGif: inBundle } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
      const clip = noise(20, 20, 2);
      expect(inBundle([clip], { rate: [5, 1] })).toEqual(formatGif([clip], { rate: [5, 1] }));
    },
  );
});
