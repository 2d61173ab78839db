/** A causal window that shrinks at the borders of the grid. */
import { attention, int } from "mscc";

/** A token sees the last `frames` frames within `radius` tokens of its place. */
export const localWindow = attention({
  axes: ["t", "y", "x"],
  params: { frames: int({ min: 1 }), radius: int({ min: 0 }) },
  attend: ({ q, k, frames, radius }) => {
    const age = q.t - k.t;
    return age >= 0 && age < frames && Math.abs(q.y - k.y) <= radius && Math.abs(q.x - k.x) <= radius;
  },
});
