/** Logits bounded by a smooth cap. */
import { attention, float } from "mscc";

/** A token sees its own frame whole and every earlier one, with logits kept between `-cap` and `cap`. */
export const softCap = attention({
  axes: ["t", "y", "x"],
  params: { cap: float({ min: 0.001, default: 30 }) },
  attend: ({ q, k }) => k.t <= q.t,
  score: ({ s, cap }) => cap * Math.tanh(s / cap),
});
