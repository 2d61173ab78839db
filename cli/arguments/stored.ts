/** `--dtype` of the model's commands: how weights and activations are stored. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { StoredDtype } from "../../models/msc/extents.js";
import { tell } from "../messages.js";

const STORED: readonly StoredDtype[] = ["f32", "f16"];

/** Those of a comma-separated list, in a fixed order, each once. */
export function dtypesOf(text: string, problems: Diagnostic[]): readonly StoredDtype[] {
  const given = text.split(",").map((each) => each.trim());
  for (const each of given.filter((name) => !STORED.some((dtype) => dtype === name))) {
    problems.push(tell("choice-unknown", { option: "--dtype", given: each, known: STORED }));
  }
  return STORED.filter((dtype) => given.includes(dtype));
}

/** The one of a command that runs a model. */
export function dtypeOf(text: string, problems: Diagnostic[]): StoredDtype {
  if (text.includes(",")) problems.push(tell("choice-one", { option: "--dtype", given: text }));
  return dtypesOf(text, problems)[0] ?? "f32";
}
