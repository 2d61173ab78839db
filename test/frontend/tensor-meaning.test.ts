/** A translated tensor operation means what its function means: both are computed for random sizes, params and inputs. */
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { interpretTensor } from "../../backends/interpreter/tensor.js";
import { renderAll } from "../../compiler/diagnostics/render.js";
import { createReader } from "../../compiler/frontend/read.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { type AnyTensor, tensorReference } from "../../dsl/index.js";
import * as fixtures from "./fixtures/tensors.js";

const file = join(import.meta.dirname, "fixtures/tensors.ts");
const { tensors, diagnostics } = createReader().read(file);
const declarations: ReadonlyMap<string, AnyTensor> = new Map(Object.entries(fixtures));

test("the fixtures have no faults", () => {
  expect(renderAll(diagnostics, { color: false })).toBe("");
  expect(tensors.map(({ name }) => name)).toEqual(expect.arrayContaining([...declarations.keys()]));
});

const MOST = { extent: 4, int: 9 };

/** An extent for every label, a value for every param, and a seed of what the inputs hold. */
function givenFor({ axes, inputs, params }: Tensor) {
  const labels = new Set([...axes, ...inputs.flatMap((input) => input.labels.map(({ name }) => name))]);
  return fc.record({
    size: fc.record(Object.fromEntries([...labels].map((label) => [label, fc.integer({ min: 1, max: MOST.extent })]))),
    params: fc.record(
      Object.fromEntries(
        params.map(({ name, type, min = -MOST.int, max = MOST.int }) => {
          const quarters = fc.integer({ min: min * 4, max: max * 4 }).map((n) => n / 4);
          return [name, type === "int" ? fc.integer({ min, max }) : quarters];
        }),
      ),
    ),
    seed: fc.nat(1000),
  });
}

const mixed = (i: number, seed: number) => Math.imul(i + 31 * seed + 17, 0x9e3779b1) >>> 8;

/** Small numbers that f32 holds exactly. */
const values = (type: "int" | "float", shape: readonly number[], seed: number) => ({
  shape,
  data: Float64Array.from(
    { length: shape.reduce((count, extent) => count * extent, 1) },
    (_, i) => (mixed(i, seed) % 17) - 8,
  ).map((value) => (type === "int" ? value : value / 4)),
});

test.each(tensors.map((tensor) => [tensor.name, tensor] as const))("%s", (name, tensor) => {
  fc.assert(
    fc.property(givenFor(tensor), ({ size, params, seed }) => {
      const extent = (label: string) => size[label] as number;
      const inputs = Object.fromEntries(
        tensor.inputs.map((input, i) => {
          const shape = input.labels.map((label) => extent(label.name));
          return [input.name, values(input.type, shape, seed + i)];
        }),
      );
      const axes = Object.fromEntries(tensor.axes.map((axis) => [axis, extent(axis)]));
      const want = tensorReference(declarations.get(name) as AnyTensor, { inputs, params, size: axes });
      const plan = { tensor, constants: new Map(), schedule: { kind: "map" } } as const;
      const got = interpretTensor(plan, { inputs, params, shape: want.shape });
      expect(got).toHaveLength(want.data.length);
      for (const [i, value] of want.data.entries()) {
        const error = Math.abs((got[i] as number) - value);
        expect(error, `element ${i}: ${got[i]} for ${value}`).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(value)));
      }
    }),
    { numRuns: 60 },
  );
});
