/** Options that may be given several times. */
import { Help, Option } from "commander";

/** Its value is the list of all that was given. */
export const repeated = (flags: string, description: string): Option =>
  new Option(flags, description)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([]);

/** What `--help` says of an option: that a list is empty by default goes without saying. */
export const describedOption = (option: Option): string =>
  Array.isArray(option.defaultValue) ? option.description : new Help().optionDescription(option);
