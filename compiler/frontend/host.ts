/**
 * What the host of a module provides: Node or a browser. mscc reads sources with the language's own library alone, so
 * TypeScript misses these names; code that uses them outside of patterns is none of mscc's business.
 */
import { builtinModules } from "node:module";
import type { ts } from "ts-morph";

const GLOBALS: ReadonlySet<string> = new Set([
  ..."AbortController AbortSignal Blob Buffer Event EventTarget File FormData Headers NodeJS OffscreenCanvas".split(
    " ",
  ),
  ..."Request Response TextDecoder TextEncoder URL URLSearchParams WebAssembly WebSocket Worker".split(" "),
  ..."Bun Deno __dirname __filename alert atob btoa clearImmediate clearInterval clearTimeout console crypto".split(
    " ",
  ),
  ..."document fetch global localStorage location module navigator performance process queueMicrotask".split(" "),
  ..."requestAnimationFrame require self sessionStorage setImmediate setInterval setTimeout".split(" "),
  ..."structuredClone window".split(" "),
]);

/** Codes by which TypeScript says that a name is missing; most of them advise to install the host's types. */
const MISSING_NAME: ReadonlySet<number> = new Set([2304, 2503, 2552, 2580, 2584, 2591, 2867, 2868]);
const MISSING_MODULE: ReadonlySet<number> = new Set([2307, 2882]);
const MISSING_PROPERTY = 2339;

const isBuiltin = (specifier: string) => specifier.startsWith("node:") || builtinModules.includes(specifier);

/** Whether an error of TypeScript only says that the host's types are not there. */
export function missesHost({ code, messageText }: ts.Diagnostic): boolean {
  const text = typeof messageText === "string" ? messageText : messageText.messageText;
  const name = /'([^']*)'/.exec(text)?.[1] ?? "";
  if (MISSING_NAME.has(code)) return GLOBALS.has(name) || isBuiltin(name);
  if (MISSING_MODULE.has(code)) return isBuiltin(name);
  return code === MISSING_PROPERTY && text.includes("on type 'ImportMeta'");
}
