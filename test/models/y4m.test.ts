/** y4m video: known colours, every format that is read, round trips, odd extents, damage of every kind. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { uniforms } from "../../models/msc/random.js";
import { formatY4m, parseY4m } from "../../models/video/y4m.js";
import { bytesOf, damage, damaged } from "./bytes.js";
import { textOf } from "./faults.js";

const read = (...parts: readonly (string | ArrayLike<number>)[]) => parseY4m(bytesOf(...parts), "a.y4m");
/** One pixel of 4:4:4, to one digit: its bytes are rounded themselves. */
const pixel = (bytes: readonly number[], tags = "") =>
  Array.from(read(`YUV4MPEG2 W1 H1 C444${tags}\nFRAME\n`, bytes).frame(0), (value) => Number(value.toFixed(1)) + 0);

describe("colours", () => {
  it("are those of BT.601 in limited range", () => {
    expect(pixel([16, 128, 128])).toEqual([-1, -1, -1]);
    expect(pixel([235, 128, 128])).toEqual([1, 1, 1]);
    // Red, green and blue as BT.601 has them.
    expect(pixel([81, 90, 240])).toEqual([1, -1, -1]);
    expect(pixel([145, 54, 34])).toEqual([-1, 1, -1]);
    expect(pixel([41, 240, 110])).toEqual([-1, -1, 1]);
    expect(pixel([81, 90, 240], " XCOLORRANGE=LIMITED")).toEqual([1, -1, -1]);
    // What is no colour is clamped.
    expect(pixel([255, 255, 255])).toEqual([1, 0, 1]);
    expect(pixel([0, 0, 0])).toEqual([-1, 0.1, -1]);
  });

  it("are those of JPEG in full range", () => {
    expect(pixel([0, 128, 128], " XCOLORRANGE=FULL")).toEqual([-1, -1, -1]);
    expect(pixel([255, 128, 128], " XCOLORRANGE=FULL")).toEqual([1, 1, 1]);
    expect(pixel([76, 85, 255], " XCOLORRANGE=FULL")).toEqual([1, -1, -1]);
  });

  it("are written by the same rule, clamped", () => {
    const at = (rgb: readonly number[], range: "limited" | "full") => [
      ...formatY4m({ width: 1, height: 1, rate: [1, 1], frames: [Float32Array.from(rgb)] }, { range }).slice(-3),
    ];
    expect(at([1, -1, -1], "limited")).toEqual([81, 90, 240]);
    expect(at([-1, 1, -1], "limited")).toEqual([145, 54, 34]);
    expect(at([-1, -1, 1], "limited")).toEqual([41, 240, 110]);
    expect(at([1, -1, -1], "full")).toEqual([76, 85, 255]);
    expect(at([9, 9, 9], "limited")).toEqual([235, 128, 128]);
    expect(at([9, Number.NEGATIVE_INFINITY, -9], "full")).toEqual([76, 85, 255]);
  });
});

describe("files", () => {
  it("give the planes of a frame as they are stored", () => {
    const two = read("YUV4MPEG2 W3 H1 C420\nFRAME\n", [1, 2, 3, 4, 5, 6, 7], "FRAME\n", [8, 9, 10, 11, 12, 13, 14]);
    expect(two.planes(1)).toEqual({ y: Uint8Array.of(8, 9, 10), u: Uint8Array.of(11, 12), v: Uint8Array.of(13, 14) });
    const grey = read("YUV4MPEG2 W2 H1 Cmono\nFRAME\n", [1, 2]).planes(0);
    expect([grey.y, grey.u.length, grey.v.length]).toEqual([Uint8Array.of(1, 2), 0, 0]);
    expect(textOf(() => two.planes(2))).toBe("a.y4m has no frame 2: it has 2 frames, counted from 0");
  });

  it("of 4:2:0 give each pixel the chroma of its block, at odd edges too", () => {
    const luma = [50, 60, 70, 80, 90, 100, 110, 120, 130];
    const file = read(
      "YUV4MPEG2 W3 H3 F30000:1001 Ip C420jpeg\nFRAME\n",
      luma,
      [128, 90, 128, 128],
      [128, 128, 240, 128],
    );
    expect(file).toMatchObject({ width: 3, height: 3, rate: [30000, 1001], frames: 1, colour: "420" });
    const full = read(
      "YUV4MPEG2 W3 H3 C444\nFRAME\n",
      luma,
      [128, 128, 90, 128, 128, 90, 128, 128, 128],
      [128, 128, 128, 128, 128, 128, 240, 240, 128],
    );
    expect(full.colour).toBe("444");
    expect(file.frame(0)).toEqual(full.frame(0));
  });

  it.each(["", " C420", " C420jpeg", " C420mpeg2", " C420paldv"])("of '%s' are 4:2:0", (tag) => {
    const { colour, frame } = read(`YUV4MPEG2 W2 H2${tag}\nFRAME\n`, [16, 16, 235, 235, 128, 128]);
    expect(colour).toBe("420");
    expect(Array.from(frame(0).slice(3, 9))).toEqual([-1, -1, -1, 1, 1, 1]);
  });

  it("of luma alone are grey", () => {
    const { colour, frame } = read("YUV4MPEG2 W2 H1 Cmono\nFRAME\n", [16, 235]);
    expect([colour, ...frame(0)]).toEqual(["mono", -1, -1, -1, 1, 1, 1]);
  });

  it("may have any order of tags, tags of other programs, and tags of frames", () => {
    const { frames, rate, frame } = read(
      "YUV4MPEG2 A128:117 XYSCSS=MONO  I? Cmono XA H1 F0:0 XA W1 \n",
      ["FRAME Ip XQ=3\n\x10", "FRAME\n\xeb"].join(""),
    );
    expect([frames, rate]).toEqual([2, [25, 1]]);
    expect([frame(0)[0], frame(1)[0]]).toEqual([-1, 1]);
  });

  it("begin with the header that other programs expect", () => {
    const clip = { width: 3, height: 1, rate: [30000, 1001], frames: [new Float32Array(9).fill(1)] } as const;
    expect(String.fromCharCode(...formatY4m(clip))).toBe(
      "YUV4MPEG2 W3 H1 F30000:1001 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\nFRAME\n\xeb\xeb\xeb\x80\x80\x80\x80",
    );
  });
});

