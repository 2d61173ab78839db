/** Rotary position embedding in time and space (Su et al., 2021), for queries and keys. */
import { float, input, int, tensor } from "mscc";

/**
 * Pairs of channels of the first `rotated` ones are turned by angles that grow with the token's frame, row or column.
 * Of the pairs of a head, a sixth of the head dim each belongs to rows and columns, the rest to frames. Tokens of a
 * coarse grid stand in the middle of the `down` x `down` tokens that they were pooled from.
 */
export const rotary = tensor({
  axes: ["t", "y", "x", "c"],
  params: {
    rotated: int({ min: 0, max: 65536 }),
    headDim: int({ min: 2, max: 256 }),
    down: int({ min: 1, max: 1024 }),
    base: float({ min: 1 }),
  },
  inputs: { x: input("t", "y", "x", "c"), frame: input.int("t") },
  value: ({ x, frame, rotated, headDim, down, base, size }, { t, y, x: i, c }) => {
    const pair = Math.floor((c % headDim) / 2);
    const inSpace = Math.floor(headDim / 6);
    const inTime = Math.floor(headDim / 2) - 2 * inSpace;
    const middle = 0.5 * (down - 1);
    const isTime = pair < inTime;
    const isRow = pair < inTime + inSpace;
    const position = isTime ? frame(t) : down * (isRow ? y : i) + middle;
    const rank = isTime ? pair : isRow ? pair - inTime : pair - inTime - inSpace;
    const angle = position * Math.exp((-Math.log(base) * rank) / (isTime ? inTime : Math.max(inSpace, 1)));
    const isFirst = c % 2 === 0;
    const mate = x(t, y, i, isFirst ? Math.min(c + 1, size.c - 1) : c - 1);
    const own = x(t, y, i, c);
    const turned = own * Math.cos(angle) + (isFirst ? -mate : mate) * Math.sin(angle);
    return c < rotated ? turned : own;
  },
});
