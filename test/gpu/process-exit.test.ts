/** A process that used the GPU ends by itself, at once and with the right code, however it treats the device. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
let program: string;

beforeAll(async () => {
  mkdirSync(join(root, ".cache"), { recursive: true });
  // Inside the checkout, so that the program finds its packages.
  folder = mkdtempSync(join(root, ".cache", "process-"));
  program = join(folder, "host-process.mjs");
  await build({
    entryPoints: [join(root, "test", "runtime", "host-process.ts")],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "error",
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function ending(mode: string, env: NodeJS.ProcessEnv = {}): Promise<Ending> {
  const child = spawn(process.execPath, ["--expose-gc", program, mode], {
    env: { ...process.env, ...env },
    timeout: 60_000,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr })));
}

it.each([
  ["close", 0, "output of 512\n"],
  ["leave open", 0, "output of 512\n"],
  ["throw", 1, "output of 512\n"],
  ["exit", 3, "output of 512\n"],
  ["collect", 0, "output of 512\nand again 512\n"],
  ["in-flight", 0, "output of 512\nLaunchError\n"],
] as const)("%s: exit code %d", async (mode, code, stdout) => {
  const end = await ending(mode);
  expect(end).toMatchObject({ code, signal: null, stdout });
  if (mode !== "throw") expect(end.stderr.replace(/^Warning: maxDynamic.*\n/gm, "")).toBe("");
});

it.runIf(process.platform === "linux")("says what to install where there is no adapter", async () => {
  const { code, signal, stderr } = await ending("close", {
    VK_ICD_FILENAMES: "/nowhere.json",
    VK_DRIVER_FILES: "/nowhere.json",
  });
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect(stderr).toContain("HostError: no WebGPU adapter was found on this machine\n  help: install a Vulkan driver");
});
