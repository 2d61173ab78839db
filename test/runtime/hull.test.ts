/** The hull of keys of a part of a launch: it holds every box that the loops of any of its tiles visit, and is no larger than a tile needs for windows. */
import { expect, it } from "vitest";
import { manifestOf } from "../../backends/artefact/manifest.js";
import { walkOf } from "../../compiler/plan/walk.js";
import { hullOf, type Part, positionsOf } from "../../runtime/launcher/hull.js";
import type { Grid } from "../../runtime/launcher/numbers.js";
import { scopeOf } from "../../runtime/launcher/ranges.js";
import type { Range } from "../../runtime/launcher/ring.js";
import { tilesPerAxis } from "../../runtime/launcher/tiles.js";
import type { Case } from "../conformance/cases.js";
import { generator, seedOf } from "../conformance/random.js";
import { type Scene, sceneOf } from "../conformance/scene.js";
import { variantOf, variants } from "../conformance/variants.js";

function gridOf(variant: string, { q, k, size, queryOffset, keyOffset }: Scene): Grid {
  const { axes } = variantOf(variant).plan.pattern;
  const side = (
    names: readonly string[],
    origin: readonly number[],
    shape: readonly number[],
    of: readonly number[],
  ) => ({
    ...{ axes: names, origin, extent: shape.slice(2, -1), size: of },
  });
  const [batches, heads] = q.shape as [number, number];
  const sides = { q: side(axes.query, queryOffset, q.shape, size.q), k: side(axes.key, keyOffset, k.shape, size.k) };
  return { ...sides, batches, heads, keyHeads: k.shape[1] as number };
}

/** Every combination of one number out of each range. */
const product = (ranges: readonly Range[]): number[][] =>
  ranges.reduce<number[][]>(
    (so, [lo, hi]) => so.flatMap((each) => Array.from({ length: hi - lo + 1 }, (_, i) => [...each, lo + i])),
    [[]],
  );

const OFFSETS: readonly Case["offsets"][] = ["none", "both"];

it.each([...variants.keys()])("%s", (variant) => {
  const { plan } = variantOf(variant);
  const { axes } = plan.pattern;
  const random = generator(seedOf(variant));
  const manifest = manifestOf(plan, [], "0.0.0");
  const kernel = { queryTile: plan.tiles.query };
  for (const [offsets, params] of OFFSETS.flatMap((each) => [[each, "least"] as const, [each, "small"] as const])) {
    const scene = sceneOf({
      ...{ variant, sizes: "primes", headDim: 8, valueDim: 8, gqa: 1, batches: 2, layout: "dense" },
      ...{ offsets, grid: "larger", params },
    });
    const grid = gridOf(variant, scene);
    const scope = scopeOf(manifest, grid, new Map(Object.entries(scene.params)), scene.tables);
    const walk = walkOf(plan.forward, axes, plan.tiles, scene.tables);
    const counts = tilesPerAxis(kernel, grid);
    for (let run = 0; run < 12; run++) {
      const range = (count: number): Range => {
        const [a, b] = [Math.floor(random() * count), Math.floor(random() * count)];
        return [Math.min(a, b), Math.max(a, b)];
      };
      const part: Part = { batch: range(grid.batches), head: range(grid.heads), tiles: counts.map(range) };
      const hull = hullOf(manifest, grid, plan.tiles.query, part, scope);
      for (const [batch = 0, head = 0, ...tile] of product([part.batch, part.head, ...part.tiles])) {
        const environment: Record<string, number> = { ...scene.params, batch, head };
        for (const [name, { axes: names, origin, extent, size }] of Object.entries({ q: grid.q, k: grid.k })) {
          for (const [i, axis] of names.entries()) {
            environment[`origin.${name}.${axis}`] = origin[i] as number;
            environment[`last.${name}.${axis}`] = (origin[i] as number) + (extent[i] as number) - 1;
            environment[`size.${name}.${axis}`] = size[i] as number;
          }
        }
        for (const [i, axis] of axes.query.entries()) {
          const [lo, hi] = positionsOf(grid, plan.tiles.query, i, [tile[i] as number, tile[i] as number]);
          environment[`q.${axis}.lo`] = lo;
          environment[`q.${axis}.hi`] = hi;
        }
        walk(environment, (box) => {
          for (const [i, lo] of box.lo.entries()) {
            expect(hull?.[i]?.[0]).toBeLessThanOrEqual(lo);
            expect(hull?.[i]?.[1]).toBeGreaterThanOrEqual(box.hi[i] as number);
          }
        });
      }
    }
  }
});

it("of a window is the window of the part, and of a document its document", () => {
  const { plan } = variantOf("localWindow");
  const manifest = manifestOf(plan, [], "0.0.0");
  const side = { axes: ["t", "y", "x"], origin: [0, 0, 0], extent: [100, 40, 80], size: [100, 40, 80] };
  const grid: Grid = { q: side, k: side, batches: 1, heads: 1, keyHeads: 1 };
  const params = new Map(Object.entries({ frames: 3, radius: 2 }));
  const part: Part = {
    batch: [0, 0],
    head: [0, 0],
    tiles: [
      [50, 59],
      [2, 3],
      [4, 5],
    ],
  };
  const scope = scopeOf(manifest, grid, params, {});
  expect(hullOf(manifest, grid, [1, 4, 8], part, scope)).toEqual([
    [48, 59],
    [6, 17],
    [30, 49],
  ]);

  const documents = manifestOf(variantOf("documentMask").plan, [], "0.0.0");
  const line = { axes: ["i"], origin: [0], extent: [100], size: [100] };
  const lines: Grid = { q: line, k: line, batches: 1, heads: 1, keyHeads: 1 };
  // Documents of 10 tokens.
  const document = { shape: [100], data: Int32Array.from({ length: 100 }, (_, i) => Math.floor(i / 10)) };
  const known = scopeOf(documents, lines, new Map(), { document });
  const third: Part = { batch: [0, 0], head: [0, 0], tiles: [[4, 5]] };
  expect(hullOf(documents, lines, [8], third, known)).toEqual([[30, 47]]);
});
