/** Tiles of queries: how many there are along each axis. */
import type { ManifestKernel } from "../../compiler/plan/manifest.js";
import type { Grid } from "./numbers.js";

/** Query tiles along each axis. */
export const tilesPerAxis = ({ queryTile }: Pick<ManifestKernel, "queryTile">, { q }: Grid): readonly number[] =>
  q.extent.map((extent, i) => Math.ceil(extent / (queryTile[i] as number)));
