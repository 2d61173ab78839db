/** The conformance suite on kernels with subgroups, for the most invocations that each driver's subgroups have. */
import { afterAll, beforeAll } from "vitest";
import { kindOf } from "../../backends/wgsl/index.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { numbersSuite } from "../conformance/numbers.js";
import { onGpu } from "../conformance/on-gpu.js";
import { conformanceSuite } from "../conformance/suite.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

// Half of the cases; of SwiftShader, which takes its time, a quarter; with MSCC_CONFORMANCE=full the whole product.
const isSwiftShader = process.env.MSCC_DRIVER === "swiftshader";
const kind = kindOf("subgroups", isSwiftShader ? 4 : 8);
const name = `WGSL with subgroups of ${kind.subgroupSize} on ${process.env.MSCC_DRIVER}`;
numbersSuite(name, () => onGpu(gpu, kind));
conformanceSuite(name, () => onGpu(gpu, kind), { oneIn: isSwiftShader ? 4 : 2 });
