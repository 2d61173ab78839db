/** A round window. */
import { attention, int } from "mscc";

/** A token sees the last `frames` frames within a disc of `radius` tokens around its place. */
export const disc = attention({
  axes: ["t", "y", "x"],
  params: { frames: int({ min: 1 }), radius: int({ min: 0 }) },
  attend: ({ q, k, frames, radius }) => {
    const age = q.t - k.t;
    return age >= 0 && age < frames && (q.y - k.y) ** 2 + (q.x - k.x) ** 2 <= radius ** 2;
  },
});
