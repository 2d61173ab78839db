/** Diagnostics: messages as data, collected and reported together. Rendering is elsewhere (`render.ts`). */
import type { Where } from "../plan/pattern.js";

export type { Where };

export interface Diagnostic {
  /** Stable kebab-case name of the kind of message, a key of `messages.ts`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** What was found and what is allowed, in the user's words. */
  readonly message: string;
  readonly where?: Where;
  /** Further facts, one sentence each. */
  readonly notes: readonly string[];
  /** The edit or command that mends it. */
  readonly help?: string;
}

/** Thrown where work cannot go on because of the user's input: exit code 1, no stack trace. */
export class UserError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((diagnostic) => diagnostic.message).join("\n"));
    this.name = "UserError";
    this.diagnostics = diagnostics;
  }
}

/** Thrown where mscc contradicts itself: a bug of ours, never the user's fault. */
export class InternalError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InternalError";
  }
}
