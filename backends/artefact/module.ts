/** The ES module of a declaration: manifest and WGSL as data, `load`, and the launcher. Needs nothing but a device. */
import type { ManifestParam } from "../../compiler/plan/manifest.js";
import { formatJson } from "./json.js";
import { type AnyManifest, isTensor } from "./tensor-manifest.js";

export interface ModuleParts {
  readonly header: readonly string[];
  readonly manifest: AnyManifest;
  /** WGSL by file name. */
  readonly shaders: readonly { readonly name: string; readonly text: string }[];
  /** The bundled launcher, an ES module that exports `LaunchError` and `loadKernel`, or for tensor operations `loadTensor`. */
  readonly launcher: string;
}

/** A template literal, so that the WGSL reads as it stands in its file. */
const literal = (text: string) => `\`${text.replace(/[\\`]|\$(?=\{)/g, "\\$&")}\``;

/** The launcher without its own exports: the module decides what it shows. */
function withoutExports(launcher: string): string {
  const at = launcher.lastIndexOf("\nexport {");
  return (at < 0 ? launcher : launcher.slice(0, at + 1)).trimEnd();
}

const LOAD = `/**
 * Compiles for a device the best kernel that it runs. \`headDim\`, \`valueDim\`, \`dtype\` and \`profile\` choose where
 * several were compiled; \`log\` is told what was chosen, and why. Each \`bind\` takes the tiles that were chosen for the
 * nearest grid, and where an operand lies as the kernel cannot read it, one that takes any layout.
 * Rejects with a LaunchError that names what is wrong.
 */
export function load(device, options = {}) {
  return loadKernel(device, { manifest, code }, options);
}`;

const LOAD_TENSOR = `/**
 * Compiles for a device the best kernel that it runs. \`dtype\` and \`profile\` choose where several were compiled;
 * \`log\` is told what was chosen, and why. Rejects with a LaunchError that names what is wrong.
 */
export function load(device, options = {}) {
  return loadTensor(device, { manifest, code }, options);
}`;

export function emitModule({ header, manifest, shaders, launcher }: ModuleParts): string {
  return [
    ...header.map((line) => `// ${line}`),
    "// Plain ESM without imports, for browsers, bundlers and Node. Usage:",
    "//   const kernel = await load(device);",
    `//   const launch = kernel.bind({ ${usageOf(manifest)} });`,
    "//   await launch.run(); // or launch.encode(encoder)",
    "",
    isTensor(manifest) ? LOAD_TENSOR : LOAD,
    "",
    "export { LaunchError };",
    "",
    "/** What was compiled; the same as manifest.json. */",
    `export const manifest = ${formatJson(manifest)};`,
    "",
    "/** WGSL by file name; the same as the files beside this one. */",
    `export const code = {\n${shaders.map(({ name, text }) => `${JSON.stringify(name)}: ${literal(text)},\n`).join("")}};`,
    "",
    "// The launcher, the same in every module that mscc writes: checks, uniforms, dispatches.",
    withoutExports(launcher),
    "",
  ].join("\n");
}

const namesOf = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join(", ");

/** What `bind` needs, as a caller writes it. */
function usageOf(manifest: AnyManifest): string {
  const isNeeded = ({ default: fallback, value }: ManifestParam) => fallback === undefined && value === undefined;
  const needed = manifest.params.filter(isNeeded);
  const params = needed.length > 0 ? [`params: { ${namesOf(needed)} }`] : [];
  if (isTensor(manifest)) {
    const inputs = manifest.inputs.length > 0 ? `{ ${namesOf(manifest.inputs)} }` : "{}";
    return [`inputs: ${inputs}`, "output", ...params].join(", ");
  }
  const tables = manifest.tables.length > 0 ? [`tables: { ${namesOf(manifest.tables)} }`] : [];
  return ["q, k, v, output", ...params, ...tables].join(", ");
}
