/** The TypeScript project behind a run: mscc's own compiler options wherever a file lies, and TypeScript's own errors. */
import { existsSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ModuleKind, ModuleResolutionKind, Project, ScriptTarget, type SourceFile, ts } from "ts-morph";
import { type Diagnostic, UserError } from "../diagnostics/diagnostic.js";
import { diagnose } from "../diagnostics/messages.js";
import { missesHost } from "./host.js";
import { type PathNamer, type Span, whereOf } from "./places.js";

const slashes = (path: string) => path.split(sep).join("/");

/** `dsl/index`: the declarations beside the built tool, else its sources. */
function languageFile(): string {
  const candidates = ["../../dsl/index.d.ts", "../../dsl/index.ts"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return slashes(candidates.find(existsSync) ?? (candidates[0] as string));
}

export const languagePath = languageFile();
export const languageFolder = slashes(dirname(languagePath));

export function newProject(): Project {
  return new Project({
    skipAddingFilesFromTsConfig: true,
    skipFileDependencyResolution: true,
    compilerOptions: {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts"],
      types: [],
      module: ModuleKind.ESNext,
      moduleResolution: ModuleResolutionKind.Bundler,
      moduleDetection: ts.ModuleDetectionKind.Force,
      allowImportingTsExtensions: true,
      jsx: ts.JsxEmit.Preserve,
      paths: { mscc: [languagePath] },
    },
  });
}

/** The absolute path of a source. @throws UserError where it is missing, a folder or no TypeScript. */
export function sourcePath(file: string, cwd = ""): string {
  const path = resolve(cwd, file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new UserError([diagnose("file-is-folder", { file })]);
  if (!found?.isFile()) throw new UserError([diagnose("file-missing", { file })]);
  if (!/(?<!\.d)\.[mc]?tsx?$/.test(path)) throw new UserError([diagnose("not-typescript", { file })]);
  return path;
}

/** Adds a file to the project. @throws UserError as `sourcePath` does. */
export function addFile(project: Project, file: string): SourceFile {
  return project.addSourceFileAtPath(sourcePath(file));
}

/** The file and all project files that it imports, directly or not. */
export function importClosure(root: SourceFile): SourceFile[] {
  const found = new Set<SourceFile>();
  const inPackages = (file: SourceFile) => file.getFilePath().includes("/node_modules/");
  const isOwn = (file: SourceFile) =>
    !file.isDeclarationFile() && file.getFilePath() !== languagePath && inPackages(file) === inPackages(root);
  const visit = (file: SourceFile | undefined): void => {
    if (!file || found.has(file)) return;
    if (file !== root && !isOwn(file)) return;
    found.add(file);
    for (const each of [...file.getImportDeclarations(), ...file.getExportDeclarations()]) {
      const from = each.compilerNode.moduleSpecifier; // Anything may stand there where the syntax is wrong.
      if (from && ts.isStringLiteral(from)) visit(each.getModuleSpecifierSourceFile());
    }
  };
  visit(root);
  return [...found];
}

/** An error of TypeScript and where it stands. */
export interface TypeFault {
  readonly span: Span;
  readonly diagnostic: Diagnostic;
}

/** TypeScript's errors in a file; `syntax` where it could not even be parsed. */
export function typeErrors(
  project: Project,
  file: SourceFile,
  nameOf: PathNamer,
): { readonly syntax: TypeFault[]; readonly semantic: TypeFault[] } {
  const program = project.getProgram().compilerObject;
  const read = (found: readonly ts.Diagnostic[]) =>
    found
      .filter((each) => each.category === ts.DiagnosticCategory.Error && !missesHost(each))
      .map((each) => typeFault(each, file, nameOf));
  const syntax = read(program.getSyntacticDiagnostics(file.compilerNode));
  return { syntax, semantic: syntax.length > 0 ? [] : read(program.getSemanticDiagnostics(file.compilerNode)) };
}

function typeFault(found: ts.Diagnostic, file: SourceFile, nameOf: PathNamer): TypeFault {
  const start = found.start ?? 0;
  const span = { file, start, end: start + (found.length ?? 1) };
  const [message = "", ...notes] = ts.flattenDiagnosticMessageText(found.messageText, "\n").split("\n");
  const diagnostic: Diagnostic = {
    code: `TS${found.code}`,
    severity: "error",
    message: [message, ...notes].join("\n"),
    where: whereOf(span, nameOf),
    notes: [],
  };
  return { span, diagnostic };
}
