/** The legal shapes of tiles: every way to write a target's number of positions as a product over the axes. */
import type { TileShapes } from "../plan/plan.js";
import type { Target } from "../target.js";

function divisorsOf(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((divisor) => n % divisor === 0);
}

/** All boxes of `rank` axes that hold `volume` positions, in a fixed order. */
export function shapesOf(rank: number, volume: number): number[][] {
  if (rank === 1) return [[volume]];
  return divisorsOf(volume).flatMap((first) => shapesOf(rank - 1, volume / first).map((rest) => [first, ...rest]));
}

/** Whether half of an extent would hold the grid as well: then the other half is padding along that axis. */
const isWasteful = (shape: readonly number[], grid: readonly number[]) =>
  shape.some((extent, i) => extent >= 2 * (grid[i] as number));

function shapesFor(grid: readonly number[], volume: number): number[][] {
  const legal = shapesOf(grid.length, volume);
  const fitting = legal.filter((shape) => !isWasteful(shape, grid));
  return fitting.length > 0 ? fitting : legal;
}

/** Every pair of shapes worth counting on a grid: those twice as long as it along some axis are left out, if others are legal. */
export function candidatesFor(
  size: { readonly q: readonly number[]; readonly k: readonly number[] },
  target: Target,
): TileShapes[] {
  const keys = shapesFor(size.k, target.keysPerTile);
  return shapesFor(size.q, target.queriesPerTile).flatMap((query) => keys.map((key) => ({ query, key })));
}

export const sameShapes = (a: TileShapes, b: TileShapes): boolean =>
  a.query.join() === b.query.join() && a.key.join() === b.key.join();

/** Tiles in which the same axes have extent 1 have the same loops: bounds read the ends of boxes, never their extents. */
export const loopsKey = ({ query, key }: TileShapes): string =>
  [query, key].map((extents) => extents.map((extent) => (extent === 1 ? "1" : "n")).join("")).join(" ");
