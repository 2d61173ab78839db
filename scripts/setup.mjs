// The one set-up step, run by `npm start` and `npm test`: packages, a WebGPU adapter, and the build; does only what is missing.
// With --no-build it leaves the build to who comes next: the gate builds by itself and counts it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { adapterLine, driverNames, icdFile } from "./drivers.mjs";
import { commands, installDrivers, obstacle } from "./install-drivers.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const ci = process.env.CI === "true";

/** @param {string} text */
const say = (text) => console.log(`setup: ${text}`);

/** @param {string} text @returns {never} */
function fail(text) {
  console.error(`setup: ${text}`);
  process.exit(1);
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  return status === 0;
}

function installPackages() {
  const stamp = join(root, "node_modules", ".mscc-lock");
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  say("installing the packages of package-lock.json");
  // No package needs its install script here: the binaries come as packages of their own.
  if (!run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])) fail("npm ci failed");
  writeFileSync(stamp, hash);
}

/** Drivers that are needed and missing: in CI both software ones, elsewhere lavapipe where there is no adapter at all. */
function missingDrivers() {
  if (ci) return driverNames.filter((driver) => adapterLine(driver) === undefined);
  return adapterLine() === undefined ? ["lavapipe"] : [];
}

function provideAdapter() {
  const missing = /** @type {("lavapipe" | "swiftshader")[]} */ (missingDrivers());
  if (missing.length > 0) {
    const why = obstacle();
    if (why !== undefined)
      fail(
        `no WebGPU adapter (${missing.join(", ")} missing), and ${why}. To install one:\n\n${commands(missing).join("\n")}\n`,
      );
    say(`no WebGPU adapter: installing ${missing.join(" and ")} (software Vulkan) with apt-get`);
    if (!installDrivers(missing)) fail("a software Vulkan driver could not be installed");
    const still = missingDrivers();
    if (still.length > 0) fail(`still no WebGPU adapter through ${still.join(", ")}`);
  }
  if (!ci) return say(`adapter: ${adapterLine()}`);
  for (const driver of driverNames) say(`${driver}: ${adapterLine(driver)} [${icdFile(driver)}]`);
}

installPackages();
provideAdapter();
if (!process.argv.includes("--no-build") && !run(process.execPath, [join(root, "scripts", "build.mjs")])) {
  fail("the build failed");
}
