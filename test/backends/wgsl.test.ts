/** Every variant's WGSL: naga, which Firefox and wgpu use, accepts it, and it keeps to what every WebGPU implementation has. */
import { parseWgsl, validate } from "naga-wasm";
import { describe, expect, it } from "vitest";
import { kindOf, wgslTarget } from "../../backends/wgsl/index.js";
import { emitMerge } from "../../backends/wgsl/merge.js";
import { compileAttention } from "../../compiler/compile.js";
import { createReader } from "../../compiler/frontend/read.js";
import { HEAD_DIMS, valueDimOf } from "../conformance/cases.js";
import { kernelOf } from "../conformance/on-gpu.js";
import { variantOf, variants } from "../conformance/variants.js";

/** Throws naga's report, with the lines, where it refuses. */
function naga(code: string): void {
  try {
    const module = parseWgsl(code);
    validate(module).free();
    module.free();
  } catch (error) {
    throw new Error((error as { readonly formatted?: string }).formatted ?? String(error));
  }
}

const BYTES: { readonly [type: string]: number } = { vec4f: 16, vec4u: 16, f32: 4, i32: 4, u32: 4 };

/** Bytes of all `var<workgroup>`: arrays of a known type, every one. */
function workgroupBytes(code: string): number {
  const declared = [...code.matchAll(/var<workgroup>\s+\w+\s*:\s*(.*);/g)];
  return declared.reduce((total, [, type = ""]) => {
    const [, element = "", count] = /^array<(\w+), (\d+)>$/.exec(type) ?? [];
    const bytes = BYTES[element];
    if (bytes === undefined) throw new Error(`this test does not know the size of '${type}'`);
    return total + bytes * Number(count);
  }, 0);
}

const statements = (code: string) => code.replace(/\/\/.*$/gm, "");

describe.each([...variants.values()].map((variant) => [variant.name, variant] as const))("%s", (name, { plan }) => {
  const dims = HEAD_DIMS.map((headDim) => [headDim, valueDimOf(name, headDim)] as const);

  it("is valid for naga", () => {
    for (const [headDim, valueDim] of dims) naga(kernelOf(plan, headDim, valueDim).code);
  });

  it("keeps to the portable limits, and its manifest says what it needs", () => {
    for (const [headDim, valueDim] of dims) {
      const { code, kernel } = kernelOf(plan, headDim, valueDim);
      const memory = workgroupBytes(code);
      expect(memory).toBeLessThanOrEqual(16_384);
      expect(kernel.limits.maxComputeWorkgroupStorageSize).toBe(memory);
      expect(code).toContain(`@workgroup_size(${kernel.workgroupSize})`);
      expect(kernel.workgroupSize).toBeLessThanOrEqual(256);
      const storage = [...code.matchAll(/var<storage/g)].length;
      expect(storage).toBeLessThanOrEqual(8);
      expect(kernel.limits.maxStorageBuffersPerShaderStage).toBe(storage);
      expect(kernel.bindings.filter(({ type }) => type !== "uniform").length).toBe(storage);
      expect(kernel.uniforms.size).toBeLessThanOrEqual(16_384);
      expect(kernel.features).toEqual([]);
    }
  });

  it("enables nothing, and tests for no infinity and no NaN", () => {
    const code = statements(kernelOf(plan, 64, 64).code);
    expect(code).not.toMatch(/^\s*(enable|requires)\b/m);
    expect(code).not.toMatch(/\b(f16|subgroup\w*|isnan|isinf|inf|nan|infinity)\b/i);
    // A number is NaN where it differs from itself.
    expect(code).not.toMatch(/\b(\w+) != \1\b(?![[.(])/);
  });
});

/** LLVM, and so lavapipe, takes a minute to compile an array that holds all rows of an invocation at head dim 256. */
it.each([8, 4])("holds each row in arrays of its own where subgroups of %d hold several", (size) => {
  const { plan } = variantOf("lightCone");
  for (const layout of ["rows", "any"] as const) {
    const { code } = kernelOf(plan, 256, 256, kindOf("subgroups", size), layout);
    const lengths = [...statements(code).matchAll(/array<\w+, (\d+)>/g)].map(([, length]) => Number(length));
    expect(Math.max(...lengths)).toBe(256 / 4);
    expect([...code.matchAll(/var acc_\d+: array<vec4f, 64>/g)]).toHaveLength(32 / size);
  }
});

it("joins splits by a kernel that is valid for naga, and keeps to the portable limits", () => {
  const { code, merge } = emitMerge("f32");
  naga(code);
  expect([...code.matchAll(/var<storage/g)].length).toBe(merge.bindings.length - 1);
  expect(merge.uniforms.fields.map(({ name }) => name)).toEqual(
    [...(/struct Uniforms \{([^}]*)\}/.exec(code)?.[1] ?? "").matchAll(/(\w+): u32/g)].map(([, name]) => name),
  );
});

it("is valid whatever the axes, params and tables are called", () => {
  const { patterns, diagnostics } = createReader().read("test/backends/fixtures/awkward-names.ts");
  expect(diagnostics).toEqual([]);
  for (const pattern of patterns) naga(kernelOf(compileAttention(pattern, { target: wgslTarget }).plan, 8, 8).code);
});
