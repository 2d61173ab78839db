/** Reads the attention patterns and tensor operations that a file declares. The file is parsed and type-checked, never executed. */
import { Node, type Project, type SourceFile, VariableDeclarationKind } from "ts-morph";
import { type Diagnostic, InternalError, UserError } from "../diagnostics/diagnostic.js";
import type { Pattern } from "../plan/pattern.js";
import type { Tensor } from "../plan/tensor.js";
import { newContext, newSession, type Report, report, type Session, topStatement } from "./context.js";
import { type Declares, type Export, exportedBy, findExports } from "./declarations.js";
import { evaluate } from "./evaluate.js";
import { addFile, importClosure, languageFolder, newProject, type TypeFault, typeErrors } from "./load.js";
import { overlap, pathNamer, same } from "./places.js";
import { translate } from "./translate.js";
import { translateTensor } from "./translate-tensor.js";
import { describe } from "./values.js";

export interface ReadOptions {
  /** Exports to translate; by default all that are declarations. A fault in another one is not reported. */
  readonly names?: readonly string[] | undefined;
  /** Folder to which places are relative; by default the package of the file. */
  readonly projectRoot?: string | undefined;
}

export interface ReadResult {
  /** The patterns that were translated, in the order of `names`, else of the file. */
  readonly patterns: Pattern[];
  /** The tensor operations, likewise. */
  readonly tensors: Tensor[];
  /** Faults of the declarations that were asked for, TypeScript's among them, in the order of the source. */
  readonly diagnostics: Diagnostic[];
  /** Absolute paths of the project files that were read. */
  readonly files: string[];
}

/** Reads several files with one TypeScript project; what the files are is looked at once. */
export interface Reader {
  readonly read: (file: string, options?: ReadOptions) => ReadResult;
  /** Names of the declarations that a file exports, by default of both kinds. */
  readonly names: (file: string, declares?: Declares) => string[];
}

/** `files` are loaded together, which is faster than one after the other. @throws UserError where one cannot be read. */
export function createReader(files: readonly string[] = []): Reader {
  const project = newProject();
  for (const file of files) addFile(project, file);
  return {
    read: (file, options = {}) => readFile(project, addFile(project, file), options),
    names: (file, declares) =>
      exportedBy(addFile(project, file)).flatMap((each) =>
        declares === undefined || each.declares === declares ? [each.name] : [],
      ),
  };
}

/** Reads the declarations of one file. @throws UserError where the file cannot be read or exports none of them. */
export const readPatterns = (file: string, options: ReadOptions = {}): ReadResult => createReader().read(file, options);

/** Names of the declarations that a file exports. */
export const patternNames = (file: string): string[] => createReader().names(file);

function readFile(project: Project, file: SourceFile, options: ReadOptions): ReadResult {
  const nameOf = pathNamer(options.projectRoot);
  const closure = importClosure(file);
  const errors = closure.map((each) => typeErrors(project, each, nameOf));
  const files = closure.map((each) => each.getFilePath() as string);
  const syntax = errors.flatMap((each) => each.syntax);
  if (syntax.length > 0)
    return { patterns: [], tensors: [], diagnostics: inOrder(syntax.map((each) => each.diagnostic)), files };

  const session = newSession({ nameOf, languageFolder, evaluate });
  const found = withTypeErrors(errors[0]?.semantic ?? [], () => findExports(file, options.names, nameOf));
  const translated = found.flatMap((each) => translateExport(each, session) ?? []);
  const all = options.names === undefined || options.names.length === 0;
  const semantic = errors.flatMap((each) => each.semantic);
  const matters = (error: TypeFault) => (all && error.span.file === file) || session.visited.has(statementAt(error));
  const relevant = semantic.filter(matters);
  let diagnostics = merge(session.reports, relevant);
  if (translated.length < found.length && diagnostics.length === 0) {
    diagnostics = semantic.map((each) => each.diagnostic);
    if (diagnostics.length === 0) throw new InternalError(`${file.getFilePath()} was not translated, without a reason`);
  }
  const patterns = translated.filter((each) => "attend" in each);
  const tensors = translated.filter((each) => "value" in each);
  return { patterns, tensors, diagnostics: inOrder(diagnostics), files };
}

/** A name may be missing because of what TypeScript reports, such as a mistyped import: says that as well. */
function withTypeErrors<T>(errors: readonly TypeFault[], find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError([...errors.map((each) => each.diagnostic), ...error.diagnostics]);
  }
}

function translateExport({ name, declaration }: Export, session: Session): Pattern | Tensor | undefined {
  const context = newContext(session);
  const before = session.faults.count;
  const keyword = declaration.getVariableStatement()?.getDeclarationKind();
  if (keyword !== undefined && keyword !== VariableDeclarationKind.Const) {
    report(context, "mutable-variable", { name: declaration.getName(), keyword }, declaration.getNameNode());
  }
  session.visited.add(topStatement(declaration));
  const initializer = declaration.getInitializerOrThrow();
  try {
    const value = evaluate(initializer, session.moduleScope, context);
    if (value.kind === "fault") return undefined;
    if (value.kind === "declaration") {
      const read = value.declares === "attention" ? translate : translateTensor;
      const translated = read(value, name, declaration, context);
      return session.faults.count === before ? translated : undefined;
    }
    const facts = { what: `'${name}'`, found: describe(value), allowed: "`attention({ ... })` or `tensor({ ... })`" };
    report(context, "not-static", facts, initializer);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // The call stack: expressions nested beyond reason.
    report(context, "too-large", { name }, declaration.getNameNode());
  }
  return undefined;
}

const statementAt = ({ span }: TypeFault): Node => {
  const node = span.file.getDescendantAtPos(span.start) ?? span.file;
  return Node.isSourceFile(node) ? node : topStatement(node);
};

/** Codes that say less than TypeScript does about the same place. */
const YIELDING: ReadonlySet<string> = new Set(["unknown-name", "unknown-property", "not-callable", "argument-count"]);

/** Of two messages about one place the better one: ours, save where it only repeats TypeScript. */
function merge(reports: readonly Report[], errors: readonly TypeFault[]): Diagnostic[] {
  const covered =
    ({ span }: TypeFault) =>
    (report: Report) =>
      overlap(report.span, span) || report.covers.some((own) => same(own, span));
  const ours = reports.filter((each) => !YIELDING.has(each.code) || !errors.some((error) => covered(error)(each)));
  const theirs = errors.filter((error) => !ours.some(covered(error)));
  return [...ours.map((each) => each.diagnostic), ...theirs.map((each) => each.diagnostic)];
}

/** By file, in the order in which files first appear; within one by place. */
function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const files = [...new Set(diagnostics.map((each) => each.where?.file))];
  const rank = ({ where }: Diagnostic) => files.indexOf(where?.file);
  return [...diagnostics].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.where?.line ?? 0) - (b.where?.line ?? 0) ||
      (a.where?.column ?? 0) - (b.where?.column ?? 0),
  );
}
