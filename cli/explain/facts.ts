/** Everything that `mscc explain` says of a pattern on a grid, as numbers. */
import { wgslTarget } from "../../backends/wgsl/index.js";
import { variablesOf } from "../../compiler/ir/expression.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { TileCandidate, TileChoice } from "../../compiler/schedule/choose.js";
import { costOf, denseCost, weightsFor } from "../../compiler/schedule/cost.js";
import { type PaperLayer, paperLayer } from "./paper.js";

type Grid = { readonly q: readonly number[]; readonly k: readonly number[] };

/** What is asked about. */
export interface Scene {
  readonly pattern: Pattern;
  /** With the chosen tiles. */
  readonly plan: AttentionPlan;
  readonly size: Grid;
  readonly params: { readonly [name: string]: number };
  readonly heads: number;
  readonly headDim: number;
  readonly choice: TileChoice;
}

/** Compared with dense attention by the same kernel. */
export interface Comparison {
  readonly winner: "sparse" | "dense" | "even";
  /** Expected time, dense attention being 1. */
  readonly time: number;
  /** Parts of that time: the boxes, their masks, the starts of tiles. */
  readonly parts: { readonly boxes: number; readonly masks: number; readonly tiles: number };
}

export interface Explanation {
  /** The grid that was counted. */
  readonly counted: Grid;
  readonly cropped: boolean;
  /** Of one head. */
  readonly pairs: { readonly useful: number; readonly visited: number; readonly dense: number };
  /** Tiles of queries; visited boxes of keys, whole and masked, over all of them; boxes that a dense kernel would visit. */
  readonly tiles: { readonly queries: number; readonly full: number; readonly masked: number; readonly dense: number };
  /** `4 * head dim * pairs`, over all heads. */
  readonly flops: { readonly useful: number; readonly visited: number; readonly dense: number };
  /** Every operand once; and what passes through the tiles, keys and values of each visited box. */
  readonly bytes: { readonly least: number; readonly tiled: number };
  /** Visited FLOPs per byte that passes through the tiles. */
  readonly intensity: number;
  readonly comparison: Comparison;
  readonly paper: (PaperLayer & { readonly counted: number }) | undefined;
  /** Counts are those of head 0, and other heads see other keys. */
  readonly byHead: boolean;
}

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);
const BYTES = 4;
/** Within so much of dense, neither wins. */
const EVEN = 0.05;

function compareWithDense(best: TileCandidate, { q, k }: Grid): Comparison {
  const weights = weightsFor(wgslTarget);
  const tiles = (extents: readonly number[], held: number) => Math.ceil(product(extents) / held);
  const [rows, columns] = [tiles(q, wgslTarget.queriesPerTile), tiles(k, wgslTarget.keysPerTile)];
  const dense = denseCost(rows, columns, weights);
  const time = costOf(best, weights) / dense;
  const winner = time < 1 - EVEN ? "sparse" : time > 1 + EVEN ? "dense" : "even";
  const parts = {
    boxes: best.boxes / dense,
    masks: (weights.mask * (best.boxes - best.fullBoxes)) / dense,
    tiles: (weights.tile * best.queryTiles) / dense,
  };
  return { winner, time, parts };
}

/** All numbers; `best` is the chosen candidate. */
export function explanationOf(scene: Scene, best: TileCandidate): Explanation {
  const { pattern, plan, params, heads, headDim, choice } = scene;
  const { counted, cropped, useful } = choice;
  const { q, k } = counted;
  const [queries, keys] = [product(q), product(k)];
  const { queriesPerTile, keysPerTile } = wgslTarget;
  const pairs = { useful, visited: best.boxes * queriesPerTile * keysPerTile, dense: queries * keys };
  const flopsOf = (count: number) => 4 * headDim * count * heads;
  const flops = { useful: flopsOf(pairs.useful), visited: flopsOf(pairs.visited), dense: flopsOf(pairs.dense) };
  // Queries and output, keys and values, and one LSE for each query.
  const ofQueries = queries * (2 * headDim + 1);
  const bytes = {
    least: BYTES * heads * (ofQueries + 2 * keys * headDim),
    tiled: BYTES * heads * (ofQueries + 2 * best.boxes * keysPerTile * headDim),
  };
  const keyTiles = product(k.map((extent, i) => Math.ceil(extent / (best.tiles.key[i] as number))));
  const layer = paperLayer(pattern, plan.constants, params, q);
  return {
    counted,
    cropped,
    pairs,
    tiles: {
      queries: best.queryTiles,
      full: best.fullBoxes,
      masked: best.boxes - best.fullBoxes,
      dense: best.queryTiles * keyTiles,
    },
    flops,
    bytes,
    intensity: flops.visited / bytes.tiled,
    comparison: compareWithDense(best, counted),
    paper: layer && { ...layer, counted: useful / queries },
    byHead: variablesOf(pattern.attend).has("head"),
  };
}
