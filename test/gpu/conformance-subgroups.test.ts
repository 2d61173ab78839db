/** The conformance suite on kernels with subgroups, for the most invocations that each driver's subgroups have, or for each size that they have. */
import { afterAll, beforeAll } from "vitest";
import { kindOf } from "../../backends/wgsl/index.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { EVERY_PROFILE } from "../conformance/cases.js";
import { numbersSuite } from "../conformance/numbers.js";
import { onGpu } from "../conformance/on-gpu.js";
import { conformanceSuite } from "../conformance/suite.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

// Half of the cases; of SwiftShader, which takes its time, a quarter.
const isSwiftShader = process.env.MSCC_DRIVER === "swiftshader";
const sizes = isSwiftShader ? [4] : EVERY_PROFILE ? [8, 4] : [8];
for (const size of sizes) {
  const kind = kindOf("subgroups", size);
  const name = `WGSL with subgroups of ${size} on ${process.env.MSCC_DRIVER}`;
  numbersSuite(name, () => onGpu(gpu, kind));
  conformanceSuite(name, () => onGpu(gpu, kind), { oneIn: isSwiftShader ? 6 : 2 });
}
