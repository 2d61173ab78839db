/** Random tensor operations on the device, each against its own declaration: six in the gate, more with MSCC_CONFORMANCE=profiles. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { tensorReference } from "../../dsl/index.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { drawFor, inputsFor, labelsOf, randomTensors, seedLine } from "../compiler/random-tensors.js";
import { EVERY_PROFILE } from "../conformance/cases.js";
import { SEED } from "../conformance/random.js";
import { kindsOn, tensorsOnGpu } from "../conformance/tensors-on-gpu.js";
import { tensorsOf } from "../frontend/sources.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const [others, products] = EVERY_PROFILE ? [60, 20] : [4, 2];
const drawn = [...randomTensors("onDevice", others), ...randomTensors("product", products, { isProduct: true })];
const tensors = tensorsOf(drawn.map(({ source }) => source).join("\n"));

const dense = (shape: readonly number[]) => ({
  shape,
  strides: shape.map((_, i) => shape.slice(i + 1).reduce((product, extent) => product * extent, 1)),
  offset: 0,
});

it.each(drawn.map((each) => [each.name, each] as const))("%s", async (name, { source, declaration }) => {
  const tensor = tensors.get(name) as Tensor;
  for (const kind of kindsOn(gpu, tensor, "f32").slice(0, EVERY_PROFILE ? 3 : 1)) {
    const backend = tensorsOnGpu(gpu, "f32", kind);
    for (const draw of fc.sample(drawFor(labelsOf(tensor), 5), { numRuns: 5, seed: SEED })) {
      const inputs = inputsFor(tensor, draw);
      const size = Object.fromEntries(tensor.axes.map((axis) => [axis, draw.size[axis] as number]));
      const want = tensorReference(declaration, { inputs, params: draw.params, size });
      const operands = Object.fromEntries(
        Object.entries(inputs).map(([input, { shape, data }]) => [input, { ...dense(shape), data }]),
      );
      const output = { ...dense(want.shape), length: want.data.length };
      const got = await backend.run(
        { tensor, reference: () => want.data, slack: 0 },
        { inputs: operands, params: draw.params, output },
      );
      for (const [i, value] of want.data.entries()) {
        const error = Math.abs((got[i] as number) - value);
        const limit = 1e-4 * Math.max(1, Math.abs(value));
        expect(
          error,
          `${seedLine}, ${backend.name}, ${JSON.stringify(draw)}: ${got[i]}, not ${value}\n${source}`,
        ).toBeLessThanOrEqual(limit);
      }
    }
  }
});
