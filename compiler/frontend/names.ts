/** Names: what an identifier stands for, through scopes, modules and imports, without running anything. */
import {
  type Identifier,
  Node,
  type Symbol as SourceSymbol,
  type VariableDeclaration,
  VariableDeclarationKind,
} from "ts-morph";
import { mathRecord } from "./builtins.js";
import { type Context, newContext, report, visit } from "./context.js";
import { bind } from "./fields.js";
import { placeOf } from "./places.js";
import { stripped } from "./syntax.js";
import { FAULT, type Intrinsic, lookUp, NOTHING, type Scope, type Value } from "./values.js";

const INTRINSICS: ReadonlySet<string> = new Set<Intrinsic>([
  ...(["attention", "tensor", "int", "float", "table", "input"] as const),
  ...(["sum", "mean", "max"] as const),
]);

export function resolveName(node: Identifier, scope: Scope, context: Context): Value {
  const parent = node.getParent();
  const symbol =
    Node.isShorthandPropertyAssignment(parent) && parent.getNameNode() === node
      ? parent.getValueSymbol()
      : node.getSymbol();
  return symbol ? resolveSymbol(symbol, node, scope, context) : globalValue(node, context);
}

/** Follows a symbol through imports and re-exports to the value that declares it. */
export function resolveSymbol(symbol: SourceSymbol, node: Node, scope: Scope, context: Context): Value {
  if (!symbol.isAlias()) return declared(symbol, node, scope, context);
  const specifier = symbol.getDeclarations()[0];
  if (specifier) visit(context, specifier);
  const target = symbol.getAliasedSymbol();
  if (target && (target.compilerSymbol.declarations?.length ?? 0) > 0) return declared(target, node, scope, context);
  const from = specifier && moduleOf(specifier);
  if (!from || from.text.startsWith(".")) return FAULT; // TypeScript has reported the missing module or member.
  return { kind: "foreign", name: node.getText(), from: from.text, specifier: from.node };
}

function moduleOf(specifier: Node): { readonly text: string; readonly node: Node } | undefined {
  const statement = specifier.getFirstAncestor(
    (each) => Node.isImportDeclaration(each) || Node.isExportDeclaration(each),
  );
  if (!Node.isImportDeclaration(statement) && !Node.isExportDeclaration(statement)) return undefined;
  const node = statement.getModuleSpecifier();
  return node && { text: node.getLiteralText(), node };
}

function declared(symbol: SourceSymbol, node: Node, scope: Scope, context: Context): Value {
  // The path is read from the compiler's node: wrapping the library's own files would be slow.
  const source = (symbol.compilerSymbol.valueDeclaration ?? symbol.compilerSymbol.declarations?.[0])?.getSourceFile();
  if (!source) return globalValue(node, context);
  if (/\/typescript\/lib\/lib\.[^/]*d\.ts$/.test(source.fileName)) return globalValue(node, context);
  if (source.fileName.startsWith(`${context.session.languageFolder}/`) && !isVariant(source.fileName)) {
    const name = symbol.getName();
    if (INTRINSICS.has(name)) return { kind: "intrinsic", name: name as Intrinsic };
    return { kind: "foreign", name, from: "mscc" };
  }
  if (source.isDeclarationFile) return { kind: "foreign", name: node.getText(), from: packageOf(source.fileName) };
  const declaration = symbol.getValueDeclaration();
  if (!declaration) return report(context, "unknown-name", { name: node.getText() }, node);
  return declaredValue(declaration, symbol, node, scope, context);
}

const isVariant = (path: string) => path.includes("/variants/");
const packageOf = (path: string) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path;

