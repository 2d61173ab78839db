// Bundles what leaves the package as text: the launcher core, which `mscc compile` puts in front of each kernel's data, and the viewer, the script of pages that `mscc show` writes.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  target: "es2022",
  platform: "neutral",
  charset: "utf8",
  legalComments: "inline",
  logLevel: "warning",
};

await build({
  ...common,
  entryPoints: [join("runtime", "launcher", "index.ts")],
  outfile: join("dist", "runtime", "launcher.bundle.js"),
  format: "esm",
});
await build({
  ...common,
  entryPoints: [join("cli", "show", "viewer.ts")],
  outfile: join("dist", "cli", "show", "viewer.bundle.js"),
  format: "iife",
  minifyWhitespace: true,
});
