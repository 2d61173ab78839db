/** How many workgroups share the keys of one tile of queries, and where they put what they find. */
import type { Manifest, ManifestKernel } from "../../compiler/plan/manifest.js";
import { problem } from "./attention-messages.js";
import { hullOf, type Part } from "./hull.js";
import type { Scope } from "./intervals.js";
import { denseLayout, type Layout } from "./layout.js";
import type { Problem } from "./messages.js";
import type { Grid } from "./numbers.js";
import { bytesOf, dimensionsOf } from "./operands.js";
import type { Range } from "./ring.js";
import { tilesPerAxis } from "./tiles.js";
import type { BindOptions, CompiledKernel } from "./types.js";

/** Name of the dimension of what the splits write; no axis can have it. */
export const SPLIT = "split of the keys";

const MOST = 64;
/**
 * The rule for launches that do not say: fewer workgroups than this leave most of a GPU idle, since a workgroup stays
 * on one of its cores; twice as many occupy the largest of today, and a split is worth its walk over the loops, and its
 * part of the merge, if it has some boxes of keys to compute. Neither can be asked of WebGPU, so that it depends on
 * the launch alone: the same launch is divided, and rounds, alike on every device.
 */
const FEW_TILES = 32;
const WORKGROUPS = 128;
const LEAST_BOXES = 4;

/** Boxes of keys in the hull of the tile in the middle of the launch: about what each tile has. */
export function boxesOfTile(manifest: Manifest, kernel: ManifestKernel, grid: Grid, scope: Scope): number {
  const middle = (count: number): Range => [Math.floor(count / 2), Math.floor(count / 2)];
  const tiles = tilesPerAxis(kernel, grid).map(middle);
  const part: Part = { batch: middle(grid.batches), head: middle(grid.heads), tiles };
  const hull = hullOf(manifest, grid, kernel.queryTile, part, scope) ?? [];
  return hull.reduce((boxes, [lo, hi], i) => boxes * Math.ceil((hi - lo + 1) / (kernel.keyTile[i] as number)), 1);
}

/** Splits of a launch that does not say, by its tiles and the boxes of keys of each. */
export function chosenSplits(tiles: number, boxes: number): number {
  if (tiles >= FEW_TILES) return 1;
  return Math.max(1, Math.min(MOST, Math.floor(WORKGROUPS / tiles), Math.floor(boxes / LEAST_BOXES)));
}

/** The splits of a launch; `boxes` is asked for where it matters. */
export function splitsOf(
  { kernel, merge }: CompiledKernel,
  { splits }: BindOptions,
  tiles: number,
  boxes: () => number,
  problems: Problem[],
): number {
  const canMerge = kernel.merge !== undefined && merge !== undefined;
  if (splits === undefined) return canMerge && tiles < FEW_TILES ? chosenSplits(tiles, boxes()) : 1;
  if (Number.isInteger(splits) && splits >= 1 && splits <= MOST) {
    if (splits === 1 || canMerge) return splits;
    problems.push(problem("splits-unmerged", splits));
  } else problems.push(problem("splits-invalid", splits, MOST));
  return 1;
}

/** Where the splits put their output and LSE, stored as those are: those of one query side by side, so that a slab of queries is one piece. */
export function partLayouts(manifest: Manifest, kernel: ManifestKernel, rows: readonly number[], splits: number) {
  const axes = [...dimensionsOf(manifest, "lse"), SPLIT];
  return {
    parts: denseLayout([...axes, "dim"], [...rows, splits, kernel.valueDim], bytesOf(kernel, "output")),
    part_lse: denseLayout(axes, [...rows, splits], bytesOf(kernel, "lse")),
  } satisfies { readonly [name: string]: Layout };
}

/** Bytes of a dense layout, in whole words. */
export const sizeOf = ({ shape, bytes }: Layout): number =>
  Math.ceil(shape.reduce((product, extent) => product * extent, bytes) / 4) * 4;
