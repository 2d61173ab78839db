/** A window in one image with a learned bias per offset. */
import { attention, int, table } from "mscc";

/** A token sees the tokens within `radius` of its place, with a bias that depends on the offset. */
export const relativeBias = attention({
  axes: ["y", "x"],
  params: { radius: int({ min: 0 }) },
  /** Row and column `radius` belong to the token itself. */
  tables: { bias: table("dy", "dx", { extents: ({ radius }) => [2 * radius + 1, 2 * radius + 1] }) },
  attend: ({ q, k, radius }) => Math.abs(q.y - k.y) <= radius && Math.abs(q.x - k.x) <= radius,
  score: ({ s, q, k, radius, bias }) => s + bias(q.y - k.y + radius, q.x - k.x + radius),
});
