/** Configurations that run in seconds on the slower software driver. */
import type { MscConfig } from "../../models/msc/config.js";

/** Small enough for the slower driver; every kind of pattern, two scales, and heads of a dim that is no power of 2. */
export const small: MscConfig = {
  name: "small",
  channels: 3,
  patch: { t: 1, y: 2, x: 2 },
  grid: { t: 4, y: 5, x: 3 },
  width: 36,
  depth: 2,
  feedForward: 2,
  rotary: { base: 100 },
  layers: [
    {
      branches: [
        { channels: 12, heads: 1, down: 1, pattern: "lightCone", params: { frames: 2, radius: 1, speed: 1 } },
        { channels: 12, heads: 2, down: 2, pattern: "sinksWindow", params: { sinks: 1, frames: 3, radius: 4 } },
        { channels: 12, heads: 2, down: 3, pattern: "iFrames", params: { gop: 3 } },
      ],
    },
  ],
};

/** The window and the sinks alone: what an endless rollout may use. */
export const endless: MscConfig = {
  ...small,
  name: "endless",
  width: 24,
  depth: 1,
  layers: [{ branches: small.layers[0]?.branches.slice(0, 2) ?? [] }],
};

/** The paper's patterns and a union, with two frames per patch. */
export const paired: MscConfig = {
  ...small,
  name: "paired",
  patch: { t: 2, y: 1, x: 2 },
  depth: 1,
  layers: [
    {
      branches: [
        { channels: 12, heads: 2, down: 1, pattern: "localWindow", params: { frames: 2, radius: 1 } },
        { channels: 12, heads: 1, down: 2, pattern: "stridedFrames", params: { stride: 2 } },
        { channels: 12, heads: 3, down: 2, pattern: "iFramesWindow", params: { gop: 3, frames: 2, radius: 1 } },
      ],
    },
  ],
};

/** What configurations rarely have, all at once. */
export const unusual: MscConfig = {
  ...small,
  name: "unusual",
  patch: { t: 2, y: 1, x: 3 },
  grid: { t: 3, y: 3, x: 4 },
  depth: 2,
  layers: [
    {
      branches: [
        { channels: 4, heads: 2, down: 1, pattern: "frameCausal", params: {} },
        { channels: 6, heads: 1, down: 2, pattern: "lightCone", params: { frames: 2, radius: 1, speed: 1 } },
        { channels: 20, heads: 1, down: 7, pattern: "frameCausal", params: {} },
        { channels: 2, heads: 1, down: 3, pattern: "iFrames", params: { gop: 2 } },
        { channels: 4, heads: 1, down: 1, pattern: "localWindow", params: { frames: 1, radius: 0 } },
      ],
    },
    { branches: [{ channels: 36, heads: 2, down: 2, pattern: "stridedFrames", params: { stride: 2 } }] },
  ],
};