function declaredValue(declaration: Node, symbol: SourceSymbol, node: Node, scope: Scope, context: Context): Value {
  const local = lookUp(scope, declaration) ?? context.session.moduleScope.bindings.get(declaration);
  if (local) {
    visit(context, declaration);
    return local;
  }
  if (Node.isSourceFile(declaration)) return { kind: "module", symbol };
  if (Node.isFunctionDeclaration(declaration)) {
    visit(context, declaration);
    return { kind: "function", node: implementationOf(declaration), scope: context.session.moduleScope };
  }
  const variable = Node.isVariableDeclaration(declaration)
    ? declaration
    : declaration.getFirstAncestor(Node.isVariableDeclaration);
  if (variable && Node.isSourceFile(variable.getVariableStatement()?.getParent())) {
    return moduleConstant(variable, declaration, node, context);
  }
  if (Node.isEnumMember(declaration) || Node.isEnumDeclaration(declaration)) {
    return report(context, "unsupported", { what: "an enum", instead: "use constants" }, node);
  }
  if (Node.isClassDeclaration(declaration)) return report(context, "unsupported", { what: "a class" }, node);
  return report(context, "unknown-name", { name: node.getText() }, node);
}

const implementationOf = (declaration: import("ts-morph").FunctionDeclaration) =>
  declaration.isOverload() ? (declaration.getImplementation() ?? declaration) : declaration;

function moduleConstant(variable: VariableDeclaration, declaration: Node, node: Node, context: Context): Value {
  const { session } = context;
  visit(context, variable);
  const kind = variable.getVariableStatement()?.getDeclarationKind();
  const name = node.getText();
  if (kind !== VariableDeclarationKind.Const) {
    return report(context, "let-closure", { name, keyword: kind ?? "let", place: lineOf(variable, context) }, node);
  }
  const changed = mutationOf(variable, name);
  if (changed) return report(context, "mutated-constant", { name, place: lineOf(changed, context) }, node);
  const known = session.constants.get(variable);
  if (known === "busy") return report(context, "recursion", { name, constant: true }, node);
  if (known === undefined) {
    session.constants.set(variable, "busy");
    const initializer = variable.getInitializer();
    const inModule = { ...newContext(session), fuel: context.fuel };
    const value = initializer ? session.evaluate(initializer, session.moduleScope, inModule) : NOTHING;
    bind(variable.getNameNode(), value, session.moduleScope, inModule);
    session.constants.set(variable, value);
  }
  return session.moduleScope.bindings.get(declaration) ?? FAULT;
}

function lineOf(node: Node, { session }: Context): string {
  const { file, line } = placeOf(node, session.nameOf);
  return `${file}:${line}`;
}

/** A statement of the same file that assigns to a part of a constant, such as `limits.far = 3`. */
function mutationOf(variable: VariableDeclaration, name: string): Node | undefined {
  const initializer = variable.getInitializer();
  const literal = initializer && stripped(initializer);
  if (!Node.isObjectLiteralExpression(literal) && !Node.isArrayLiteralExpression(literal)) return undefined;
  const rootOf = (node: Node): Node =>
    Node.isPropertyAccessExpression(node) || Node.isElementAccessExpression(node) ? rootOf(node.getExpression()) : node;
  const touches = (node: Node) => {
    const root = rootOf(node);
    return root !== node && Node.isIdentifier(root) && root.getText() === name;
  };
  return variable.getSourceFile().forEachDescendant((node) => {
    if (Node.isBinaryExpression(node)) {
      const operator = node.getOperatorToken().getText();
      const assigns = operator.endsWith("=") && !/^(?:[=!]==?|<=|>=)$/.test(operator);
      return assigns && touches(node.getLeft()) ? node : undefined;
    }
    if (Node.isPrefixUnaryExpression(node) || Node.isPostfixUnaryExpression(node)) {
      const text = node.getText();
      return (text.includes("++") || text.includes("--")) && touches(node.getOperand()) ? node : undefined;
    }
    return Node.isDeleteExpression(node) && touches(node.getExpression()) ? node : undefined;
  });
}

function globalValue(node: Node, context: Context): Value {
  const name = node.getText();
  if (name === "Math") return mathRecord(node);
  if (name === "undefined") return NOTHING;
  if (name === "Infinity" || name === "NaN") return report(context, "not-finite", { text: name, value: name }, node);
  return { kind: "foreign", name };
}
