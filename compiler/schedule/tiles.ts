/** Tile shapes where no grid is given: compact boxes over the innermost axes. */
import type { Axes } from "../plan/pattern.js";
import type { TileShapes } from "../plan/plan.js";
import type { Target } from "../target.js";

/**
 * The documented default. One axis holds the whole tile; of two or more, the innermost two share it as evenly as
 * powers of two allow, the innermost the larger, and the outer axes have extent 1, so that frames are never mixed and
 * lattices along them stay exact.
 */
export function defaultTiles(axes: Axes, target: Target): TileShapes {
  return {
    query: compactBox(axes.query.length, target.queriesPerTile),
    key: compactBox(axes.key.length, target.keysPerTile),
  };
}

function compactBox(rank: number, volume: number): number[] {
  if (rank === 1) return [volume];
  const rows = 2 ** Math.floor(Math.log2(volume) / 2);
  return [...Array<number>(rank - 2).fill(1), rows, volume / rows];
}
