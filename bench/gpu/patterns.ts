/** Patterns that only the benchmark on CUDA machines needs. */
import { attention, int } from "mscc";

/** The first of the `width` positions that a query sees along an axis: half of them before it, shifted inwards at the borders. */
const startOf = (position: number, width: number, size: number) =>
  Math.max(0, Math.min(position - Math.floor(width / 2), size - width));

/**
 * A token sees a box of `depth` frames, `height` rows and `width` columns around its place. At the borders the box is shifted
 * inwards, so that every query sees as many keys: the neighbourhood of NATTEN, whose published times this is compared with.
 */
export const centredWindow = attention({
  axes: ["t", "y", "x"],
  params: { depth: int({ min: 1 }), height: int({ min: 1 }), width: int({ min: 1 }) },
  attend: ({ q, k, size, depth, height, width }) => {
    const frame = k.t - startOf(q.t, depth, size.k.t);
    const row = k.y - startOf(q.y, height, size.k.y);
    const column = k.x - startOf(q.x, width, size.k.x);
    return frame >= 0 && frame < depth && row >= 0 && row < height && column >= 0 && column < width;
  },
});
