/** What a picture shows where nothing is said: small grids, and a query that has a past and a neighbourhood. */

/** Extents by number of axes; large enough for several tiles, small enough for a terminal. */
const EXTENTS: readonly (readonly number[])[] = [[], [128], [16, 24], [6, 8, 12], [2, 4, 8, 12]];

export const defaultGrid = (axes: readonly string[]): readonly number[] => EXTENTS[axes.length] as readonly number[];

/** Keys with a grid of their own are often coarser: half of it along the last two axes. */
export const defaultKeyGrid = (axes: readonly string[]): readonly number[] =>
  defaultGrid(axes).map((extent, i) => (i < axes.length - 2 ? extent : extent / 2));

/** Late on the outermost axis, so that there is a past to see, and in the middle of the others. */
export const defaultQuery = (size: readonly number[]): readonly number[] =>
  size.map((extent, i) => (i === 0 ? Math.round(0.7 * (extent - 1)) : Math.floor(extent / 2)));
