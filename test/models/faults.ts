/** What a piece of work fails with: the whole text of a `ModelError`, and which codes were seen. */
import { ModelError } from "../../models/messages.js";

/** Codes of the errors that `textOf` and `rejectionOf` met in this test file. */
export const seen = new Set<string>();

function textOfError(error: unknown): string {
  if (!(error instanceof ModelError)) throw error;
  for (const { code } of error.problems) seen.add(code);
  return error.message;
}

/** The message of the `ModelError` that the work throws; anything else that it throws is thrown on. */
export function textOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return textOfError(error);
  }
  return "no error";
}

/** The same of work that takes its time. */
export const rejectionOf = (work: Promise<unknown>): Promise<string> => work.then(() => "no error", textOfError);
