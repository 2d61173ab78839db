/** The declarations that a command works on, read from the user's file without executing it. */
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.js";
import type { Reader } from "../compiler/frontend/read.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import type { Tensor } from "../compiler/plan/tensor.js";
import { showDiagnostics } from "./faults.js";
import type { Session } from "./io.js";
import { throwAny, userError } from "./messages.js";

export interface Declared {
  readonly patterns: readonly Pattern[];
  readonly tensors: readonly Tensor[];
  readonly diagnostics: readonly Diagnostic[];
  /** Absolute paths of all files that were read. */
  readonly files: readonly string[];
}

export const isOperation = (declaration: Pattern | Tensor): declaration is Tensor => "value" in declaration;

/** Reads declarations with all their diagnostics; places are relative to the working folder. TypeScript is loaded only here. */
export async function readDeclared(file: string, names: readonly string[], { io }: Session): Promise<Declared> {
  const { sourcePath } = await import("../compiler/frontend/load.js");
  const path = sourcePath(file, io.cwd);
  const { readPatterns } = await import("../compiler/frontend/read.js");
  return readPatterns(path, { ...(names.length > 0 ? { names } : {}), projectRoot: io.cwd });
}

/** A file and, where it exports several declarations, which one. */
export interface Named {
  readonly file: string;
  readonly variant?: string | undefined;
}

/** What commands do that take patterns alone. */
const OF_PATTERNS: { readonly [command: string]: string } = {
  show: "draws attention patterns",
  prove: "answers questions about attention patterns",
  bench: "times attention patterns",
};

function refuseOperations(command: string, file: string, names: readonly string[]): never {
  const does = OF_PATTERNS[command] ?? "takes attention patterns";
  const help = `\`mscc explain ${file} ${names[0]}\` says how it is computed, \`mscc verify\` whether its kernel is right`;
  throw userError("other-kind", { names, isTensor: true, command, does, help });
}

/** The name that is meant where none is given: the only one that the command takes. */
function onlyName(reader: Reader, command: string, file: string, path: string, takesTensors: boolean) {
  const patterns = reader.names(path, "attention");
  const operations = reader.names(path, "tensor");
  const known = takesTensors ? reader.names(path) : patterns;
  if (known.length === 0 && operations.length > 0) return refuseOperations(command, file, operations);
  const isMixed = takesTensors && patterns.length > 0 && operations.length > 0;
  const what = isMixed ? "declaration" : known.length > 0 && patterns.length === 0 ? "tensor operation" : "pattern";
  if (known.length > 1) throw userError("several-variants", { file, command, what, known });
  return known[0];
}

/** One declaration for each that is named, all read with one TypeScript project; without a name, the only one of its file. */
async function readEach(command: string, wanted: readonly Named[], takesTensors: boolean, session: Session) {
  const { sourcePath } = await import("../compiler/frontend/load.js");
  const paths = wanted.map(({ file }) => sourcePath(file, session.io.cwd));
  const { createReader } = await import("../compiler/frontend/read.js");
  const reader = createReader([...new Set(paths)]);
  const names = wanted.map(
    ({ file, variant }, i) => variant ?? onlyName(reader, command, file, paths[i] as string, takesTensors),
  );
  for (const [i, { file }] of takesTensors ? [] : wanted.entries()) {
    const operation = reader.names(paths[i] as string, "tensor").find((name) => name === names[i]);
    if (operation !== undefined) refuseOperations(command, file, [operation]);
  }
  const found = [...new Set(paths)].map((path) => {
    const own = new Set(names.filter((name, i) => name !== undefined && paths[i] === path) as string[]);
    return { path, ...reader.read(path, { names: [...own], projectRoot: session.io.cwd }) };
  });
  const diagnostics = found.flatMap((each) => each.diagnostics);
  throwAny(diagnostics);
  showDiagnostics(diagnostics, session);
  return names.map((name, i) => {
    const own = found.find(({ path }) => path === paths[i]);
    return [...(own?.patterns ?? []), ...(own?.tensors ?? [])].find((each) => each.name === name) as Pattern | Tensor;
  });
}

/** One pattern for each that is named. @throws UserError where one is a tensor operation. */
export const readNamed = async (command: string, wanted: readonly Named[], session: Session): Promise<Pattern[]> =>
  (await readEach(command, wanted, false, session)) as Pattern[];

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

/** The one declaration that a command needs which takes both kinds. */
export async function readEither(
  command: string,
  file: string,
  variant: string | undefined,
  session: Session,
): Promise<Pattern | Tensor> {
  const [declaration] = await readEach(command, [{ file, variant }], true, session);
  return declaration as Pattern | Tensor;
}
