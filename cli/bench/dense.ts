/** Dense attention of the same axes by the same kernel, and how many of its queries can be run in a given time. */
import { TRUE } from "../../compiler/ir/expression.js";
import type { Pattern } from "../../compiler/plan/pattern.js";

/** Every query sees every key: no params, tables or score. */
export function densePattern(pattern: Pattern): Pattern {
  const { name, sentence, place, axes } = pattern;
  return { name, sentence, place, axes, params: [], tables: [], attend: TRUE, texts: new Map() };
}

const tilesIn = (extents: readonly number[], tile: readonly number[]) =>
  extents.reduce((so, extent, i) => so * Math.ceil(extent / (tile[i] as number)), 1);

/** A box of queries at the origin of the grid, and what share of all tiles of queries it is. */
export interface Slab {
  readonly extents: readonly number[];
  readonly share: number;
}

/** A box that holds about `share` of the tiles of queries, at least one: cut from the outermost axis inwards. */
export function slabOf(extents: readonly number[], tile: readonly number[], share: number): Slab {
  let left = Math.min(1, share);
  const cut = extents.map((extent, i) => {
    const step = tile[i] as number;
    const tiles = Math.ceil(extent / step);
    const kept = Math.max(1, Math.floor(tiles * left));
    left = Math.min(1, (left * tiles) / kept);
    return Math.min(extent, kept * step);
  });
  return { extents: cut, share: tilesIn(cut, tile) / tilesIn(extents, tile) };
}
