/** What a picture shows where nothing is said: small grids, and a query that has a past and a neighbourhood. */

/** Extents by number of axes; large enough for several tiles, small enough for a terminal. */
const EXTENTS: readonly (readonly number[])[] = [[], [128], [16, 24], [6, 12, 16], [2, 4, 8, 12]];

export const defaultGrid = (axes: readonly string[]): readonly number[] => EXTENTS[axes.length] as readonly number[];

/** Three quarters along the outermost axis, the middle of the others. */
export const defaultQuery = (size: readonly number[]): readonly number[] =>
  size.map((extent, i) => Math.min(extent - 1, Math.floor(i === 0 ? (3 * extent) / 4 : extent / 2)));
