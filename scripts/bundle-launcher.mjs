// Bundles the launcher core into one readable ES module, the text that `mscc compile` puts in front of each kernel's data.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const entry = join("runtime", "launcher", "index.ts");

if (existsSync(join(root, entry))) {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join("dist", "runtime", "launcher.bundle.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    charset: "utf8",
    legalComments: "inline",
    logLevel: "warning",
  });
} else {
  console.log(`bundle-launcher: ${entry} does not exist yet: no launcher bundle`);
}
