/** Texts of LaunchErrors, and which codes were seen, for the tests of the launcher's messages. */
import { expect } from "vitest";
import { LaunchError } from "../../runtime/launcher/index.js";

/** The kernel that most of these tests bind, in messages. */
const NAME = "mscc near (baseline, d4)";

/** Codes that have to do with a kernel, not with one launch of it; the test of their texts is launcher-messages. */
export const OF_KERNELS = [
  "device-lost",
  "disposed",
  "gpu",
  "limit-too-low",
  "missing-feature",
  "no-kernel",
  "pipeline",
  "schema",
  "shader",
  "subgroup-matrix",
  "subgroup-size",
  "subgroup-wide",
];

/** Codes that have to do with how a launch is divided and how keys are held; their test is launcher-parts. */
export const OF_PARTS = [
  "binding-size-invalid",
  "buffer-too-large",
  "held-invalid",
  "ring-unknown",
  "slab-too-large",
  "splits-invalid",
  "splits-too-large",
  "splits-unbindable",
  "splits-unmerged",
  "tables-too-large",
];

/** Codes that some test of this file has seen. */
export const seen = new Set<string>();

/** The text of the LaunchError that `work` ends with, without the kernel's name, which must begin every problem. */
export async function attempt(work: () => unknown, name = NAME): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    for (const { code } of error.problems) seen.add(code);
    const expected = error.problems.map(({ message, help }) => `${name}: ${message}${help ? `\n  help: ${help}` : ""}`);
    expect(error.message).toBe(expected.join("\n"));
    return error.message.replaceAll(`${name}: `, "");
  }
  return "no error";
}
