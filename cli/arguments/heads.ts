/** Counts of heads on the command line: `--heads 4`, or `--heads 4/2` for query heads and the key heads that they share. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { tell } from "../messages.js";
import { wholeNumber } from "./assignments.js";

const MOST = 1024;

/** Query heads, and key heads that divide them. */
export interface HeadPair {
  readonly heads: number;
  readonly keyHeads: number;
}

export function headPair(text: string, code: "verify-heads" | "bench-heads", problems: Diagnostic[]): HeadPair {
  const [heads, keyHeads = heads, ...more] = text.split("/").map((part) => wholeNumber(part, 1, MOST));
  if (heads === undefined || keyHeads === undefined || more.length > 0 || heads % keyHeads !== 0) {
    problems.push(tell(code, { given: text }));
    return { heads: 1, keyHeads: 1 };
  }
  return { heads, keyHeads };
}
