/** Attention with linear biases, for text. */
import { attention, table } from "mscc";

/** A token sees itself and every earlier one, and its logit falls with their distance by the slope of the head. */
export const alibi = attention({
  axes: ["i"],
  tables: { slope: table("head") },
  attend: ({ q, k }) => k.i <= q.i,
  score: ({ s, q, k, head, slope }) => s - slope(head) * (q.i - k.i),
});
