/**
 * The tensor cases on the device: every operation of the model, what its presets fuse, and the forms of the language. In the
 * gate an operation runs as the kind that the device runs best, reductions and some products as the baseline too; with
 * MSCC_CONFORMANCE=profiles everything runs as everything.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TensorKind, tensorKinds } from "../../backends/wgsl/tensor/index.js";
import { planTensor } from "../../compiler/schedule/tensor-schedule.js";
import { type Gpu, openGpu, runTensor } from "../../runtime/index.js";
import { EVERY_PROFILE } from "../conformance/cases.js";
import { SEED } from "../conformance/random.js";
import { MODEL, nameOf } from "../conformance/tensor-cases.js";
import { type Operation, operations, tensorCases } from "../conformance/tensor-operations.js";
import { runTensorCase } from "../conformance/tensors.js";
import { kindsOn, tensorKernelOf, tensorsOnGpu } from "../conformance/tensors-on-gpu.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const isSwiftShader = process.env.MSCC_DRIVER === "swiftshader";
const dtypes = isSwiftShader ? (["f32"] as const) : (["f32", "f16"] as const);
const lines: string[] = [];
afterAll(() =>
  console.log([`${process.env.MSCC_DRIVER}, seed ${SEED}: worst errors of tensor operations`, ...lines].join("\n")),
);

const kindName = ({ profile, subgroupSize }: TensorKind) => `${profile}${subgroupSize ?? ""}`;
const short = (value: number) => value.toExponential(1).padStart(8);

/** The products that the gate runs as every kind that the device has: the plain one, and one of several ranges and spaces. */
const ALL_KINDS: ReadonlySet<string> = new Set(["linear", "convolution"]);
/** Not the forms of the language as halves, which they do not change. */
const isInGate = (name: string, dtype: "f32" | "f16", kind: TensorKind): boolean => {
  if (EVERY_PROFILE) return true;
  const { schedule } = planTensor((operations.get(name) as Operation).tensor);
  if (schedule.kind === "map") return dtype === "f32" || name in MODEL;
  if (kind.subgroupSize === (isSwiftShader ? 4 : 8)) return true;
  if (schedule.kind === "reduce" && kind.profile === "baseline") return dtype === "f32" || name in MODEL;
  return dtype === "f32" && ALL_KINDS.has(name);
};

for (const [name, { tensor }] of operations) {
  const cases = tensorCases.get(name) ?? [];
  describe(name, () => {
    for (const dtype of dtypes) {
      for (const kind of tensorKinds(planTensor(tensor)).filter((each) => isInGate(name, dtype, each))) {
        it(`${dtype}, ${kindName(kind)}`, async ({ skip }) => {
          const isRun = kindsOn(gpu, tensor, dtype).some((each) => kindName(each) === kindName(kind));
          if (!isRun) return skip(`the device does not run ${kindName(kind)}`);
          const backend = tensorsOnGpu(gpu, dtype, kind);
          let worst = { backend: 0, plain: 0, used: 0 };
          for (const each of cases) {
            const outcome = await runTensorCase(backend, each);
            expect(outcome.passed, `${nameOf(each)}: ${JSON.stringify(outcome)}`).toBe(true);
            if (outcome.used >= worst.used) worst = outcome;
          }
          const errors = `${short(worst.backend)}, plain ${short(worst.plain)}, used ${Math.round(100 * worst.used)} %`;
          lines.push(`${`${name}, ${dtype}, ${kindName(kind)}`.padEnd(44)}${errors}`);
        });
      }
    }
  });
}

it("a sum of a million equal terms keeps five digits, as every kind", async () => {
  const { tensor } = operations.get("rowSum") as Operation;
  const terms = 2 ** 20;
  const x = { shape: [2, terms], data: new Float32Array(2 * terms).fill(0.1) };
  for (const kind of kindsOn(gpu, tensor, "f32")) {
    const { output } = await runTensor(gpu, tensorKernelOf(tensor, "f32", kind), { inputs: { x }, shape: [2] });
    for (const sum of output) expect(Math.abs(sum / (Math.fround(0.1) * terms) - 1), kindName(kind)).toBeLessThan(1e-5);
  }
});
