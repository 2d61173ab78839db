/**
 * Kernels with subgroup matrices: Tint accepts every one. Dawn's null backend, which runs nothing, has the feature, so
 * that no device is needed. Run, with the matrices emulated: test/gpu/conformance-matrices.test.ts.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { create } from "webgpu";
import { type KernelKind, KINDS, kindOf, TRIAL_KINDS } from "../../backends/wgsl/index.js";
import { MATRIX_SHAPES, matrixMemory, matrixName } from "../../backends/wgsl/matrix-shape.js";
import type { SubgroupMatrix } from "../../compiler/plan/manifest.js";
import { HEAD_DIMS, valueDimOf } from "../conformance/cases.js";
import { emulatedKernel } from "../conformance/emulated-matrices.js";
import { kernelOf } from "../conformance/on-gpu.js";
import { variants } from "../conformance/variants.js";

// Dawn crashes once this is collected.
const dawn = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
const FEATURES = ["subgroups", "shader-f16", "chromium-experimental-subgroup-matrix"] as GPUFeatureName[];
type MatrixKind = KernelKind & { readonly subgroupMatrix: SubgroupMatrix };
const kinds = TRIAL_KINDS as readonly MatrixKind[];

let device: GPUDevice;
beforeAll(async () => {
  const adapter = await dawn.requestAdapter();
  if (!adapter) throw new Error("Dawn offers no null adapter");
  device = await adapter.requestDevice({ requiredFeatures: FEATURES });
});

/** What Tint says of a shader, and Dawn of a pipeline. */
async function faultsOf(code: string, withPipeline = false): Promise<string[]> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const { messages } = await module.getCompilationInfo();
  if (withPipeline) device.createComputePipeline({ layout: "auto", compute: { module } });
  const fault = await device.popErrorScope();
  const said = messages.map(({ type, lineNum, message }) => `${type}, line ${lineNum}: ${message}`);
  return said.length === 0 && fault ? [fault.message] : said;
}

const firstKernel = (kind: KernelKind) => kernelOf([...variants.values()][0]?.plan as never, 64, 64, kind);

describe.each(kinds.map((kind) => [matrixName(kind.subgroupMatrix), kind] as const))("%s", (_, kind) => {
  it.each([...variants.values()].map(({ name, plan }) => [name, plan] as const))("%s", async (name, plan) => {
    for (const headDim of HEAD_DIMS) {
      const { code } = kernelOf(plan, headDim, valueDimOf(name, headDim), kind);
      expect(await faultsOf(code)).toEqual([]);
    }
  });

  it("makes a pipeline, where its memory is what every device has", async () => {
    const { code, kernel } = kernelOf([...variants.values()][0]?.plan as never, 16, 256, kind);
    const { maxComputeWorkgroupStorageSize = 0 } = kernel.limits;
    const faults = await faultsOf(code, true);
    if (maxComputeWorkgroupStorageSize <= 16_384) expect(faults).toEqual([]);
    else expect(faults.join()).toContain(`${maxComputeWorkgroupStorageSize}`);
  });

  it("states what it needs", () => {
    const { code, kernel } = firstKernel(kind);
    expect(kernel.features).toEqual(["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"]);
    expect(kernel.subgroupMatrix).toEqual(kind.subgroupMatrix);
    expect(kernel.workgroupSize).toBe(128);
    expect(kernel.limits.maxComputeWorkgroupStorageSize).toBeLessThanOrEqual(32_768);
    expect(code).toContain("@workgroup_size(128)");
    expect(kernel.file).toBe(
      `${kernel.file.split(".")[0]}.d64-v64.f16.matrices${matrixName(kind.subgroupMatrix)}.wgsl`,
    );
  });

  it("counts its workgroup memory as Tint does", async () => {
    const { code, kernel } = firstKernel(kind);
    const bytes = { f16: 2, f32: 4, i32: 4 } as const;
    const arrays = [...code.matchAll(/var<workgroup> \w+: array<(f16|f32|i32), (\d+)>;/g)];
    const sum = arrays.reduce((total, [, type, length]) => total + bytes[type as "f16"] * Number(length), 0);
    expect(kernel.limits.maxComputeWorkgroupStorageSize).toBe(sum);
  });
});

describe("what Tint would not accept", () => {
  const { code } = firstKernel(kindOf("f16-matrices"));
  const faults: readonly (readonly [string, (code: string) => string, RegExp])[] = [
    [
      "columns for rows",
      (text) => text.replace("matrix_right<f16, 16, 16>", "matrix_right<f16, 16, 8>"),
      /no matching call/,
    ],
    [
      "a product stored as halves",
      (text) => text.replace("Store<row_major>(&products", "Store<row_major>(&weights"),
      /stride of the array/,
    ],
    [
      "blocks shared out by invocation",
      (text) => text.replaceAll("block = subgroup", "block = lane"),
      /subgroup uniform control flow/,
    ],
    [
      "a barrier that some subgroups miss",
      (text) => text.replace("var sum = Product();", "workgroupBarrier();\n$&"),
      /'workgroupBarrier' must only be called from uniform control flow/,
    ],
    [
      "no directive",
      (text) => text.replace("enable chromium_experimental_subgroup_matrix;", ""),
      /chromium_experimental_subgroup_matrix/,
    ],
  ];
  it.each(faults)("%s", async (_, plant, message) => {
    const planted = plant(code);
    expect(planted).not.toBe(code);
    expect((await faultsOf(planted)).join("\n")).toMatch(message);
  });
  it("a workgroup that is no multiple of the subgroups", async () => {
    const planted = code.replace("@workgroup_size(128)", "@workgroup_size(64)");
    expect((await faultsOf(planted, true)).join("\n")).toMatch(/multiple of the device maxSubgroupSize/);
  });
});

it("the emulation leaves nothing of the matrices", async () => {
  for (const kind of kinds) {
    const { code, kernel } = emulatedKernel(firstKernel(kind));
    expect(await faultsOf(code)).toEqual([]);
    expect(kernel.features).toEqual(["shader-f16", "subgroups"]);
  }
});

it("queries stay in workgroup memory wherever that takes no more than 32 KiB", () => {
  const kept = MATRIX_SHAPES.map((shape) => [64, 128, 192, 256].map((dim) => matrixMemory(shape, dim).holdsQueries));
  expect(kept).toEqual([
    [true, true, true, true],
    [true, true, true, true],
    [true, true, false, false],
  ]);
});

it("is taken by name only", () => {
  expect(KINDS.some(({ subgroupMatrix }) => subgroupMatrix)).toBe(false);
  expect(kindOf("f16-matrices")).toBe(TRIAL_KINDS[0]);
});
