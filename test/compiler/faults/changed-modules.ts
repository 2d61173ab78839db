/** Loads modules of the compiler with one place of one file changed; those that do not reach that file stay the tests' own. */
import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { transform } from "esbuild";

/** A change of source text. */
export interface Change {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Text that occurs once in the file. */
  readonly from: string;
  readonly to: string;
}

interface Loaded {
  readonly exports: object;
  /** Whether it is, or imports, the changed file: then it is not the module that the tests import. */
  readonly isOwn: boolean;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));
const scripts = new Map<string, Promise<string>>();

/** TypeScript as a script that asks `require` for what it imports; imports of types alone are gone. */
function scriptOf(text: string): Promise<string> {
  const known = scripts.get(text) ?? transform(text, { loader: "ts", format: "cjs" }).then(({ code }) => code);
  scripts.set(text, known);
  return known;
}

function changed(text: string, { file, from, to }: Change): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`'${from}' occurs ${parts.length - 1} times in ${file}, not once`);
  return parts.join(to);
}

/**
 * A loader of modules by path from the root. Expressions are interned per module, so that all that does not depend on
 * the change, such as compiler/ir, must be the very modules that the tests use.
 */
export function withChange(change?: Change): <Module extends object>(path: string) => Promise<Module> {
  const modules = new Map<string, Promise<Loaded>>();
  const load = (path: string): Promise<Loaded> => {
    const known = modules.get(path) ?? build(path);
    modules.set(path, known);
    return known;
  };
  const build = async (path: string): Promise<Loaded> => {
    const text = readFileSync(join(root, path), "utf8");
    const isChanged = path === change?.file;
    const script = await scriptOf(isChanged ? changed(text, change) : text);
    const specifiers = [...script.matchAll(/\brequire\("(\.[^"]*)"\)/g)].map(([, specifier]) => specifier as string);
    const parts = new Map<string, Loaded>();
    for (const each of specifiers) {
      parts.set(each, await load(posix.join(dirname(path), each).replace(/\.js$/, ".ts")));
    }
    if (!isChanged && ![...parts.values()].some(({ isOwn }) => isOwn)) {
      return { exports: await import(join(root, path)), isOwn: false };
    }
    const module = { exports: {} };
    const run = compileFunction(script, ["module", "exports", "require"], { filename: join(root, path) });
    run(module, module.exports, (specifier: string) => parts.get(specifier)?.exports);
    return { exports: module.exports, isOwn: true };
  };
  return async <Module extends object>(path: string) => (await load(path)).exports as Module;
}
