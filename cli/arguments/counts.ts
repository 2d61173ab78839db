/** Options that are whole numbers within bounds: frames, steps, seeds. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { tell } from "../messages.js";
import { wholeNumber } from "./assignments.js";

export const MOST_FRAMES = 1_000_000;
export const MOST_SEED = 2 ** 32 - 1;

/** The number where one is given; another text is a fault. */
export function numberOption(
  option: string,
  given: string | undefined,
  [least, most]: readonly [number, number],
  problems: Diagnostic[],
): number | undefined {
  if (given === undefined) return undefined;
  const value = wholeNumber(given, least, most);
  if (value === undefined) problems.push(tell("msc-number", { option, given, least, most }));
  return value;
}
