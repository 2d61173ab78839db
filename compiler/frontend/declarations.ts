/** Which declarations a file exports, under which names, found by their type without evaluating anything. */
import { Node, type SourceFile, type Symbol as SourceSymbol, type VariableDeclaration } from "ts-morph";
import { type Diagnostic, UserError } from "../diagnostics/diagnostic.js";
import { diagnose } from "../diagnostics/messages.js";
import { languageFolder } from "./load.js";
import type { PathNamer } from "./places.js";

/** An exported name and the `const` behind it, perhaps of another file. */
export interface Export {
  readonly name: string;
  readonly declaration: VariableDeclaration;
}

function isPattern(declaration: VariableDeclaration): boolean {
  const initializer = declaration.getInitializer();
  if (!initializer || Node.isLiteralLike(initializer) || Node.isArrowFunction(initializer)) return false;
  const symbol = declaration.getType().compilerType.symbol;
  if (symbol?.name !== "Attention") return false;
  return symbol.declarations?.[0]?.getSourceFile().fileName.startsWith(`${languageFolder}/`) === true;
}

/** Exports of a file in the order of its source: those that are patterns, and the names of the others. */
function exportsOf(file: SourceFile): { readonly patterns: readonly Export[]; readonly others: readonly string[] } {
  const patterns: Export[] = [];
  const others: string[] = [];
  // TypeScript lists functions first; the source's order is the user's.
  const start = (symbol: SourceSymbol) => {
    const node = symbol.compilerSymbol.declarations?.[0];
    return node?.getSourceFile() === file.compilerNode ? node.getStart() : Number.POSITIVE_INFINITY;
  };
  for (const symbol of file.getExportSymbols().sort((a, b) => start(a) - start(b) || 0)) {
    const target = symbol.isAlias() ? symbol.getAliasedSymbol() : symbol;
    const declaration = target?.compilerSymbol.valueDeclaration && target.getValueDeclaration();
    const name = symbol.getName();
    const isVariable = declaration !== undefined && Node.isVariableDeclaration(declaration);
    if (name !== "default" && isVariable && isPattern(declaration)) patterns.push({ name, declaration });
    else others.push(name);
  }
  return { patterns, others };
}

/** Names of the patterns that a file exports. */
export const exportedNames = (file: SourceFile): string[] => exportsOf(file).patterns.map(({ name }) => name);

/** The exports that are wanted. @throws UserError where there are none, or a name is not among them. */
export function findExports(
  file: SourceFile,
  names: readonly string[] | undefined,
  nameOf: PathNamer,
): readonly Export[] {
  const { patterns, others } = exportsOf(file);
  const shown = nameOf(file.getFilePath());
  if (patterns.length === 0) {
    const exported = new Set(patterns.map(({ name }) => name));
    const hidden = file.getVariableDeclarations().filter((each) => isPattern(each) && !exported.has(each.getName()));
    const facts = { file: shown, exported: others, hidden: hidden.map((each) => each.getName()) };
    throw new UserError([diagnose("no-declarations", facts)]);
  }
  if (!names || names.length === 0) return patterns;
  const known = patterns.map(({ name }) => name);
  const faults: Diagnostic[] = names
    .filter((name) => !known.includes(name))
    .map((name) => diagnose("unknown-variant", { file: shown, name, known }));
  if (faults.length > 0) throw new UserError(faults);
  return [...new Set(names)].flatMap((name) => patterns.find((each) => each.name === name) ?? []);
}
