/** From a fine grid of queries to a grid of keys that is coarser in space. */
import { attention, int } from "mscc";

/** A token of the fine grid sees, in its past, the cells of the grid `r` times coarser whose centres lie within `reach` tokens. */
export const crossGrid = attention({
  axes: { query: ["t", "y", "x"], key: ["t", "y", "x"] },
  params: { r: int({ min: 1 }), reach: int({ min: 0 }) },
  attend: ({ q, k, r, reach }) => {
    // Twice the distance from a fine row or column to the centre of a coarse one, which covers r of them.
    const fromCentre = (fine: number, coarse: number) => Math.abs(2 * fine - (2 * r * coarse + r - 1));
    return k.t <= q.t && fromCentre(q.y, k.y) <= 2 * reach && fromCentre(q.x, k.x) <= 2 * reach;
  },
});
