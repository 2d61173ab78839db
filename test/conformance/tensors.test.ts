/** The tensor cases on the interpreter; and that they hold what they promise: every declared and every fused operation of the model. */
import { describe, expect, it } from "vitest";
import { readOperations } from "../../cli/msc/build.js";
import { fuseProgram } from "../../cli/msc/fused.js";
import { linesOf } from "../../compiler/plan/print-tensor.js";
import { assemble } from "../../models/msc/assemble.js";
import { presets } from "../../models/msc/presets.js";
import { nameOf } from "./tensor-cases.js";
import { operations, tensorCases } from "./tensor-operations.js";
import { interpreter, runTensorCase } from "./tensors.js";

it("every operation of the model and every kernel of its presets has cases", () => {
  const declared = readOperations();
  const wanted = new Set(declared.keys());
  for (const config of Object.values(presets)) {
    for (const [name, tensor] of fuseProgram(assemble(config), declared).operations) {
      wanted.add(name);
      const own = operations.get(name)?.tensor;
      expect(own && [linesOf(own), own.inputs, own.isExact], name).toEqual([
        linesOf(tensor),
        tensor.inputs,
        tensor.isExact,
      ]);
    }
  }
  expect([...wanted].filter((name) => !tensorCases.get(name)?.length)).toEqual([]);
});

describe.each([...tensorCases])("%s", (_, cases) => {
  it.each(cases.map((each) => [nameOf(each), each] as const))("%s", async (_, each) => {
    const { plain, size } = await runTensorCase(interpreter, each);
    const slack = operations.get(each.operation)?.slack ?? 0;
    expect(plain).toBeLessThanOrEqual((1e-5 + slack + 2 ** -24 * (each.params.down ?? 1) ** 2) * Math.max(1, size));
  });
});
