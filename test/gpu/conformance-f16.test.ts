/** The conformance suite on kernels that store halves, a part of the cases each; on a device without halves they are refused. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { kindOf, wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { EVERY_PROFILE } from "../conformance/cases.js";
import { numbersSuite } from "../conformance/numbers.js";
import { kernelOf, onGpu } from "../conformance/on-gpu.js";
import { conformanceSuite } from "../conformance/suite.js";
import { HEAD, patternOf } from "../frontend/sources.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

if (process.env.MSCC_DRIVER !== "swiftshader") {
  const smaller = EVERY_PROFILE ? [kindOf("f16-subgroups", 4)] : [];
  for (const kind of [kindOf("f16"), kindOf("f16-subgroups", 8), ...smaller]) {
    const size = kind.subgroupSize ? ` of ${kind.subgroupSize}` : "";
    const name = `WGSL, ${kind.profile}${size} on ${process.env.MSCC_DRIVER}`;
    if (EVERY_PROFILE) numbersSuite(name, () => onGpu(gpu, kind), { dtype: "f16" });
    conformanceSuite(name, () => onGpu(gpu, kind), { oneIn: 8 });
  }
} else {
  it("a device without halves refuses the kernels, and says why", async () => {
    const pattern = patternOf(
      `${HEAD}export const past = attention({ axes: ["t"], attend: ({ q, k }) => k.t <= q.t });\n`,
    );
    const { plan } = compileAttention(pattern, { target: wgslTarget });
    const refused = gpu.kernel(kernelOf(plan, 8, 8, kindOf("f16")));
    await expect(refused).rejects.toThrow("needs the feature 'shader-f16', which the device does not have");
  });
}
