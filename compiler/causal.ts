/** Whether a pattern shows later positions along an axis, decided by the analysis: what it cannot exclude counts as shown. */
import { analyse } from "./analysis/analyse.js";
import { and, intVar, lt } from "./ir/expression.js";
import type { Pattern } from "./plan/pattern.js";

/** True only where no query, on any grid and with any params, sees a key that comes after it along the axis. */
export function isCausal(pattern: Pattern, axis: string): boolean {
  const later = lt(intVar(`q.${axis}`), intVar(`k.${axis}`));
  return analyse({ ...pattern, attend: and(pattern.attend, later) }).verdict.kind === "never";
}
