/** Dilated in time, global in space. */
import { attention, int } from "mscc";

/** A token sees its own frame and every `stride`-th frame before it, whole. */
export const stridedFrames = attention({
  axes: ["t", "y", "x"],
  params: { stride: int({ min: 1 }) },
  attend: ({ q, k, stride }) => k.t <= q.t && (q.t - k.t) % stride === 0,
});
