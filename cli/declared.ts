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

/** A file and, where it exports several patterns, which one. */
export interface Named {
  readonly file: string;
  readonly variant?: string | undefined;
}

/** One pattern for each that is named, all read with one TypeScript project; without a name, the only one of its file. */
export async function readNamed(command: string, wanted: readonly Named[], session: Session): Promise<Pattern[]> {
  const { sourcePath } = await import("../compiler/frontend/load.js");
  const paths = wanted.map(({ file }) => sourcePath(file, session.io.cwd));
  const { createReader } = await import("../compiler/frontend/read.js");
  const reader = createReader([...new Set(paths)]);
  const names = wanted.map(({ file, variant }, i) => {
    const known = reader.names(paths[i] as string);
    if (variant === undefined && known.length > 1) throw userError("several-variants", { file, command, known });
    return variant ?? known[0];
  });
  const found = [...new Set(paths)].map((path) => {
    const own = new Set(names.filter((name, i) => name !== undefined && paths[i] === path) as string[]);
    return { path, ...reader.read(path, { names: [...own], projectRoot: session.io.cwd }) };
  });
  const diagnostics = found.flatMap((each) => each.diagnostics);
  throwAny(diagnostics);
  showDiagnostics(diagnostics, session);
  return names.map((name, i) => {
    const own = found.find(({ path }) => path === paths[i]);
    return own?.patterns.find((pattern) => pattern.name === name) as Pattern;
  });
}

/** The one pattern that a command needs. */
export async function readOne(
  command: string,
  file: string,
  variant: string | undefined,
  session: Session,
): Promise<Pattern> {
  const [pattern] = await readNamed(command, [{ file, variant }], session);
  return pattern as Pattern;
}
