/** NaN, extreme logits and values on WGSL where the keys of each tile are split: what is joined is what one workgroup gives. */
import { afterAll, beforeAll } from "vitest";
import { kindOf } from "../../backends/wgsl/index.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { numbersSuite } from "../conformance/numbers.js";
import { onGpu } from "../conformance/on-gpu.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

numbersSuite(`WGSL in 5 splits on ${process.env.MSCC_DRIVER}`, () => onGpu(gpu, kindOf("baseline"), 5), {
  isSplit: true,
});
