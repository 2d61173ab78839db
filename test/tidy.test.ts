/** Keeps the house in order: the layers, no import cycles, file headers, sizes, names, and what is never written. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const layers = ["dsl", "compiler", "backends", "runtime", "models", "cli"] as const;
const beside = ["test", "bench", "examples"];
const maxLines = 350;

interface Import {
  /** A path from the root for a file of ours, else the specifier as written. */
  readonly to: string;
  readonly typeOnly: boolean;
}

interface Source {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

function filesUnder(folder: string, extension: string): string[] {
  const all = existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    : [];
  const own = all.filter((file) => file.endsWith(extension) && !file.split(sep).includes("node_modules"));
  return own.map((file) => [folder, ...file.split(sep)].join("/"));
}

/** Calls `visit` on every node of a file. */
function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The package's own names stand for its source files, as they do in the tests. */
function resolveImport(from: string, specifier: string): string {
  if (specifier === "mscc") return "dsl/index.ts";
  if (specifier === "mscc/compile") return "cli/compile-file.ts";
  if (specifier === "mscc/runtime") return "runtime/index.ts";
  if (specifier === "mscc/msc") return "models/msc/index.ts";
  if (specifier === "mscc/msc/node") return "models/msc/node.ts";
  if (!specifier.startsWith(".")) return specifier;
  return normalize(join(dirname(from), specifier))
    .split(sep)
    .join("/")
    .replace(/\.js$/, ".ts");
}

function importsOf(path: string, tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push({ to: resolveImport(path, specifier.text), typeOnly });
  };
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly ?? false);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
  });
  return found;
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return { path, text, tree, imports: importsOf(path, tree) };
}

const sources = [...layers, ...beside].flatMap((folder) => filesUnder(folder, ".ts")).map(readSource);
const layerOf = (path: string) => layers.findIndex((layer) => path.startsWith(`${layer}/`));
const isOurs = (path: string) =>
  [...layers, ...beside, "scripts", "generated"].some((folder) => path.startsWith(`${folder}/`));

/** What a backend may see of the compiler: the expression IR, the plan, and the types of targets. */
const seenByBackends = /^compiler\/(ir|plan)\/|^compiler\/(.+\/)?targets?\.ts$/;

/** Why a source of a layer must not import `to`, or undefined where it may. */
function layerFault({ path }: Source, { to, typeOnly }: Import): string | undefined {
  const [from, target] = [layerOf(path), layerOf(to)];
  const layer = layers[from];
  if (layer === "dsl" && target !== 0) return "dsl imports nothing outside itself";
  if (path.startsWith("dsl/variants/") && to !== "dsl/index.ts" && !to.startsWith("dsl/variants/"))
    return 'a variant imports only "mscc"';
  if (path.startsWith("runtime/launcher/") && !isOurs(to)) return "the launcher core has no dependency";
  if (!isOurs(to) || layer === undefined) return undefined;
  if (target === -1) return `nothing imports ${to.split("/")[0]}`;
  if (target > from) return `imports go only to the left in ${layers.join(" < ")}`;
  if (layer === "backends" && target === 1 && !seenByBackends.test(to))
    return "a backend sees only the IR, the plan and the target types";
  if (layer === "runtime" && target < from && !(typeOnly && to === "compiler/plan/manifest.ts"))
    return "runtime knows of the rest only the types of compiler/plan/manifest.ts";
  return undefined;
}

test("imports go only from right to left", () => {
  const faults = sources.flatMap((source) =>
    source.imports.flatMap((each) => {
      const fault = layerFault(source, each);
      return fault === undefined ? [] : [`${source.path} -> ${each.to}: ${fault}`];
    }),
  );
  expect(faults).toEqual([]);
});

test("examples use only the package's public names, and variants", () => {
  const entries = [
    "dsl/index.ts",
    "cli/compile-file.ts",
    "runtime/index.ts",
    "models/msc/index.ts",
    "models/msc/node.ts",
  ];
  const isPublic = (to: string) =>
    !isOurs(to) || entries.includes(to) || to.startsWith("dsl/variants/") || to.startsWith("examples/");
  const examples = sources.filter(({ path }) => path.startsWith("examples/"));
  const faults = examples.flatMap(({ path, imports }) =>
    imports.filter(({ to }) => !isPublic(to)).map(({ to }) => `${path} -> ${to}`),
  );
  expect(faults).toEqual([]);
});

test("no import cycles", () => {
  const graph = new Map(sources.map(({ path, imports }) => [path, imports.map(({ to }) => to)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) cycles.push([...trail.slice(start), path].join(" -> "));
    if (start !== -1 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  expect(cycles).toEqual([]);
});

test("every file opens with a sentence that says what it is", () => {
  const scripts = filesUnder("scripts", ".mjs").map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  const header = /^(?:#!.*\n)?(?:\/\*\*? ?[\s\S]*?\w[\s\S]*?[.:][\s\S]*?\*\/|\/\/ .*\w.*(?:\n\/\/.*)*)/;
  expect([...sources, ...scripts].filter(({ text }) => !header.test(text)).map(({ path }) => path)).toEqual([]);
});

test(`no file is longer than ${maxLines} lines`, () => {
  const sized = sources.map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }));
  expect(sized.filter(({ lines }) => lines > maxLines).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
});

test("names are kebab-case and say something", () => {
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|test-d|d))?(\.ts)?$/;
  const empty = /(^|-)(utils?|helpers?|managers?)(-|\.|$)/;
  const faults = sources.filter(({ path }) => path.split("/").some((part) => !kebab.test(part) || empty.test(part)));
  expect(faults.map(({ path }) => path)).toEqual([]);
});

test("every test file asserts something, itself or in a suite that it imports", () => {
  const asserts = /\bexpect[(.]|\bassert\b/;
  const asserting = new Set(sources.filter(({ text }) => asserts.test(text)).map(({ path }) => path));
  const empty = sources.filter(
    ({ path, imports }) =>
      path.endsWith(".test.ts") && !asserting.has(path) && !imports.some(({ to }) => asserting.has(to)),
  );
  expect(empty.map(({ path }) => path)).toEqual([]);
});

test("no scratch files", () => {
  expect(sources.filter(({ path }) => path.includes("scratch")).map(({ path }) => path)).toEqual([]);
});

function faultOfNode(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return "any";
  if (ts.isEnumDeclaration(node)) return "enum";
  if (ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword) {
    return node.parent.kind === ts.SyntaxKind.DefaultClause ? undefined : "default export";
  }
  return undefined;
}

test("no any, no enums, no default exports", () => {
  const faults: string[] = [];
  for (const { path, tree } of sources) {
    walk(tree, (node) => {
      const fault = faultOfNode(node);
      const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
      if (fault !== undefined) faults.push(`${path}:${line}: ${fault}`);
    });
  }
  expect(faults).toEqual([]);
});
