/** Which declarations a file exports, under which names, found by their type without evaluating anything. */
import { Node, type SourceFile, type Symbol as SourceSymbol, type VariableDeclaration } from "ts-morph";
import { type Diagnostic, UserError } from "../diagnostics/diagnostic.js";
import { diagnose } from "../diagnostics/messages.js";
import { languageFolder } from "./load.js";
import type { PathNamer } from "./places.js";

/** What a declaration is made by. */
export type Declares = "attention" | "tensor";

/** An exported name and the `const` behind it, perhaps of another file. */
export interface Export {
  readonly name: string;
  readonly declares: Declares;
  readonly declaration: VariableDeclaration;
}

/** Types of the language whose values are declarations. */
const DECLARED: ReadonlyMap<string, Declares> = new Map([
  ["Attention", "attention"],
  ["Tensor", "tensor"],
]);

function declaredBy(declaration: VariableDeclaration): Declares | undefined {
  const initializer = declaration.getInitializer();
  if (!initializer || Node.isLiteralLike(initializer) || Node.isArrowFunction(initializer)) return undefined;
  const symbol = declaration.getType().compilerType.symbol;
  const isOurs = symbol?.declarations?.[0]?.getSourceFile().fileName.startsWith(`${languageFolder}/`) === true;
  return isOurs ? DECLARED.get(symbol.name) : undefined;
}

/** Exports of a file in the order of its source: those that are declarations, and the names of the others. */
function exportsOf(file: SourceFile): { readonly declared: readonly Export[]; readonly others: readonly string[] } {
  const declared: Export[] = [];
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
    const variable = declaration !== undefined && Node.isVariableDeclaration(declaration) ? declaration : undefined;
    const declares = name === "default" ? undefined : variable && declaredBy(variable);
    if (variable && declares) declared.push({ name, declares, declaration: variable });
    else others.push(name);
  }
  return { declared, others };
}

const WORDS: { readonly [declares in Declares]: string } = { attention: "pattern", tensor: "tensor operation" };

/** `pattern`, or `pattern or tensor operation`. */
const kindsAmong = (declared: readonly Export[]): string =>
  [...new Set(declared.map(({ declares }) => WORDS[declares]))].sort().join(" or ");

/** What a file declares and exports, in the order of its source. */
export const exportedBy = (file: SourceFile): readonly Export[] => exportsOf(file).declared;

/** The exports that are wanted. @throws UserError where there are none, or a name is not among them. */
export function findExports(
  file: SourceFile,
  names: readonly string[] | undefined,
  nameOf: PathNamer,
): readonly Export[] {
  const { declared, others } = exportsOf(file);
  const shown = nameOf(file.getFilePath());
  if (declared.length === 0) {
    const exported = new Set(declared.map(({ name }) => name));
    const hidden = file.getVariableDeclarations().filter((each) => declaredBy(each) && !exported.has(each.getName()));
    const facts = { file: shown, exported: others, hidden: hidden.map((each) => each.getName()) };
    throw new UserError([diagnose("no-declarations", facts)]);
  }
  if (!names || names.length === 0) return declared;
  const known = declared.map(({ name }) => name);
  const faults: Diagnostic[] = names
    .filter((name) => !known.includes(name))
    .map((name) => diagnose("unknown-variant", { file: shown, what: kindsAmong(declared), name, known }));
  if (faults.length > 0) throw new UserError(faults);
  return [...new Set(names)].flatMap((name) => declared.find((each) => each.name === name) ?? []);
}
