/** Joins the branches of a layer: each is brought back to the fine grid, weighed by its gates, and takes its channels. */
import { input, int, tensor } from "mscc";

/** Of a gate's logit: twice the sigmoid, so that 0 leaves a branch as it is. */
const opening = (logit: number) => 1 + Math.tanh(0.5 * logit);

const params1 = { down0: int({ min: 1, max: 1024 }) };
const params2 = { ...params1, down1: int({ min: 1, max: 1024 }) };
const params3 = { ...params2, down2: int({ min: 1, max: 1024 }) };
const params4 = { ...params3, down3: int({ min: 1, max: 1024 }) };

const inputs1 = { gates: input("t", "c"), branch0: input("t", "y0", "x0", "c0") };
const inputs2 = { ...inputs1, branch1: input("t", "y1", "x1", "c1") };
const inputs3 = { ...inputs2, branch2: input("t", "y2", "x2", "c2") };
const inputs4 = { ...inputs3, branch3: input("t", "y3", "x3", "c3") };

/** One branch, upsampled and gated. */
export const merge1 = tensor({
  axes: ["t", "y", "x", "c"],
  params: params1,
  inputs: inputs1,
  value: ({ gates, branch0, down0 }, { t, y, x, c }) =>
    opening(gates(t, c)) * branch0(t, Math.floor(y / down0), Math.floor(x / down0), c),
});

/** Two branches, upsampled (nearest) and gated, their channels one after the other. */
export const merge2 = tensor({
  axes: ["t", "y", "x", "c"],
  params: params2,
  inputs: inputs2,
  value: ({ gates, branch0, branch1, down0, down1, size }, { t, y, x, c }) => {
    const value =
      c < size.c0
        ? branch0(t, Math.floor(y / down0), Math.floor(x / down0), c)
        : branch1(t, Math.floor(y / down1), Math.floor(x / down1), c - size.c0);
    return opening(gates(t, c)) * value;
  },
});

/** Three branches, upsampled (nearest) and gated, their channels one after the other. */
export const merge3 = tensor({
  axes: ["t", "y", "x", "c"],
  params: params3,
  inputs: inputs3,
  value: ({ gates, branch0, branch1, branch2, down0, down1, down2, size }, { t, y, x, c }) => {
    const second = c - size.c0;
    const third = second - size.c1;
    const value =
      second < 0
        ? branch0(t, Math.floor(y / down0), Math.floor(x / down0), c)
        : third < 0
          ? branch1(t, Math.floor(y / down1), Math.floor(x / down1), second)
          : branch2(t, Math.floor(y / down2), Math.floor(x / down2), third);
    return opening(gates(t, c)) * value;
  },
});

/** Four branches, upsampled (nearest) and gated, their channels one after the other. */
export const merge4 = tensor({
  axes: ["t", "y", "x", "c"],
  params: params4,
  inputs: inputs4,
  value: (reads, { t, y, x, c }) => {
    const { gates, branch0, branch1, branch2, branch3, down0, down1, down2, down3, size } = reads;
    const second = c - size.c0;
    const third = second - size.c1;
    const fourth = third - size.c2;
    const value =
      second < 0
        ? branch0(t, Math.floor(y / down0), Math.floor(x / down0), c)
        : third < 0
          ? branch1(t, Math.floor(y / down1), Math.floor(x / down1), second)
          : fourth < 0
            ? branch2(t, Math.floor(y / down2), Math.floor(x / down2), third)
            : branch3(t, Math.floor(y / down3), Math.floor(x / down3), fourth);
    return opening(gates(t, c)) * value;
  },
});
