/** Noise levels per frame weigh the past. */
import { attention, float, table } from "mscc";

/** A token sees its own frame whole and every earlier one, and noisy key frames count less. */
export const noiseAware = attention({
  axes: ["t", "y", "x"],
  params: { alpha: float({ min: 0, default: 1 }) },
  tables: { noise: table("t", { min: 0, max: 1 }) },
  attend: ({ q, k }) => k.t <= q.t,
  score: ({ s, k, alpha, noise }) => s - alpha * noise(k.t),
});
