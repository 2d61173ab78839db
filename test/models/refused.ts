/** A small configuration to spoil, and the text of its refusal. */
import { ModelError } from "../../models/messages.js";
import { type PatternSet, validateConfig } from "../../models/msc/config.js";
import { readVariants } from "./variants.js";

export const patterns = readVariants();

export const branch = { channels: 32, heads: 2, pattern: "localWindow", params: { frames: 2, radius: 1 } };
export const small = {
  name: "small",
  patch: { t: 1, y: 2, x: 2 },
  grid: { t: 4, y: 6, x: 6 },
  width: 32,
  depth: 2,
  layers: [{ branches: [branch] }],
};
export const withBranch = (fields: object) => ({ ...small, layers: [{ branches: [{ ...branch, ...fields }] }] });

/** The codes of a refusal and its text. */
export function refusal(given: unknown, known: PatternSet = patterns): string {
  try {
    validateConfig(given, known);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return `\n${error.problems.map(({ code }) => code).join(", ")}\n${error.message}\n`;
  }
  throw new Error("was taken");
}
