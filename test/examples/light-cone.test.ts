/** The parts of the demonstration without a GPU: the video reader, the tokens, the check, the picture. */
import { readFileSync } from "node:fs";
import { reference } from "mscc";
import { expect, test } from "vitest";
import { lightCone } from "../../dsl/variants/light-cone.js";
import { check, weightsOf } from "../../examples/light-cone/check.js";
import { runDemo } from "../../examples/light-cone/demo.js";
import { pictureOf, type Scene } from "../../examples/light-cone/picture.js";
import { rasterise } from "../../examples/light-cone/raster.js";
import { type Frame, HEAD_DIM, HEADS, tokensOf, VALUE_DIM } from "../../examples/light-cone/tokens.js";
import { crop, viewOf } from "../../examples/light-cone/view.js";
import { parseY4m } from "../../models/video/y4m.js";

const bytes = readFileSync("examples/data/pedestrians-128x96.y4m");
const clip = parseY4m(bytes, "clip.y4m");

/** A frame whose samples no two patches share. */
function frame(width: number, height: number, seed: number): Frame {
  const plane = (length: number, shift: number) =>
    Uint8Array.from({ length }, (_, i) => 128 + 100 * Math.sin(1 + i * 0.7 + seed * 3.1 + shift));
  const chroma = (width / 2) * (height / 2);
  return { width, height, y: plane(width * height, 0), u: plane(chroma, 1), v: plane(chroma, 2) };
}

test("the clip has the frames that its note states", () => {
  expect(clip).toMatchObject({ width: 128, height: 96, rate: [10, 1], frames: 96, colour: "420" });
});

test("a missing clip is an error that names it", async () => {
  const run = runDemo({ root: "/nowhere", out: "/nowhere/out", print: () => {} });
  await expect(run).rejects.toThrow("ENOENT: no such file or directory, open '/nowhere/examples/data/pedestrians");
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
    frames: [3, 6, 9].map((number) => ({ number, width: 20, rgb: new Uint8Array(20 * 12 * 3).fill(20 * number) })),
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
