/** Options that may be given several times. */
import { Option } from "commander";

/** Its value is the list of all that was given. */
export const repeated = (flags: string, description: string): Option =>
  new Option(flags, description)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], "none");
