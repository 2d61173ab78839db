/** A window that is shifted inwards at the borders, as NATTEN does, so that every query sees as many tokens per frame. */
import { attention, int } from "mscc";

/** The first of the `2 * radius + 1` positions that a query sees along an axis. */
const startOf = (position: number, radius: number, size: number) =>
  Math.max(0, Math.min(position - radius, size - (2 * radius + 1)));

/** A token sees the last `frames` frames within `2 * radius + 1` rows and columns that hold its place and never leave the grid. */
export const shiftedWindow = attention({
  axes: ["t", "y", "x"],
  params: { frames: int({ min: 1 }), radius: int({ min: 0 }) },
  attend: ({ q, k, size, frames, radius }) => {
    const age = q.t - k.t;
    const row = k.y - startOf(q.y, radius, size.k.y);
    const column = k.x - startOf(q.x, radius, size.k.x);
    return age >= 0 && age < frames && row >= 0 && row <= 2 * radius && column >= 0 && column <= 2 * radius;
  },
});
