/** The running tool itself: its version, and files of it that commands need. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The package's folder: two levels above the built file, one above the source. */
const root = existsSync(at("../package.json")) ? at("../") : at("../../");

/** The package's folder, where its sources and generated kernels lie. */
export const packageFolder = (): string => root;

interface Package {
  readonly version: string;
  readonly optionalDependencies: { readonly [name: string]: string };
}

const ownPackage = () => JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Package;

export const toolVersion = (): string => ownPackage().version;

/** The archive or the folder that npm was given for this tool, or its checkout; undefined where a registry had it. */
function ownSource(): string | undefined {
  const modules = dirname(root);
  if (basename(modules) !== "node_modules") return resolve(root);
  const lock = join(modules, ".package-lock.json");
  if (!existsSync(lock)) return undefined;
  const { packages } = JSON.parse(readFileSync(lock, "utf8")) as Lock;
  const { resolved = "" } = packages["node_modules/mscc"] ?? {};
  return resolved.startsWith("file:") ? resolve(dirname(modules), resolved.slice("file:".length)) : undefined;
}

/** What npm notes of installed packages. */
interface Lock {
  readonly packages: { readonly [path: string]: { readonly resolved?: string } };
}

/** What the package.json in a folder names to get this tool: it comes from where this one came from. */
export function ownSpecifier(folder: string): string {
  const source = ownSource();
  return source === undefined ? `^${toolVersion()}` : `file:${relative(folder, source).replaceAll("\\", "/")}`;
}

/** An optional package with the version that this tool is tested with, as `npm install` takes it. */
export const optionalPackage = (name: string): string =>
  `${name}@${ownPackage().optionalDependencies[name] ?? "latest"}`;

/** The module that "mscc" means in a file that the tool executes. */
export const languageModule = (): string =>
  [at("../dsl/index.js"), at("../dsl/index.ts")].find(existsSync) ?? at("../dsl/index.js");

/** The text of the launcher that every emitted module of a kind carries; the build makes it. */
export function launcherText(kind: "attention" | "tensor" = "attention"): string {
  const file = kind === "tensor" ? "tensor-launcher.bundle.js" : "launcher.bundle.js";
  return readFileSync(`${root}dist/runtime/${file}`, "utf8");
}

/** The script of the pages that `mscc show` writes; the build makes it. */
export function viewerText(): string {
  return readFileSync(`${root}dist/cli/show/viewer.bundle.js`, "utf8");
}
