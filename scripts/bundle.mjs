// Bundles what leaves the package as text: the launchers, of which `mscc compile` puts one behind each kernel's data, and the viewer, the script of pages that `mscc show` writes.
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

// Each carries what its kernels need, and nothing of the other.
const launchers = {
  "launcher.bundle.js": ["index.ts"],
  "tensor-launcher.bundle.js": ["tensor", "index.ts"],
};
for (const [file, entry] of Object.entries(launchers)) {
  await build({
    ...common,
    entryPoints: [join("runtime", "launcher", ...entry)],
    outfile: join("dist", "runtime", file),
    format: "esm",
  });
}
await build({
  ...common,
  entryPoints: [join("cli", "show", "viewer.ts")],
  outfile: join("dist", "cli", "show", "viewer.bundle.js"),
  format: "iife",
  minifyWhitespace: true,
});
