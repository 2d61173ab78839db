/** The parts of the demonstration without a GPU: the video reader, the tokens, the check, the picture. */
import { readFileSync } from "node:fs";
import { reference } from "mscc";
import { expect, test } from "vitest";
import { lightCone } from "../../dsl/variants/light-cone.js";
import { check, weightsOf } from "../../examples/light-cone/check.js";
import { runDemo } from "../../examples/light-cone/demo.js";
import { pictureOf, type Scene } from "../../examples/light-cone/picture.js";
import { rasterise } from "../../examples/light-cone/raster.js";
import { HEAD_DIM, HEADS, tokensOf, VALUE_DIM } from "../../examples/light-cone/tokens.js";
import { crop, viewOf } from "../../examples/light-cone/view.js";
import { type Frame, parseY4m, toRgb } from "../../examples/light-cone/y4m.js";

const bytes = readFileSync("examples/data/pedestrians-128x96.y4m");
const clip = parseY4m("clip.y4m", bytes);

/** A frame whose samples no two patches share. */
function frame(width: number, height: number, seed: number): Frame {
  const plane = (length: number, shift: number) =>
    Uint8Array.from({ length }, (_, i) => 128 + 100 * Math.sin(1 + i * 0.7 + seed * 3.1 + shift));
  const chroma = (width / 2) * (height / 2);
  return { width, height, y: plane(width * height, 0), u: plane(chroma, 1), v: plane(chroma, 2) };
}

test("the clip has the frames that its note states", () => {
  expect(clip.frames.length).toBe(96);
  expect(clip).toMatchObject({ width: 128, height: 96, framesPerSecond: 10 });
  expect(clip.frames.every(({ y, u, v }) => y.length === 12_288 && u.length === 3072 && v.length === 3072)).toBe(true);
});

test("a damaged video is an error that says what was expected", () => {
  const text = (...parts: readonly string[]) => Buffer.from(parts.join(""), "latin1");
  const frames = "FRAME\n123456FRAME Ip\n123456";
  expect(parseY4m("a.y4m", text("YUV4MPEG2 W2 H2 F25:1\n", frames)).frames.length).toBe(2);
  const faults = [
    "RIFF",
    "",
    "YUV4MPEG2 H2\n",
    "YUV4MPEG2 W2 H-2\n",
    `YUV4MPEG2 W2 H2 C444\n${frames}`,
    `YUV4MPEG2 W2 H2\n${frames}FRAME\n123`,
    `YUV4MPEG2 W2 H2\n${frames}xx`,
    "YUV4MPEG2 W2 H2\n",
  ].map((source) => {
    try {
      return String(parseY4m("a.y4m", text(source)));
    } catch (error) {
      return (error as Error).message;
    }
  });
  expect(faults).toMatchInlineSnapshot(`
    [
      "a.y4m: this is no Y4M video: it does not begin with a line "YUV4MPEG2 ..."",
      "a.y4m: this is no Y4M video: it does not begin with a line "YUV4MPEG2 ..."",
      "a.y4m: the header gives no width: expected W and a whole number, found "W"",
      "a.y4m: the header gives no height: expected H and a whole number, found "H-2"",
      "a.y4m: its pixels are C444; only 4:2:0 with 8 bits is read (C420, C420jpeg, C420mpeg2, C420paldv)",
      "a.y4m: frame 2 is truncated: expected 6 bytes, found 3",
      "a.y4m: expected the line "FRAME" before frame 2, at byte 43",
      "a.y4m: it holds no frame",
    ]
  `);
});

test("a missing clip is an error that names it", async () => {
  const run = runDemo({ root: "/nowhere", out: "/nowhere/out", print: () => {} });
  const found = "it cannot be read: ENOENT: no such file or directory";
  await expect(run).rejects.toThrow(`examples/data/pedestrians-128x96.y4m: ${found}`);
});

test("black, white and red come out as such", () => {
  const one = (y: number, u: number, v: number) => [
    ...toRgb({ width: 1, height: 1, y: Uint8Array.of(y), u: Uint8Array.of(u), v: Uint8Array.of(v) }),
  ];
  expect(one(16, 128, 128)).toEqual([0, 0, 0]);
  expect(one(235, 128, 128)).toEqual([255, 255, 255]);
  expect(one(81, 90, 240)).toEqual([254, 0, 0]);
});

