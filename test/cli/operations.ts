/** Sources that declare tensor operations, for tests of the commands. */

/** One operation of each schedule, one with a param, one that gathers. */
export const operations = `import { input, int, mean, sum, tensor } from "mscc";

/** Every output channel is a weighted sum of the input channels, plus a bias. */
export const linear = tensor({
  axes: ["t", "c"],
  inputs: { x: input("t", "k"), weight: input("c", "k"), bias: input("c") },
  value: ({ x, weight, bias, size }, { t, c }) => sum(size.k, (k) => x(t, k) * weight(c, k)) + bias(c),
});

/** The channels of a token, scaled to mean 0 and variance 1. */
export const layerNorm = tensor({
  axes: ["t", "c"],
  inputs: { x: input("t", "c") },
  value: ({ x, size }, { t, c }) => {
    const average = mean(size.c, (j) => x(t, j));
    const variance = mean(size.c, (j) => (x(t, j) - average) ** 2);
    return (x(t, c) - average) / Math.sqrt(variance + 1e-6);
  },
});

/** Averages of squares. */
export const pool = tensor({
  axes: ["y", "x"],
  params: { r: int({ min: 1, max: 64 }) },
  inputs: { image: input("rows", "columns") },
  value: ({ image, r }, { y, x }) => mean(r, r, (dy, dx) => image(r * y + dy, r * x + dx)),
});

/** Rows of a table by number. */
export const embed = tensor({
  axes: ["t", "c"],
  inputs: { word: input.int("t"), rows: input("vocabulary", "c", { exact: true }) },
  exact: true,
  value: ({ word, rows }, { t, c }) => rows(word(t), c),
});
`;

/** Both kinds in one file. */
export const mixed = `import { attention, int, input, tensor } from "mscc";

/** A token sees its neighbours. */
export const near = attention({
  axes: ["x"],
  params: { reach: int({ min: 0, max: 9, default: 2 }) },
  attend: ({ q, k, reach }) => Math.abs(q.x - k.x) <= reach,
});

/** Twice as much. */
export const double = tensor({
  axes: ["t"],
  inputs: { x: input("t") },
  value: ({ x }, { t }) => 2 * x(t),
});
`;
