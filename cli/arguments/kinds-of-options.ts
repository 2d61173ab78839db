/** Options that only one kind of declaration takes: what is said where one is given for the other kind. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { tell } from "../messages.js";

/** Options of attention patterns, with what says the same of a tensor operation. */
const OF_PATTERNS: { readonly [option: string]: string | undefined } = {
  "--grid": "--size t=...",
  "--key-grid": undefined,
  "--query-offset": undefined,
  "--key-offset": undefined,
  "--key-extent": undefined,
  "--key-ring": undefined,
  "--heads": undefined,
  "--head-dim": undefined,
  "--value-dim": undefined,
  "--scale": undefined,
  "--table": "--input name=file.npy",
  "--q": "--input name=file.npy",
  "--k": "--input name=file.npy",
  "--v": "--input name=file.npy",
  "--lse": undefined,
  "--lines": undefined,
};

/** The other way round. */
const OF_TENSORS: { readonly [option: string]: string | undefined } = {
  "--size": "--grid t=...",
  "--input": "--table name=file.npy",
};

/** The options that were typed, not those that have a default. */
export const givenOptions = (command: Command): string[] =>
  command.options.flatMap((option) =>
    command.getOptionValueSource(option.attributeName()) === "cli" ? [option.long ?? option.flags] : [],
  );

/**
 * Faults of options that no declaration of this kind takes; `names` are those that were asked for, `hints` whether the
 * command has the options that say the same.
 */
export function optionsOfOther(
  given: readonly string[],
  names: readonly string[],
  isTensor: boolean,
  hints = true,
): Diagnostic[] {
  const others = isTensor ? OF_PATTERNS : OF_TENSORS;
  return given.flatMap((option) => {
    if (!(option in others)) return [];
    const instead = hints ? others[option] : undefined;
    return [tell("option-of-other", { option, names, isTensor, ...(instead === undefined ? {} : { instead }) })];
  });
}
