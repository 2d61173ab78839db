// Where the software Vulkan drivers lie, and which WebGPU adapter Dawn finds through one; shared by set-up, check and tests.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folders and file names of the drivers' ICD files: the JSON that tells the Vulkan loader which library to open. */
const places = {
  lavapipe: {
    folders: ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"],
    name: /^lvp_icd.*\.json$/,
  },
  swiftshader: {
    folders: ["/usr/lib/chromium", "/usr/lib64/chromium", "/opt/google/chrome"],
    name: /^vk_swiftshader_icd\.json$/,
  },
};

/** The names of the software drivers that the tests run on. */
export const driverNames = /** @type {const} */ (["lavapipe", "swiftshader"]);

/** The ICD file of a driver, or undefined where it is not installed. @param {"lavapipe" | "swiftshader"} driver */
export function icdFile(driver) {
  const { folders, name } = places[driver];
  for (const folder of folders.filter(existsSync)) {
    const file = readdirSync(folder)
      .sort()
      .find((entry) => name.test(entry));
    if (file !== undefined) return join(folder, file);
  }
  return undefined;
}

/** The environment that makes the Vulkan loader use one driver; without a driver, whatever the system offers. @param {"lavapipe" | "swiftshader"} [driver] */
export function driverEnvironment(driver) {
  // Mesa and the loader warn on every start where XDG_RUNTIME_DIR is not set.
  const runtime = process.env.XDG_RUNTIME_DIR ?? join(tmpdir(), "mscc-runtime");
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const file = driver === undefined ? undefined : icdFile(driver);
  return { XDG_RUNTIME_DIR: runtime, ...(file === undefined ? {} : { VK_ICD_FILENAMES: file }) };
}

/** What the adapter is in one line, or undefined where there is none (a crash counts as none). @param {"lavapipe" | "swiftshader"} [driver] */
export function adapterLine(driver) {
  if (driver !== undefined && icdFile(driver) === undefined) return undefined;
  const script = fileURLToPath(new URL("probe-adapter.mjs", import.meta.url));
  const env = { ...process.env, ...driverEnvironment(driver) };
  const { status, stdout } = spawnSync(process.execPath, [script], { env, encoding: "utf8", timeout: 60_000 });
  if (status !== 0) return undefined;
  const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize, features } = JSON.parse(
    stdout.trim().split("\n").at(-1) ?? "",
  );
  const name = device || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter";
  const sizes = subgroupMinSize === subgroupMaxSize ? subgroupMinSize : `${subgroupMinSize} to ${subgroupMaxSize}`;
  const has = [
    features.includes("shader-f16") ? "f16" : "no f16",
    features.includes("subgroups") ? `subgroups of ${sizes}` : "no subgroups",
  ];
  return `${name}${description ? ` (${description})` : ""}: ${has.join(", ")}`;
}
