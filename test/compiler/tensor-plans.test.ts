/** Whatever the schedule: executing the plan of an operation gives what its declared function gives. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { interpretTensor } from "../../backends/interpreter/tensor.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { planTensor } from "../../compiler/schedule/tensor-schedule.js";
import { tensorReference } from "../../dsl/index.js";
import { tensorsOf } from "../frontend/sources.js";
import { drawFor, inputsFor, labelsOf, randomTensors, seedLine } from "./random-tensors.js";

const drawn = [...randomTensors("plans", 80), ...randomTensors("products", 30, { isProduct: true })];
const tensors = tensorsOf(drawn.map(({ source }) => source).join("\n"));

test("every schedule is among the operations that are drawn", () => {
  const kinds = [...tensors.values()].map((tensor) => planTensor(tensor).schedule.kind);
  const count = (kind: string) => kinds.filter((each) => each === kind).length;
  const counts = ["map", "reduce", "contraction"].map((kind) => `${count(kind)} ${kind}`);
  console.log(`${seedLine}: ${counts.join(", ")}`);
  for (const kind of ["map", "reduce", "contraction"]) expect(count(kind)).toBeGreaterThan(10);
});

test.each(drawn.map((each) => [each.name, each] as const))("%s", (name, { source, declaration }) => {
  const tensor = tensors.get(name) as Tensor;
  const plan = planTensor(tensor);
  fc.assert(
    fc.property(drawFor(labelsOf(tensor)), (draw) => {
      const inputs = inputsFor(tensor, draw);
      const size = Object.fromEntries(tensor.axes.map((axis) => [axis, draw.size[axis] as number]));
      const want = tensorReference(declaration, { inputs, params: draw.params, size });
      for (const each of [plan, { ...plan, schedule: { kind: "map" } as const }]) {
        const got = interpretTensor(each, { inputs, params: draw.params, shape: want.shape });
        for (const [i, value] of want.data.entries()) {
          const error = Math.abs((got[i] as number) - value);
          expect(error, `${source}\n${each.schedule.kind}: ${got[i]}, not ${value}`).toBeLessThanOrEqual(
            1e-4 * Math.max(1, Math.abs(value)),
          );
        }
      }
    }),
    { numRuns: 15 },
  );
});
