/** Runs steps that may fail by the user's fault, and reports the faults of all of them together. */
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.js";
import { userDiagnostics } from "./faults.js";
import { throwAny } from "./messages.js";

/** @throws UserError with every fault of every step. */
export function collecting<T>(steps: readonly (() => T)[]): T[] {
  const problems: Diagnostic[] = [];
  const results = steps.flatMap((step) => {
    try {
      return [step()];
    } catch (error) {
      const own = userDiagnostics(error);
      if (!own) throw error;
      problems.push(...own);
      return [];
    }
  });
  throwAny(problems);
  return results;
}
