/** The operations of a transformer layer on tokens [t, y, x, c], each declared once: the compiler makes the kernels, tests call them as they stand. */
import { input, int, mean, sum, tensor } from "mscc";

/** Every output channel is a weighted sum of the input channels, plus a bias. */
export const linear = tensor({
  axes: ["t", "y", "x", "c"],
  inputs: { x: input("t", "y", "x", "k"), weight: input("c", "k"), bias: input("c") },
  value: ({ x, weight, bias, size }, { t, y, x: i, c }) => sum(size.k, (k) => x(t, y, i, k) * weight(c, k)) + bias(c),
});

/** The channels of a token are shifted and scaled to mean 0 and variance 1. */
export const layerNorm = tensor({
  axes: ["t", "y", "x", "c"],
  inputs: { x: input("t", "y", "x", "c") },
  value: ({ x, size }, { t, y, x: i, c }) => {
    const average = mean(size.c, (j) => x(t, y, i, j));
    const variance = mean(size.c, (j) => (x(t, y, i, j) - average) ** 2);
    return (x(t, y, i, c) - average) / Math.sqrt(variance + 1e-6);
  },
});

/** Every channel is scaled and shifted as its frame's noise level says. */
export const modulate = tensor({
  axes: ["t", "y", "x", "c"],
  inputs: { x: input("t", "y", "x", "c"), shift: input("t", "c"), scale: input("t", "c") },
  value: ({ x, shift, scale }, { t, y, x: i, c }) => x(t, y, i, c) * (1 + scale(t, c)) + shift(t, c),
});

/** The Gaussian error linear unit, by its tanh approximation (Hendrycks and Gimpel, 2016). */
export const gelu = tensor({
  axes: ["t", "y", "x", "c"],
  inputs: { x: input("t", "y", "x", "c") },
  value: ({ x }, { t, y, x: i, c }) => {
    const v = x(t, y, i, c);
    return 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
  },
});

/** The sigmoid linear unit, v / (1 + exp(-v)). */
export const silu = tensor({
  axes: ["t", "y", "x", "c"],
  inputs: { x: input("t", "y", "x", "c") },
  value: ({ x }, { t, y, x: i, c }) => 0.5 * x(t, y, i, c) * (1 + Math.tanh(0.5 * x(t, y, i, c))),
});

/** What a block computes is added to what came in, weighed as the frame's noise level says. */
export const gatedResidual = tensor({
  axes: ["t", "y", "x", "c"],
  inputs: { x: input("t", "y", "x", "c"), gate: input("t", "c"), block: input("t", "y", "x", "c") },
  value: ({ x, gate, block }, { t, y, x: i, c }) => x(t, y, i, c) + gate(t, c) * block(t, y, i, c),
});

/** Averages of `down` x `down` tokens of a frame; the last ones repeat where the grid ends within a square. */
export const averagePool = tensor({
  axes: ["t", "y", "x", "c"],
  params: { down: int({ min: 1, max: 1024 }) },
  inputs: { x: input("t", "rows", "columns", "c") },
  value: ({ x, down, size }, { t, y, x: i, c }) =>
    // Row by row: a sum of a million terms in f32 would err in the second digit.
    mean(down, (dy) =>
      mean(down, (dx) => x(t, Math.min(down * y + dy, size.rows - 1), Math.min(down * i + dx, size.columns - 1), c)),
    ),
});
