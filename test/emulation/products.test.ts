/** The emulated instructions compute what their documentation says: fragments, copies, boxes, products. */
import { expect, it } from "vitest";
import { programNamed, runProgram } from "./compile.js";

const CASES = [
  "fragments f16",
  "fragments bf16",
  "ldmatrix",
  "cp.async",
  "wgmma K-major bf16 N = 64",
  "wgmma K-major f16 N = 8",
  "wgmma K-major bf16 N = 200",
  "wgmma MN-major f16 N = 64",
  "wgmma MN-major bf16 N = 80",
  "wgmma MN-major bf16 N = 256",
  "boxes",
  "pipeline",
  "shuffles",
  "conversions",
  "launches",
  "tensor maps",
];

it("every case is run", async () => {
  const { stdout } = await runProgram(await programNamed("products.cu"));
  expect(stdout.trim().split("\n")).toEqual(CASES);
});

it.each(CASES)("%s", async (name) => {
  const program = await programNamed("products.cu");
  // In turn, at random, by priorities; the unmapped page at either end.
  for (const [seed, guard] of [
    ["0", "end"],
    ["1", "start"],
    ["2", "end"],
  ] as const) {
    const outcome = await runProgram(program, [name], { EMULATION_SEED: seed, EMULATION_GUARD: guard });
    expect(outcome, `EMULATION_SEED=${seed}`).toEqual({ status: 0, stdout: "right\n", stderr: "" });
  }
});
