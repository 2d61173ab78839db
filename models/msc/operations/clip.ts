/** The operations at the two ends of the model: noise levels and pixels to tokens, tokens to pixels, the sampler's step. */
import { input, int, tensor } from "mscc";

/** Cosines and sines of a frame's noise level at frequencies from 1000 down to 0.1 radians per unit. */
export const timestep = tensor({
  axes: ["t", "y", "x", "c"],
  inputs: { tau: input("t", { exact: true }) },
  value: ({ tau, size }, { t, c }) => {
    const half = Math.floor(size.c / 2);
    const angle = 1000 * tau(t) * Math.exp((-Math.log(10000) * (c % half)) / half);
    return c < half ? Math.cos(angle) : Math.sin(angle);
  },
});

/** The channels of a token: the pixels of `frames` x `high` x `wide`, frames outermost, colours innermost. */
export const patchify = tensor({
  axes: ["t", "y", "x", "k"],
  params: { frames: int({ min: 1, max: 1024 }), high: int({ min: 1, max: 1024 }), wide: int({ min: 1, max: 1024 }) },
  inputs: { clip: input("clipFrames", "rows", "columns", "colours", { exact: true }) },
  value: ({ clip, frames, high, wide, size }, { t, y, x: i, k }) => {
    const pixel = Math.floor(k / size.colours);
    const row = Math.floor(pixel / wide);
    const colour = k % size.colours;
    return clip(frames * t + Math.floor(row / high), high * y + (row % high), wide * i + (pixel % wide), colour);
  },
});

/** A pixel of the clip from the channels of its token: the inverse of `patchify`. */
export const unpatchify = tensor({
  axes: ["t", "y", "x", "c"],
  params: { frames: int({ min: 1, max: 1024 }), high: int({ min: 1, max: 1024 }), wide: int({ min: 1, max: 1024 }) },
  inputs: { tokens: input("tokenFrames", "rows", "columns", "k") },
  value: ({ tokens, frames, high, wide, size }, { t, y, x: i, c }) => {
    const pixel = ((t % frames) * high + (y % high)) * wide + (i % wide);
    return tokens(Math.floor(t / frames), Math.floor(y / high), Math.floor(i / wide), pixel * size.c + c);
  },
});

/** The clip one step of the sampler on: from noise level `tau` to `next` along the velocity that the network predicts. */
export const eulerStep = tensor({
  axes: ["t", "y", "x", "c"],
  params: { frames: int({ min: 1, max: 1024 }) },
  inputs: {
    clip: input("t", "y", "x", "c", { exact: true }),
    velocity: input("t", "y", "x", "c"),
    tau: input("tokenFrames", { exact: true }),
    next: input("tokenFrames", { exact: true }),
  },
  exact: true,
  value: ({ clip, velocity, tau, next, frames }, { t, y, x: i, c }) => {
    const token = Math.floor(t / frames);
    return clip(t, y, i, c) + (next(token) - tau(token)) * velocity(t, y, i, c);
  },
});
