/** What plans visit, counted: no frame off a lattice, none of the future, every pair at most once, little beyond the useful. */
import { afterAll, describe, expect, it } from "vitest";
import type { LoopNest } from "../../compiler/plan/plan.js";
import { countsOf, eachVisit, type Walked } from "./counts.js";
import { variantOf, variants } from "./variants.js";

const SIZE = [16, 8, 16];
const ROLES = ["query-tile", "key-tile"] as const;

/** Frames that each frame of tiles visits, by the frame of the tile. */
function framesOf(name: string, params: Walked["params"] = {}, role: LoopNest["role"] = "query-tile") {
  const frames = Array.from({ length: SIZE[0] as number }, () => new Set<number>());
  const walked = { size: { q: SIZE, k: SIZE }, params };
  eachVisit(
    variantOf(name).plan,
    walked,
    ({ tile, box }) => {
      for (let t = tile.lo[0] as number; t <= (tile.hi[0] as number); t++) {
        for (let at = box.lo[0] as number; at <= (box.hi[0] as number); at += box.step[0] as number) frames[t]?.add(at);
      }
    },
    role,
  );
  return frames.map((own) => [...own].sort((a, b) => a - b));
}

/** The frames that should be visited, by a condition on the frames of query and key. */
const expected = (sees: (q: number, k: number) => boolean, role: LoopNest["role"] = "query-tile") => {
  const all = Array.from({ length: SIZE[0] as number }, (_, t) => t);
  return all.map((tile) => all.filter((other) => (role === "query-tile" ? sees(tile, other) : sees(other, tile))));
};

/** A pattern, its params, and which frames a query's frame sees. */
const exact: readonly [string, { readonly [name: string]: number }, (q: number, k: number) => boolean][] = [
  ["stridedFrames", { stride: 4 }, (q, k) => k <= q && (q - k) % 4 === 0],
  ["stridedFrames", { stride: 5 }, (q, k) => k <= q && (q - k) % 5 === 0],
  ["frameCausal", {}, (q, k) => k <= q],
  ["iFrames", { gop: 4 }, (q, k) => k === q || (k <= q && k % 4 === 0)],
  ["localWindow", { frames: 3, radius: 2 }, (q, k) => k <= q && q - k < 3],
  ["lightCone", { frames: 5, radius: 1, speed: 1 }, (q, k) => k <= q && q - k < 5],
  ["sinksWindow", { sinks: 2, frames: 3, radius: 2 }, (q, k) => k <= q && (k < 2 || q - k < 3)],
  ["iFramesWindow", { gop: 4, frames: 3, radius: 2 }, (q, k) => k <= q && (k % 4 === 0 || q - k < 3)],
];

describe.each(ROLES)("frames visited, %s", (role) => {
  it.each(exact)("%s %j: those that the pattern names, and no other", (name, params, sees) => {
    expect(framesOf(name, params, role)).toEqual(expected(sees, role));
  });
});

it("strided frames with stride 4 visit no frame off the lattice, frame-causal none of the future", () => {
  const strided = framesOf("stridedFrames", { stride: 4 });
  const off = strided.flatMap((frames, t) => frames.filter((k) => k > t || (t - k) % 4 !== 0));
  const future = framesOf("frameCausal").flatMap((frames, t) => frames.filter((k) => k > t));
  const total = (frames: readonly number[][]) => frames.reduce((sum, own) => sum + own.length, 0);
  console.log(
    `of 256 pairs of frames, stridedFrames (4) visits ${total(strided)}, ${off.length} of them off the lattice; ` +
      `frameCausal visits ${total(framesOf("frameCausal"))}, ${future.length} of them in the future`,
  );
  expect(off).toEqual([]);
  expect(future).toEqual([]);
  expect(total(strided)).toBe(4 * (1 + 2 + 3 + 4));
});

/** Boxes that a window needs per tile and frame: as many as cover the tile's rows and columns and the reach around them. */
function boxesOf(size: readonly number[], reachOf: (age: number) => number | undefined): number {
  const [frames = 0, ...plane] = size;
  const { query, key } = variantOf("lightCone").plan.tiles;
  const along = (axis: number, reach: number) => {
    const [extent = 0, tile = 1, box = 1] = [plane[axis], query[axis + 1], key[axis + 1]];
    let boxes = 0;
    for (let lo = 0; lo < extent; lo += tile) {
      const last = Math.min(Math.min(lo + tile, extent) - 1 + reach, extent - 1);
      boxes += Math.ceil((last - Math.max(lo - reach, 0) + 1) / box);
    }
    return boxes;
  };
  let boxes = 0;
  for (let t = 0; t < frames; t++) {
    for (let age = 0; age <= t; age++) {
      const reach = reachOf(age);
      if (reach !== undefined) boxes += along(0, reach) * along(1, reach);
    }
  }
  return boxes;
}

it.each([
  ["lightCone", { frames: 5, radius: 1, speed: 1 }, (age: number) => (age < 5 ? 1 + age : undefined)],
  ["localWindow", { frames: 3, radius: 3 }, (age: number) => (age < 3 ? 3 : undefined)],
] as const)("%s: no more boxes than cover the window, wherever they start", (name, params, reachOf) => {
  const size = [5, 24, 48];
  let boxes = 0;
  const { plan } = variantOf(name);
  eachVisit(plan, { size: { q: size, k: size }, params }, () => {
    boxes++;
  });
  const pairs = boxes * 32 * 32;
  console.log(`${name} over ${size.join(" x ")}: ${boxes} boxes, ${pairs} pairs visited of ${(5 * 24 * 48) ** 2}`);
  expect(boxes).toBe(boxesOf(size, reachOf));
});

/** Params that fit a grid of 16 x 8 x 16; and the tables that walks read. */
const PARAMS: { readonly [name: string]: number } = {
  frames: 5,
  radius: 2,
  speed: 1,
  gop: 4,
  stride: 4,
  sinks: 2,
  r: 2,
  reach: 3,
};
const DOCUMENTS = { document: { shape: [200], data: Int32Array.from({ length: 200 }, (_, i) => Math.floor(i / 37)) } };
const GRIDS: readonly (readonly number[])[] = [[], [200], [16, 24], [4, 8, 16]];

describe("pairs", () => {
  const lines: string[] = [];
  afterAll(() => console.log(["variant, role: boxes (full), pairs useful / visited / dense", ...lines].join("\n")));

  it.each([...variants.keys()].flatMap((name) => ROLES.map((role) => [name, role] as const)))(
    "%s, %s: none twice within a region, each that attends in exactly one",
    (name, role) => {
      const { plan } = variantOf(name);
      const { axes, params } = plan.pattern;
      const q = GRIDS[axes.query.length] as readonly number[];
      const k = axes.shared ? q : [4, 4, 8];
      const given = Object.fromEntries(params.map(({ name: param }) => [param, PARAMS[param] ?? 1]));
      const counts = countsOf(plan, { size: { q, k }, params: given, tables: DOCUMENTS }, role);
      const { boxes, full, useful, visited, dense, twice, wrong } = counts;
      lines.push(`${name}, ${role}: ${boxes} (${full}), ${useful} / ${visited} / ${dense}`);
      expect(twice).toBe(0);
      expect(wrong).toBe(0);
      if (useful === dense) expect(visited).toBe(dense);
    },
  );
});
