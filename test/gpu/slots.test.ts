/** Keys in slots on the device: a few patterns, random frames in random slots, as the caches of a model hold them. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { slotted } from "../../compiler/slots.js";
import { type AnyAttention, EMPTY_LSE } from "../../dsl/index.js";
import { type Gpu, openGpu, runAttention } from "../../runtime/index.js";
import { drawn, expected, givenOf, patterns, sceneFor } from "../compiler/slot-scenes.js";
import { kernelOf } from "../conformance/on-gpu.js";
import { SEED } from "../conformance/random.js";
import { declarations } from "../models/variants.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

it.each(["lightCone", "sinksWindow"])("%s", async (name) => {
  const pattern = patterns[name] as Pattern;
  const tiles = { query: [1, 4, 8], key: [1, 4, 8] };
  const compiled = kernelOf(compileAttention(slotted(pattern, "t"), { target: wgslTarget, tiles }).plan, 4, 4);
  for (const scene of fc.sample(sceneFor(pattern), { numRuns: 10, seed: SEED })) {
    const operands = drawn(scene);
    const want = expected(declarations[name] as AnyAttention, scene, operands);
    const got = await runAttention(gpu, compiled, { ...operands, ...givenOf(scene) });
    const at = JSON.stringify(scene);
    for (const [i, value] of want.output.entries()) {
      expect(Math.abs((got.output[i] as number) - value), at).toBeLessThanOrEqual(1e-5);
    }
    for (const [i, value] of want.lse.entries()) {
      if (value === EMPTY_LSE) expect(got.lse[i], at).toBe(EMPTY_LSE);
      else expect(Math.abs((got.lse[i] as number) - value), at).toBeLessThanOrEqual(1e-5);
    }
  }
});
