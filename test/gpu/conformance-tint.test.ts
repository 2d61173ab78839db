/** Every variant's WGSL at every head dim: Tint, which Dawn and Chromium use, accepts it without a word. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { emitMerge } from "../../backends/wgsl/merge.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { HEAD_DIMS, valueDimOf } from "../conformance/cases.js";
import { kernelOf } from "../conformance/on-gpu.js";
import { variants } from "../conformance/variants.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

it("the kernel that joins splits", async () => {
  const { messages } = await gpu.device.createShaderModule({ code: emitMerge("f32").code }).getCompilationInfo();
  expect(messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`)).toEqual([]);
});

it.each([...variants.values()].map((variant) => [variant.name, variant] as const))("%s", async (name, { plan }) => {
  for (const headDim of HEAD_DIMS) {
    const { code } = kernelOf(plan, headDim, valueDimOf(name, headDim));
    gpu.device.pushErrorScope("validation");
    const { messages } = await gpu.device.createShaderModule({ code }).getCompilationInfo();
    const fault = await gpu.device.popErrorScope();
    expect(messages.map(({ type, lineNum, message }) => `${type}, line ${lineNum}: ${message}`)).toEqual([]);
    expect(fault).toBeNull();
  }
});
