// Builds dist: tsc, then the launcher core and the viewer as one file each, then the executable bit; drops output whose source is gone.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

/** @param {string} command @param {string[]} args */
const node = (command, ...args) =>
  spawnSync(process.execPath, [join(root, command), ...args], { cwd: root, stdio: "inherit" }).status === 0;

/** Removes compiled files that no source stands behind any more: they would shadow a rename. */
function prune() {
  if (!existsSync(dist)) return;
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    const stem = file.match(/^(.*?)(?:\.d\.ts|\.js)$/)?.[1];
    if (stem === undefined || stem.endsWith(".bundle")) continue;
    if (!existsSync(join(root, `${stem}.ts`))) rmSync(join(dist, file), { force: true });
  }
}

prune();
const built = node("node_modules/typescript/bin/tsc", "-p", "tsconfig.json");
const bundled = node("scripts/bundle.mjs");
const main = join(dist, "cli", "main.js");
if (existsSync(main)) chmodSync(main, 0o755);
process.exit(built && bundled ? 0 : 1);
