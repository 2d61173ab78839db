/** The patterns that a command works on, read from the user's file without executing it. */
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import { showDiagnostics } from "./faults.js";
import type { Session } from "./io.js";
import { throwAny, userError } from "./messages.js";

export interface Declared {
  readonly patterns: readonly Pattern[];
  readonly diagnostics: readonly Diagnostic[];
  /** Absolute paths of all files that were read. */
  readonly files: readonly string[];
}

/** Reads patterns with all their diagnostics; places are relative to the working folder. TypeScript is loaded only here. */
export async function readDeclared(file: string, names: readonly string[], { io }: Session): Promise<Declared> {
  const { sourcePath } = await import("../compiler/frontend/load.js");
  const path = sourcePath(file, io.cwd);
  const { readPatterns } = await import("../compiler/frontend/read.js");
  return readPatterns(path, { ...(names.length > 0 ? { names } : {}), projectRoot: io.cwd });
}

/** The one pattern that a command needs; without a name, the only one of the file. */
export async function readOne(
  command: string,
  file: string,
  variant: string | undefined,
  session: Session,
): Promise<Pattern> {
  const { sourcePath } = await import("../compiler/frontend/load.js");
  const path = sourcePath(file, session.io.cwd);
  const { createReader } = await import("../compiler/frontend/read.js");
  const reader = createReader();
  const known = reader.names(path);
  if (variant === undefined && known.length > 1) throw userError("several-variants", { file, command, known });
  const name = variant ?? known[0];
  const { patterns, diagnostics } = reader.read(path, {
    ...(name === undefined ? {} : { names: [name] }),
    projectRoot: session.io.cwd,
  });
  throwAny(diagnostics);
  showDiagnostics(diagnostics, session);
  return patterns[0] as Pattern;
}
