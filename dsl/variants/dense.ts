/** Dense attention over space and time. */
import { attention } from "mscc";

/** Every query sees every key. */
export const dense = attention({
  axes: ["t", "y", "x"],
  attend: () => true,
});
