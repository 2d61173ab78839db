/** Configurations that come with mscc. */
import type { Layer, MscConfig } from "./config.js";

const DEFAULTS = { channels: 3, feedForward: 4, rotary: { base: 10_000 } };

const lightCone = { down: 1, pattern: "lightCone", params: { frames: 3, radius: 1, speed: 1 } };

/** Small clips of 64 x 48 RGB pixels, on any machine; its patterns need the same memory for any number of frames. */
export const tiny: MscConfig = {
  ...DEFAULTS,
  name: "tiny",
  patch: { t: 1, y: 2, x: 2 },
  grid: { t: 8, y: 24, x: 32 },
  width: 96,
  depth: 3,
  layers: [
    {
      branches: [
        { channels: 48, heads: 2, ...lightCone },
        { channels: 48, heads: 2, down: 2, pattern: "sinksWindow", params: { sinks: 1, frames: 4, radius: 8 } },
      ],
    },
  ],
};

/** The paper's layer: a High-Res half with a window, a Low-Res half with strided frames, coarser by `down`. */
function paperLayer(down: number): Layer {
  const half = { channels: 192, heads: 3 };
  return {
    branches: [
      { ...half, down: 1, pattern: "localWindow", params: { frames: 4, radius: 4 } },
      { ...half, down, pattern: "stridedFrames", params: { stride: 2 } },
    ],
  };
}

/** The paper's two branches, the coarse one coarser in deeper layers. */
export const base: MscConfig = {
  ...DEFAULTS,
  name: "base",
  patch: { t: 1, y: 2, x: 2 },
  grid: { t: 16, y: 32, x: 32 },
  width: 384,
  depth: 12,
  layers: [2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8].map(paperLayer),
};

/** Three branches on three grids. */
export const threeScale: MscConfig = {
  ...DEFAULTS,
  name: "three-scale",
  patch: { t: 1, y: 4, x: 4 },
  grid: { t: 8, y: 12, x: 16 },
  width: 192,
  depth: 6,
  layers: [
    {
      branches: [
        { channels: 64, heads: 2, ...lightCone },
        { channels: 64, heads: 2, down: 2, pattern: "localWindow", params: { frames: 4, radius: 4 } },
        { channels: 64, heads: 2, down: 4, pattern: "iFrames", params: { gop: 4 } },
      ],
    },
  ],
};

/** By name. */
export const presets: { readonly [name: string]: MscConfig } = { tiny, base, "three-scale": threeScale };