test("tokens: shapes, colours from 0 to 1, and most like themselves", () => {
  const frames = [frame(16, 8, 0), frame(16, 8, 1), frame(16, 8, 2)];
  const { grid, q, k, v } = tokensOf(frames);
  expect(grid).toEqual([3, 2, 4]);
  expect(q.shape).toEqual([1, HEADS, 3, 2, 4, HEAD_DIM]);
  expect(v.shape).toEqual([1, HEADS, 3, 2, 4, VALUE_DIM]);
  expect([q.data.length, v.data.length]).toEqual([2 * 24 * 32, 2 * 24 * 24]);
  expect(v.data.every((value) => value >= 0 && value <= 1)).toBe(true);
  const row = (i: number) => q.data.subarray(i * HEAD_DIM, (i + 1) * HEAD_DIM);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  for (let token = 0; token < 48; token++) {
    const own = dot(row(token), k.data.subarray(token * HEAD_DIM, (token + 1) * HEAD_DIM));
    expect(own).toBeGreaterThan(0);
    expect(own / Math.sqrt(HEAD_DIM)).toBeLessThan(9.01);
  }
  // A still picture: the same patch is found again in the next frame before any other.
  const still = tokensOf([frames[0] as Frame, frames[0] as Frame]);
  const first = still.q.data.subarray(0, HEAD_DIM);
  const likeness = Array.from({ length: 8 }, (_, i) =>
    dot(first, still.k.data.subarray((8 + i) * HEAD_DIM, (9 + i) * HEAD_DIM)),
  );
  expect(likeness.indexOf(Math.max(...likeness))).toBe(0);
});

test("frames that do not divide into patches are refused", () => {
  expect(() => tokensOf([frame(10, 8, 0)])).toThrow("frames of 10 x 8 pixels do not divide into patches of 4 x 4");
  expect(() => tokensOf([])).toThrow("no frames");
});

const small = tokensOf([frame(20, 12, 0), frame(20, 12, 1), frame(20, 12, 2)]);
const params = { frames: 2, radius: 1, speed: 1 };

test("the check agrees with the reference of mscc, and notices a wrong element and NaN", () => {
  const { output, lse, pairs } = reference(lightCone, { ...small, params });
  const got = { output: Float32Array.from(output), lse: Float32Array.from(lse) };
  const checked = check(small, params, got);
  expect(checked).toMatchObject({ passed: true, queries: 45, pairs: pairs / HEADS });
  expect(checked.output.kernel).toBeLessThan(1e-7);
  expect(checked.output.plain).toBeGreaterThan(0);
  expect(checked.output.plain).toBeLessThan(1e-5);
  for (const wrong of [0.5, Number.NaN]) {
    const spoilt = Float32Array.from(got.output);
    spoilt[777] = wrong;
    expect(check(small, params, { ...got, output: spoilt }).passed).toBe(false);
  }
});

test("the weights of one query lie in its cone and sum to 1", () => {
  const { keys, weights } = weightsOf(small, params, 0, { t: 2, y: 1, x: 4 });
  // Own frame: rows 0 to 2, columns 3 and 4; one frame before: all rows, columns 2 to 4.
  expect(keys.length).toBe(6 + 9);
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
});

test("the view holds the cone, or the whole frame where it cannot", () => {
  expect(viewOf([1, 24, 32], [10 * 32 + 31])).toEqual({ row: 2, column: 8, rows: 18, columns: 24 });
  expect(viewOf([1, 4, 4], [0, 15])).toEqual({ row: 0, column: 0, rows: 4, columns: 4 });
  const rgb = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => Math.floor(i / 3));
  expect([...crop(rgb, 4, 1, { row: 1, column: 2, rows: 1, columns: 2 })]).toEqual([6, 6, 6, 7, 7, 7]);
});

test("the picture states the pattern, the params, every age, the weights and the counts", () => {
  const query = { t: 2, y: 1, x: 2 };
  const { keys, weights } = weightsOf(small, params, 0, query);
  const scene: Scene = {
    frames: [3, 6, 9].map((number) => ({ number, width: 20, rgb: toRgb(frame(20, 12, number)) })),
    seconds: 0.3,
    grid: small.grid,
    query,
    params,
    keys,
    weights,
    sentence: "A token sees <its> past light cone.",
    notes: ["This query sees 24 of 45 keys."],
  };
  const svg = pictureOf(scene);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  expect(texts).toMatchInlineSnapshot(`
    [
      "Where one token looks: a past light cone in real video",
      "The query is one 4 x 4-pixel token on a walking man (white square, last frame). It looks back in time, but only inside its cone (blue),",
      "which widens by 1 token per frame of age. The redder a token, the more attention it gets: the man where he was before, and dark coats near him.",
      "age 2",
      "frame 3, 0.6 s earlier",
      "not visible: age must be below frames = 2",
      "age 1",
      "frame 6, 0.3 s earlier",
      "reach 2: 15 tokens, 42 % of the weight",
      "age 0",
      "frame 9, the query's own frame",
      "reach 1: 9 tokens, 58 % of the weight",
      "the query",
      "edge of the cone",
      "outside the cone: not seen",
      "weight of a token",
      "0.0 %",
      "14 %",
      "28 %",
      "41 %",
      "55 %",
      "lightCone: A token sees &lt;its&gt; past light cone.",
      "frames = 2, radius = 1, speed = 1; reach = radius + speed x age",
      "This query sees 24 of 45 keys.",
    ]
  `);
  expect(svg.match(/<image /g)?.length).toBe(3);
  const png = rasterise(svg);
  expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
});
