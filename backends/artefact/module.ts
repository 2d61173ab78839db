/** The ES module of a variant: manifest and WGSL as data, `load`, and the launcher. Needs nothing but a device. */
import type { Manifest } from "../../compiler/plan/manifest.js";
import { formatJson } from "./json.js";

export interface ModuleParts {
  readonly header: readonly string[];
  readonly manifest: Manifest;
  /** WGSL by file name. */
  readonly shaders: readonly { readonly name: string; readonly text: string }[];
  /** The bundled launcher core, an ES module that exports `createKernel` and `LaunchError`. */
  readonly launcher: string;
}

/** A template literal, so that the WGSL reads as it stands in its file. */
const literal = (text: string) => `\`${text.replace(/[\\`]|\$(?=\{)/g, "\\$&")}\``;

/** The launcher without its own exports: the module decides what it shows. */
function withoutExports(launcher: string): string {
  const at = launcher.lastIndexOf("\nexport {");
  return (at < 0 ? launcher : launcher.slice(0, at + 1)).trimEnd();
}

const FIND = `  const wanted = ["headDim", "valueDim", "profile"].filter((name) => options[name] !== undefined);
  const kernel = manifest.kernels.find((each) => wanted.every((name) => each[name] === options[name]));
  if (kernel === undefined) {
    const asked = wanted.map((name) => \`\${name} \${options[name]}\`).join(", ");
    const there = manifest.kernels.map((each) => \`d\${each.headDim} v\${each.valueDim} \${each.profile}\`).join("; ");
    const message = \`no kernel with \${asked}, compiled are: \${there}\`;
    throw new LaunchError(\`mscc \${manifest.name}\`, [{ code: "no-kernel", message }]);
  }
  const { onDeviceLost } = options;`;

const LOAD = `/**
 * Compiles a kernel for a device. Where several were compiled, \`headDim\`, \`valueDim\` and \`profile\` choose one.
 * Rejects with a LaunchError that names what is wrong.
 */
export async function load(device, options = {}) {
${FIND}
  return createKernel(device, compiledOf(kernel), onDeviceLost ? { onDeviceLost } : {});
}`;

/** For kernels that differ in their tiles alone: all are compiled, and each launch takes the one for its grid. */
const LOAD_BY_GRID = `/**
 * Compiles kernels for a device, which differ in their tiles; \`headDim\`, \`valueDim\` and \`profile\` choose them.
 * Each \`bind\` takes the kernel whose tiles were chosen for the nearest grid.
 * Rejects with a LaunchError that names what is wrong.
 */
export async function load(device, options = {}) {
${FIND}
  const isAlike = (each) => ["headDim", "valueDim", "profile"].every((name) => each[name] === kernel[name]);
  const alike = manifest.kernels.filter(isAlike);
  const loss = onDeviceLost ? { onDeviceLost } : {};
  const create = (each) => createKernel(device, compiledOf(each), loss);
  const created = await Promise.all(alike.map(create));
  return {
    name: created[0].name,
    bind: (given) => created[nearestTo(given, alike)].bind(given),
    dispose: () => created.forEach((each) => each.dispose()),
  };
}

/** The index of the kernel with the grid that is nearest by the ratios of extents; what is malformed is left to \`bind\`. */
function nearestTo({ q, k, size, queryOffset, keyOffset }, kernels) {
  const reach = (operand, offset) => (operand?.shape ?? []).slice(2, -1).map((n, i) => n + (offset?.[i] ?? 0));
  const queries = size?.q ?? reach(q, queryOffset);
  const keys = size?.k ?? (manifest.axes.shared ? queries : reach(k, keyOffset));
  const apart = (grid, own) => grid.reduce((sum, n, i) => sum + Math.abs(Math.log(n / own[i])), 0);
  const distances = kernels.map(({ grids }) =>
    Math.min(...grids.map((grid) => apart(grid.q, queries) + apart(grid.k, keys))),
  );
  return Math.max(distances.indexOf(Math.min(...distances)), 0);
}`;

/** Whether kernels differ in their tiles alone. */
const choosesByGrid = ({ kernels }: Manifest): boolean =>
  new Set(kernels.map(({ headDim, valueDim, profile, dtype }) => [headDim, valueDim, profile, dtype].join())).size <
  kernels.length;

export function emitModule({ header, manifest, shaders, launcher }: ModuleParts): string {
  return [
    ...header.map((line) => `// ${line}`),
    "// Plain ESM without imports, for browsers, bundlers and Node. Usage:",
    "//   const kernel = await load(device);",
    `//   const launch = kernel.bind({ q, k, v, output${usageOf(manifest)} });`,
    "//   await launch.run(); // or launch.encode(encoder)",
    "",
    choosesByGrid(manifest) ? LOAD_BY_GRID : LOAD,
    "",
    "/** A kernel with its WGSL, and with that of the kernel that joins splits. */",
    "const compiledOf = (kernel) => ({ manifest, kernel, code: code[kernel.file], merge: code[kernel.merge?.file] });",
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

function usageOf({ params, tables }: Manifest): string {
  const needed = params.filter((param) => param.default === undefined && param.value === undefined);
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join(", ");
  return [
    needed.length > 0 ? `, params: { ${names(needed)} }` : "",
    tables.length > 0 ? `, tables: { ${names(tables)} }` : "",
  ].join("");
}
