/** Frames at fixed places of the clip, as in a video codec. */
import { attention, int } from "mscc";

/** A token sees its own frame and the earlier I-frames, every `gop`-th frame of the clip. */
export const iFrames = attention({
  axes: ["t", "y", "x"],
  params: { gop: int({ min: 1 }) },
  attend: ({ q, k, gop }) => k.t === q.t || (k.t <= q.t && k.t % gop === 0),
});
