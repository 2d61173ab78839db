/** The cost model of tile shapes, all of it: what a kernel's time is made of, and the measured weights. */

/** What is counted of a launch, per head. */
export interface Visits {
  /** Tiles of queries; each is a workgroup with a start, an end and its loops. */
  readonly queryTiles: number;
  /** Visited boxes of keys, over all tiles of queries. */
  readonly boxes: number;
  /** Those of them in which every pair attends, so that no mask is evaluated. */
  readonly fullBoxes: number;
}

/** Weights, in units of one visited box whose pairs all attend. */
export interface CostWeights {
  /** What the mask of a box adds. */
  readonly mask: number;
  /** What a tile of queries adds, however many boxes it visits. */
  readonly tile: number;
}

/**
 * Weights by the positions of a query tile and of a key tile. Fitted by `bench/tiles.ts`: local window, light cone, disc
 * and frame-causal with six pairs of shapes each, 2 heads of 64, medians of interleaved runs, least squares of relative
 * deviations.
 * 32x32: WebGPU on lavapipe, 2 cores. The baseline: mask -0.01, tile 1.86, by which half of the times are met to 7 %;
 * subgroups of 8, which leave out halves of boxes that nobody sees: mask -0.09, tile 1.85, to 6 %. Elsewhere a mask is not
 * free, so it keeps a small weight, which decides between shapes that visit equally many boxes.
 */
const MEASURED: { readonly [volumes: string]: CostWeights } = {
  "32x32": { mask: 0.1, tile: 2 },
};

/** For a target that nobody measured: what was, since the weights are ratios. */
const UNMEASURED = MEASURED["32x32"] as CostWeights;

export const weightsFor = (target: { readonly queriesPerTile: number; readonly keysPerTile: number }): CostWeights =>
  MEASURED[`${target.queriesPerTile}x${target.keysPerTile}`] ?? UNMEASURED;

/**
 * The expected time of a launch, in boxes: `boxes + mask * masked boxes + tile * query tiles`. Padding needs no term: a
 * box is computed whole, whatever it holds.
 */
export function costOf({ queryTiles, boxes, fullBoxes }: Visits, { mask, tile }: CostWeights): number {
  return boxes + mask * (boxes - fullBoxes) + tile * queryTiles;
}

/** The same if nothing is skipped: whole boxes without a mask, as a dense kernel of the same skeleton visits them. */
export function denseCost(queryTiles: number, keyTiles: number, weights: CostWeights): number {
  const boxes = queryTiles * keyTiles;
  return costOf({ queryTiles, boxes, fullBoxes: boxes }, weights);
}
