/** The first frames stay visible behind a moving window, for endless rollouts. */
import { attention, int } from "mscc";

/** A token sees the first `sinks` frames of its past, and the last `frames` frames within `radius` tokens of its place. */
export const sinksWindow = attention({
  axes: ["t", "y", "x"],
  params: { sinks: int({ min: 0 }), frames: int({ min: 1 }), radius: int({ min: 0 }) },
  attend: ({ q, k, sinks, frames, radius }) => {
    const age = q.t - k.t;
    const near = age < frames && Math.abs(q.y - k.y) <= radius && Math.abs(q.x - k.x) <= radius;
    return age >= 0 && (k.t < sinks || near);
  },
});
