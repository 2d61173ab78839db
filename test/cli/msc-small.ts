/** A model that takes a moment, with weights and a clip for it: what tests of `mscc msc` work with. */
import type { Branch, MscConfig } from "../../models/msc/config.js";
import { randomStream } from "../../models/msc/random.js";
import { formatSafetensors } from "../../models/msc/safetensors.js";
import { initialWeights } from "../../models/msc/weights.js";
import { formatY4m } from "../../models/video/y4m.js";

/** Clips of 8 x 8 pixels; a window in the one branch, sinks and a window in the other. */
export const small: MscConfig = {
  name: "small",
  channels: 3,
  patch: { t: 1, y: 2, x: 2 },
  grid: { t: 2, y: 4, x: 4 },
  width: 16,
  depth: 1,
  feedForward: 2,
  rotary: { base: 10_000 },
  layers: [
    {
      branches: [
        { channels: 8, heads: 1, down: 1, pattern: "lightCone", params: { frames: 2, radius: 1, speed: 1 } },
        { channels: 8, heads: 1, down: 2, pattern: "sinksWindow", params: { sinks: 1, frames: 2, radius: 2 } },
      ],
    },
  ],
};

/** The same under another name, with a first branch that differs. */
export function variant(name: string, branch: Partial<Branch> = {}): MscConfig {
  const layers = small.layers.map(({ branches }) => ({
    branches: branches.map((each, i) => (i === 0 ? { ...each, ...branch } : each)),
  }));
  return { ...small, name, layers };
}

/** Random ones of open gates, as a file. */
export const weightsOf = (config: MscConfig): Uint8Array<ArrayBuffer> =>
  formatSafetensors(initialWeights(config, 1, randomStream, "open"));

/** A pattern of colours that moves, as y4m. */
export function clipOf(frames: number, width = 8, height = 8): Uint8Array<ArrayBuffer> {
  const frame = (t: number) =>
    Float32Array.from({ length: width * height * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return 0.4 * Math.sin(((pixel % width) + t) / 2) * Math.cos((Math.floor(pixel / width) - t) / 3 + (i % 3));
    });
  return formatY4m({ width, height, rate: [5, 1], frames: Array.from({ length: frames }, (_, t) => frame(t)) });
}

/** Patterns of a user's own: one that may be a branch's, and one that sees later frames. */
export const ownPatterns = `import { attention, int } from "mscc";

/** A token sees its own frame and the one before. */
export const twoFrames = attention({
  axes: ["t", "y", "x"],
  attend: ({ q, k }) => q.t - k.t >= 0 && q.t - k.t < 2,
});

/** A token sees frames near its own. */
export const nearFrames = attention({
  axes: ["t", "y", "x"],
  params: { reach: int({ min: 0 }) },
  attend: ({ q, k, reach }) => Math.abs(q.t - k.t) <= reach,
});
`;
