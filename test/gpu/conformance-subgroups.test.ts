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

// SwiftShader takes its time: a third of the cases, but with MSCC_CONFORMANCE=full.
const isSwiftShader = process.env.MSCC_DRIVER === "swiftshader";
const kind = kindOf("subgroups", isSwiftShader ? 4 : 8);
const name = `WGSL with subgroups of ${kind.subgroupSize} on ${process.env.MSCC_DRIVER}`;
numbersSuite(name, () => onGpu(gpu, kind));
conformanceSuite(name, () => onGpu(gpu, kind), isSwiftShader ? { oneIn: 3 } : undefined);
