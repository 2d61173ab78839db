/** Options that may be given several times, and those that may not. */
import { type Command, Help, Option } from "commander";
import { userError } from "../messages.js";

/** Its value is the list of all that was given. */
export const repeated = (flags: string, description: string): Option =>
  new Option(flags, description)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([]);

/** Refuses a second value of every option of a command that has one: none is lost without a word. */
export function refuseTwice({ options }: Command): void {
  for (const option of options) {
    if (option.isBoolean() || option.parseArg) continue;
    const given: string[] = [];
    option.argParser((value: string) => {
      given.push(value);
      const isList = option.flags.endsWith("<list>");
      if (given.length > 1) throw userError("option-twice", { option: option.long ?? option.flags, given, isList });
      return value;
    });
  }
}

/** What `--help` says of an option: that a list is empty by default goes without saying. */
export const describedOption = (option: Option): string =>
  Array.isArray(option.defaultValue) ? option.description : new Help().optionDescription(option);