const extents = fc.integer({ min: 1, max: 9 });
const ranges = fc.constantFrom("limited" as const, "full" as const);
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** The largest difference; NaN counts as infinite. */
const furthest = (a: Float32Array, b: Float32Array) =>
  a.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (b[i] as number)) || (value === b[i] ? 0 : Infinity)),
    0,
  );

/** A frame whose colours fill the blocks that share chroma. */
function blocksOf(width: number, height: number, seed: number): Float32Array {
  const across = (width + 1) >> 1;
  const colours = uniforms(seed, "blocks", across * ((height + 1) >> 1) * 3, -0.95, 0.95);
  return Float32Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return colours[((y >> 1) * across + (x >> 1)) * 3 + (i % 3)] as number;
  });
}

describe("round trips", () => {
  it("keep greys within half a step of luma, and their channels equal", () => {
    fc.assert(
      fc.property(extents, extents, ranges, seeds, (width, height, range, seed) => {
        const greys = uniforms(seed, "grey", width * height, -1, 1);
        const frame = Float32Array.from({ length: width * height * 3 }, (_, i) => greys[Math.floor(i / 3)] as number);
        const file = parseY4m(formatY4m({ width, height, rate: [12, 5], frames: [frame, frame] }, { range }), "a");
        expect(file).toMatchObject({ width, height, rate: [12, 5], frames: 2, colour: "420" });
        const back = file.frame(1);
        expect(furthest(back, frame)).toBeLessThan((range === "full" ? 1 / 255 : 1 / 219) + 1e-6);
        expect(back.every((value, i) => Math.abs(value - (back[i - (i % 3)] as number)) < 1e-6)).toBe(true);
      }),
    );
  });

  it("keep colours that fill their blocks within half a step of luma and of chroma, and then every byte", () => {
    fc.assert(
      fc.property(extents, extents, ranges, seeds, (width, height, range, seed) => {
        const frame = blocksOf(width, height, seed);
        const write = (data: Float32Array) => formatY4m({ width, height, rate: [1, 1], frames: [data] }, { range });
        const bytes = write(frame);
        const back = parseY4m(bytes, "a").frame(0);
        expect(furthest(back, frame)).toBeLessThan(1 / 219 + 1.772 / 224 + 1e-6);
        expect(write(back)).toEqual(bytes);
      }),
    );
  });

  it("average the chroma of a block", () => {
    const half = [1, -1, -1, -1, -1, 1, 1, -1, -1, -1, -1, 1];
    const data = Float32Array.from(half);
    const bytes = formatY4m({ width: 2, height: 2, rate: [1, 1], frames: [data] });
    expect([...bytes.slice(-6)]).toEqual([81, 41, 81, 41, (90 + 240) / 2, (240 + 110) / 2]);
  });
});

/** The parser reads the file, and every frame of it, or says what is wrong; nothing else happens. */
function survives(bytes: Uint8Array): void {
  const text = textOf(() => {
    const { width, height, frames, frame } = parseY4m(bytes, "a.y4m");
    for (let i = 0; i < frames; i++) {
      const data = frame(i);
      expect(data.length).toBe(width * height * 3);
      expect(data.every((value) => value >= -1 && value <= 1)).toBe(true);
    }
  });
  expect(text.length).toBeLessThan(600);
  expect(text).not.toMatch(/undefined|NaN|\[object/);
}

describe("damage", () => {
  const frames = [blocksOf(5, 3, 1), blocksOf(5, 3, 2)];
  const small = formatY4m({ width: 5, height: 3, rate: [10, 1], frames });

  it("of any bit is survived", () => {
    for (let at = 0; at < small.length; at++) {
      for (const bit of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const bytes = small.slice();
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        survives(bytes);
      }
    }
  });

  it("of several bytes, and lost or doubled pieces, is survived", () => {
    fc.assert(
      fc.property(damage(small.length), (edits) => survives(damaged(small, edits))),
      { numRuns: 3000 },
    );
  });

  it("of a header's tags is survived", () => {
    const tag = fc
      .tuple(fc.constantFrom(..."WHFIACXQ"), fc.oneof(fc.string({ maxLength: 8 }), fc.nat().map(String)))
      .map(([letter, rest]) => letter + rest);
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 6 }), (tags) => survives(bytesOf(`YUV4MPEG2 ${tags.join(" ")}\nFRAME\n`))),
      { numRuns: 1000 },
    );
  });

  it("by truncation is an error at every length but where a frame ends", () => {
    const whole = [small.length, small.length - 6 - 15 - 12];
    for (let length = 0; length <= small.length; length++) {
      const text = textOf(() => parseY4m(small.subarray(0, length), "a.y4m"));
      expect(text === "no error").toBe(whole.includes(length));
    }
  });
});
