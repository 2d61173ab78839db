/** I-frames for the far past, a window for the near one. */
import { attention, int } from "mscc";

/** A token sees its own frame, the earlier I-frames, and the last `frames` frames within `radius` tokens of its place. */
export const iFramesWindow = attention({
  axes: ["t", "y", "x"],
  params: { gop: int({ min: 1 }), frames: int({ min: 1 }), radius: int({ min: 0 }) },
  attend: ({ q, k, gop, frames, radius }) => {
    const age = q.t - k.t;
    const near = age < frames && Math.abs(q.y - k.y) <= radius && Math.abs(q.x - k.x) <= radius;
    return age === 0 || (age >= 0 && (k.t % gop === 0 || near));
  },
});
