/** What a piece of work fails with: the whole text of a `ModelError`, and which codes were seen. */
import { ModelError } from "../../models/messages.js";

/** Codes of the errors that `textOf` met in this test file. */
export const seen = new Set<string>();

/** The message of the `ModelError` that the work throws; anything else that it throws is thrown on. */
export function textOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    for (const { code } of error.problems) seen.add(code);
    return error.message;
  }
  return "no error";
}
