/** NaN, extreme logits and values on WGSL. */
import { afterAll, beforeAll } from "vitest";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { numbersSuite } from "../conformance/numbers.js";
import { onGpu } from "../conformance/on-gpu.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

numbersSuite(`WGSL on ${process.env.MSCC_DRIVER}`, () => onGpu(gpu));
