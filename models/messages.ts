/** The error of models: what a configuration, weights or another file holds that a model cannot take. */
import type { Problem } from "../runtime/launcher/messages.js";

export type { Problem };

/** A fault of what was given to a model; the same shape as `LaunchError` and `HostError`. */
export class ModelError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message, help }) => `${message}${help ? `\n  help: ${help}` : ""}`).join("\n"));
    this.name = "ModelError";
    this.problems = problems;
  }
}
