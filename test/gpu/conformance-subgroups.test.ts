/** The conformance suite on the profile with subgroups, where the device has subgroups of 8; elsewhere the kernel is refused. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { kindOf, wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { numbersSuite } from "../conformance/numbers.js";
import { kernelOf, onGpu } from "../conformance/on-gpu.js";
import { conformanceSuite } from "../conformance/suite.js";
import { HEAD, patternOf } from "../frontend/sources.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const hasSubgroups = process.env.MSCC_DRIVER !== "swiftshader";

if (hasSubgroups) {
  numbersSuite(`WGSL with subgroups on ${process.env.MSCC_DRIVER}`, () => onGpu(gpu, kindOf("subgroups", 8)));
  conformanceSuite(`WGSL with subgroups on ${process.env.MSCC_DRIVER}`, () => onGpu(gpu, kindOf("subgroups", 8)));
} else {
  it("a device with smaller subgroups refuses the kernel, and says why", async () => {
    const pattern = patternOf(
      `${HEAD}export const past = attention({ axes: ["t"], attend: ({ q, k }) => k.t <= q.t });\n`,
    );
    const { plan } = compileAttention(pattern, { target: wgslTarget });
    const refused = gpu.kernel(kernelOf(plan, 8, 8, kindOf("subgroups", 8)));
    await expect(refused).rejects.toThrow("needs subgroups of at least 8 invocations, the device has 4");
  });
}
