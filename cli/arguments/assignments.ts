/** Options of the form name=value: `--set frames=3`, `--table noise=noise.npy`, `--grid t=16,y=32`. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { tell } from "../messages.js";

/** The values by name, in the order given; what is not of the form goes to `problems`. */
export function assignments(
  option: string,
  texts: readonly string[],
  example: string,
  problems: Diagnostic[],
): Map<string, string> {
  const values = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf("=");
    const [name, value] = [text.slice(0, Math.max(at, 0)).trim(), text.slice(at + 1).trim()];
    if (name === "" || value === "") problems.push(tell("assignment-form", { option, given: text, example }));
    else if (values.has(name)) problems.push(tell("assignment-twice", { option, name }));
    else values.set(name, value);
  }
  return values;
}

/** Text as a number, or NaN; unlike `Number`, nothing is 0. */
export const numberOf = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));

const LARGEST = 2 ** 31 - 1;

/** A whole number from `least` to 2147483647, or undefined. */
export function wholeNumber(text: string, least: number, most = LARGEST): number | undefined {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/** Two weeks: what a solver counts its milliseconds in holds more, and nobody waits so long. */
const MOST_SECONDS = 1_000_000;

/** `--time-limit` in milliseconds. */
export function timeLimit(text: string, problems: Diagnostic[]): number {
  const seconds = numberOf(text);
  if (seconds > 0 && seconds <= MOST_SECONDS) return 1000 * seconds;
  problems.push(tell("time-limit", { given: text, most: MOST_SECONDS }));
  return 0;
}
