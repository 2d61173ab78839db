/** The running tool itself: its version, and files of it that commands need. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The package's folder: two levels above the built file, one above the source. */
const root = existsSync(at("../package.json")) ? at("../") : at("../../");

interface Package {
  readonly version: string;
  readonly optionalDependencies: { readonly [name: string]: string };
}

const ownPackage = () => JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Package;

export const toolVersion = (): string => ownPackage().version;

/** The versions of mscc that a project made by this one takes. */
export const ownRange = (): string => `^${toolVersion()}`;

/** An optional package with the version that this tool is tested with, as `npm install` takes it. */
export const optionalPackage = (name: string): string =>
  `${name}@${ownPackage().optionalDependencies[name] ?? "latest"}`;

/** The module that "mscc" means in a file that the tool executes. */
export const languageModule = (): string =>
  [at("../dsl/index.js"), at("../dsl/index.ts")].find(existsSync) ?? at("../dsl/index.js");

/** The text of the launcher core that every emitted module carries; the build makes it. */
export function launcherText(): string {
  return readFileSync(`${root}dist/runtime/launcher.bundle.js`, "utf8");
}

/** The script of the pages that `mscc show` writes; the build makes it. */
export function viewerText(): string {
  return readFileSync(`${root}dist/cli/show/viewer.bundle.js`, "utf8");
}
