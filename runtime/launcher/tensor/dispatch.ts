/** How many workgroups a launch of a tensor operation needs, by the rule that its manifest states. */
import type { TensorDispatch } from "../../../compiler/plan/manifest.js";

/** Workgroups for the extents of the output's axes, by name. */
export function workgroupsOf(dispatch: TensorDispatch, extents: ReadonlyMap<string, number>): number {
  const count = (axes: Iterable<string>) => [...axes].reduce((product, axis) => product * (extents.get(axis) ?? 1), 1);
  switch (dispatch.kind) {
    case "elements":
      return Math.ceil(count(extents.keys()) / dispatch.perWorkgroup);
    case "rows":
      return count(dispatch.axes);
    case "tiles": {
      const [rows, columns] = dispatch.tile;
      return (
        count(dispatch.batch) * Math.ceil(count(dispatch.rows) / rows) * Math.ceil(count(dispatch.columns) / columns)
      );
    }
  }
}
