// The test projects: `unit` without a GPU, then test/gpu once per software driver, or on the adapter there is.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { adapterLine, driverEnvironment, driverNames, icdFile } from "./scripts/drivers.mjs";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The package's own name means its sources: no build stands between an edit and its test. */
const alias = [
  { find: /^mscc$/, replacement: source("dsl/index.ts") },
  { find: /^mscc\/compile$/, replacement: source("cli/compile-file.ts") },
  { find: /^mscc\/runtime$/, replacement: source("runtime/index.ts") },
  { find: /^mscc\/msc$/, replacement: source("models/msc/index.ts") },
  { find: /^mscc\/msc\/node$/, replacement: source("models/msc/node.ts") },
];

const found = driverNames.filter((driver) => icdFile(driver) !== undefined);
if (process.env.CI === "true" && found.length < driverNames.length) {
  throw new Error(
    `CI needs the drivers ${driverNames.join(" and ")}; found: ${found.join(", ") || "none"}. Run scripts/setup.mjs.`,
  );
}
const drivers = found.length > 0 ? found : adapterLine() === undefined ? [] : (["adapter"] as const);

/** How much of the conformance suite runs: see docs/architecture.md. */
const conformance = process.env.MSCC_CONFORMANCE || "gate";
if (!["gate", "profiles", "full"].includes(conformance)) {
  throw new Error(`MSCC_CONFORMANCE is 'profiles' or 'full' or not set, not '${conformance}'`);
}

/** What is the host's work, or emulated, or what one driver suffices for: the slow one is spared it in the gate. */
const ONCE = [
  "slabs",
  "decode-numbers",
  "subgroup-shapes",
  "conformance-matrices",
  "bench",
  "msc-browser",
  "msc-resume",
  "contractions",
  "msc-bench",
  "cli",
  "cli-tensor",
  "msc-cli",
  "light-cone",
  "msc-shipped",
  "slots",
];
const spared = (driver: string) =>
  driver === "swiftshader" && drivers.length > 1 && conformance === "gate"
    ? ONCE.map((name) => `test/gpu/${name}.test.ts`)
    : [];

const gpuProjects = drivers.map((driver) => ({
  resolve: { alias },
  test: {
    name: driver,
    include: ["test/gpu/**/*.test.ts"],
    exclude: spared(driver),
    env: { ...driverEnvironment(driver === "adapter" ? undefined : driver), MSCC_DRIVER: driver },
    // After the unit tests, two at a time: the software drivers are multi-threaded themselves.
    sequence: { groupOrder: 1 },
    maxWorkers: 2,
    // What the gate leaves out is what takes long, on a busy machine longer still.
    testTimeout: conformance === "gate" ? 120_000 : 900_000,
    hookTimeout: 120_000,
  },
}));

export default defineConfig({
  test: {
    pool: "forks",
    passWithNoTests: true,
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/gpu/**"],
          // Proofs that the documents' commands need are found once; tests of proofs have caches of their own.
          env: { MSCC_CACHE: source(".cache/proofs") },
          sequence: { groupOrder: 0 },
          testTimeout: 120_000,
        },
      },
      ...gpuProjects,
    ],
  },
});
