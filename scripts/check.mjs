// The whole gate: format, lint, types, build, generated kernels, tests; its last line is always `N passed, N failed`.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { driverNames, icdFile } from "./drivers.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const report = join(root, ".cache", "vitest.json");

/** @typedef {{ name: string, passed: number, failed: number, seconds: number, notes: string[] }} Outcome */

/**
 * Runs one step. A step beside others keeps its output back and shows it only when it fails.
 * @param {string} name @param {string[]} args @param {"live" | "held"} output @returns {Promise<Outcome>}
 */
async function step(name, args, output) {
  const start = performance.now();
  const [command = "", ...rest] = args;
  const child = spawn(process.execPath, [join(root, command), ...rest], {
    cwd: root,
    stdio: output === "live" ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += chunk));
  const code = await new Promise((resolve) => child.on("close", resolve));
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0 && output === "held") console.log(`\n--- ${name} ---\n${text.trim()}\n`);
  return { name, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, seconds, notes: [] };
}

/** The test run, counted by test: a file that could not be loaded, or a failure outside every test, counts as one failure. @returns {Promise<Outcome>} */
async function tests() {
  mkdirSync(join(root, ".cache"), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const run = await step("tests", ["node_modules/vitest/vitest.mjs", "run", ...reporters], "live");
  if (!existsSync(report)) return { ...run, passed: 0, failed: 1, notes: ["the test runner wrote no report"] };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  const isBroken = (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
    file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed");
  const broken = testResults.filter(isBroken).length;
  const failed = numFailedTests + broken;
  const skipped = numPendingTests + numTodoTests;
  return {
    ...run,
    passed: numPassedTests,
    failed: failed === 0 && run.failed > 0 ? 1 : failed,
    notes: skipped > 0 ? [`NOT RUN: ${skipped} tests were skipped`] : [],
  };
}

/** What the GPU tests could not run on, said aloud. */
function missingDrivers() {
  const missing = driverNames.filter((driver) => icdFile(driver) === undefined);
  return missing.length > 0 ? [`NOT RUN: the GPU tests on ${missing.join(" and ")} (not installed)`] : [];
}

const outcomes = [
  ...(await Promise.all([
    step(
      "format and lint",
      ["node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings", "--colors=off", "."],
      "held",
    ),
    step("types and build", ["scripts/build.mjs"], "held"),
    step("types of tests", ["node_modules/typescript/bin/tsc", "-p", "tsconfig.test.json"], "held"),
  ])),
  await step("generated kernels", ["scripts/generate.mjs", "--check"], "live"),
  await tests(),
];

console.log("");
for (const { name, passed, failed, seconds } of outcomes) {
  console.log(
    `check: ${name.padEnd(18)} ${failed === 0 ? "passed" : "FAILED"} ${seconds.toFixed(1).padStart(6)} s  (${passed} passed, ${failed} failed)`,
  );
}
for (const note of [...outcomes.flatMap((outcome) => outcome.notes), ...missingDrivers()])
  console.log(`check: ${note}`);
const sum = (/** @type {"passed" | "failed"} */ key) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
process.exitCode = sum("failed") === 0 ? 0 : 1;
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
