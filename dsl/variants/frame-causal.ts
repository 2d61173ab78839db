/** Causal in frames, global in space. */
import { attention } from "mscc";

/** A token sees its own frame whole and every earlier one. */
export const frameCausal = attention({
  axes: ["t", "y", "x"],
  attend: ({ q, k }) => k.t <= q.t,
});
