/** The conformance suite on WGSL, the variants that are not in conformance-even.test.ts. */
import { afterAll, beforeAll } from "vitest";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { onGpu } from "../conformance/on-gpu.js";
import { conformanceSuite } from "../conformance/suite.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

// Of SwiftShader, which takes its time, a third.
const oneIn = process.env.MSCC_DRIVER === "swiftshader" ? 5 : 1;
conformanceSuite(`WGSL on ${process.env.MSCC_DRIVER}`, () => onGpu(gpu), { half: 1, oneIn });
