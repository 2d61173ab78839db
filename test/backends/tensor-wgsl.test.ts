/** Tensor operations in WGSL: naga and Tint accept every kernel, kernels keep to the portable limits, and small ones read as they should. */
import { parseWgsl, validate } from "naga-wasm";
import { beforeAll, describe, expect, it } from "vitest";
import { create } from "webgpu";
import { emitTensorWgsl, tensorKinds } from "../../backends/wgsl/tensor/index.js";
import type { TensorPlan } from "../../compiler/plan/tensor.js";
import * as plans from "./fixtures/tensor-plans.js";

// Dawn crashes once this is collected. Its null backend runs nothing but has every feature.
const dawn = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);

let device: GPUDevice;
beforeAll(async () => {
  const adapter = await dawn.requestAdapter();
  if (!adapter) throw new Error("Dawn offers no null adapter");
  device = await adapter.requestDevice({ requiredFeatures: ["subgroups", "shader-f16"] as GPUFeatureName[] });
});

/** Throws naga's report; naga takes the builtins of subgroups without their directive. */
function naga(code: string): void {
  try {
    const module = parseWgsl(code.replace("enable subgroups;", ""));
    validate(module).free();
    module.free();
  } catch (error) {
    throw new Error((error as { readonly formatted?: string }).formatted ?? String(error));
  }
}

/** What Tint says of a shader, and Dawn of its pipeline. */
async function faultsOf(code: string): Promise<string[]> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const { messages } = await module.getCompilationInfo();
  device.createComputePipeline({ layout: "auto", compute: { module } });
  const fault = await device.popErrorScope();
  const said = messages.map(({ type, lineNum, message }) => `${type}, line ${lineNum}: ${message}`);
  return said.length === 0 && fault ? [fault.message] : said;
}

const made: TensorPlan[] = [...Object.values(plans).map((make) => make()), plans.pooling({ r: 2 })];
const cases = made.flatMap((plan) =>
  tensorKinds(plan).flatMap((kind) =>
    (["f32", "f16"] as const).map(
      (dtype) => [`${plan.tensor.name} ${dtype} ${kind.subgroupSize ?? "baseline"}`, plan, { dtype, kind }] as const,
    ),
  ),
);
const kernel = (plan: TensorPlan, subgroupSize?: 4 | 8) =>
  emitTensorWgsl(plan, {
    dtype: "f32",
    kind: subgroupSize ? { profile: "subgroups", subgroupSize } : { profile: "baseline" },
  });
const statements = (code: string) => code.replace(/\/\/.*$/gm, "");
/** The entry point's body. */
const main = (code: string) => code.slice(code.indexOf(") {\n", code.indexOf("fn main(")) + 4, code.lastIndexOf("}"));

describe.each(cases)("%s", (_, plan, options) => {
  const { code, kernel: made } = emitTensorWgsl(plan, options);

  it("is valid for naga and for Tint", async () => {
    naga(code);
    expect(await faultsOf(code)).toEqual([]);
  });

  it("keeps to the portable limits, and its manifest says what it needs", () => {
    expect(made.workgroupSize).toBeLessThanOrEqual(256);
    expect(code).toContain(`@workgroup_size(${made.workgroupSize})`);
    expect(made.limits.maxComputeWorkgroupStorageSize).toBeLessThanOrEqual(16_384);
    expect([...code.matchAll(/var<storage/g)]).toHaveLength(made.bindings.length - 1);
    expect(made.limits.maxStorageBuffersPerShaderStage).toBe(made.bindings.length - 1);
    const members = /struct Uniforms \{([^}]*)\}/.exec(code)?.[1] ?? "";
    expect(made.uniforms.fields.map(({ name, type }) => `${name}: ${type}`)).toEqual(
      members.split(",").flatMap((member) => member.trim() || []),
    );
    expect(made.features).toEqual([
      ...(options.dtype === "f16" ? ["shader-f16"] : []),
      ...(options.kind.subgroupSize ? ["subgroups"] : []),
    ]);
  });

  it("is the same every time, tests for no infinity and no NaN", () => {
    expect(emitTensorWgsl(plan, options).code).toBe(code);
    expect(statements(code)).not.toMatch(/\b(isnan|isinf|inf|nan|infinity)\b/i);
  });
});

describe("map", () => {
  it("names what stands in a value twice, and clamps only indices that may leave an input", () => {
    expect(main(kernel(plans.nested()).code)).toMatchInlineSnapshot(`
      "  let work = u.first + workgroup.x + workgroup.y * workgroups.x;
        if (work >= u.total) {
          return;
        }
        let element = work * 64u + lane;
        if (element >= u.count) {
          return;
        }
        let at_r = i32(element);
        var sum0 = 0.0;
        for (var sum0_m = 0; sum0_m < u.size_j; sum0_m++) {
          sum0 += read_x(0, sum0_m);
        }
        var sum2 = 0.0;
        for (var sum2_i = 0; sum2_i < u.size_i; sum2_i++) {
          let part_max1_0 = read_shift(at_r);
          var max1 = -3.4028234663852886e38f;
          for (var max1_j = 0; max1_j < u.size_j; max1_j++) {
            max1 = max(max1, read_x(sum2_i, min(max(max1_j + part_max1_0, 0), u.size_j - 1)) * sum0);
          }
          sum2 += max1;
        }
        output[u.output_offset + u32(at_r) * u.output_stride_0] = sum2 - sum0;
      "
    `);
  });

  it("keeps loops over constants from being unrolled, and no uniform for what was compiled in", () => {
    const { code } = kernel(plans.pooling({ r: 2 }));
    expect(code).toContain("for (var sum0_dx = 0; sum0_dx < i32(times(u32(2))); sum0_dx++) {");
    expect(code).not.toContain("param_r");
    expect(kernel(plans.pooling()).code).toContain("sum0_dx < u.param_r;");
  });

  it("finds the coordinates of an element without more divisions than axes", () => {
    const { code } = kernel(plans.ramp());
    expect([...code.matchAll(/ \/ u32\(/g)]).toHaveLength(5);
  });
});

describe("reduce", () => {
  it("computes sums that do not read each other in one loop, and what a row fixes before its elements", () => {
    expect(main(kernel(plans.layerNorm()).code)).toMatchInlineSnapshot(`
      "  let row = u.first + workgroup.x + workgroup.y * workgroups.x;
        if (row >= u.total) {
          return;
        }
        let beyond_at_y = row / u32(u.size_y);
        let at_y = i32(row - beyond_at_y * u32(u.size_y));
        let at_t = i32(beyond_at_y);
        var share_of_sum0 = 0.0;
        var share_of_sum1 = 0.0;
        for (var block_of_sum0 = lane; block_of_sum0 < u32(u.size_c); block_of_sum0 += 16384u) {
          let end_of_sum0 = min(block_of_sum0 + 16384u, u32(u.size_c));
          var block_share_of_sum0 = 0.0;
          var block_share_of_sum1 = 0.0;
          for (var element_of_sum0 = block_of_sum0; element_of_sum0 < end_of_sum0; element_of_sum0 += 64u) {
            let sum0_k = i32(element_of_sum0);
            let part_sum0_0 = read_x(at_t, at_y, sum0_k);
            block_share_of_sum0 += part_sum0_0;
            block_share_of_sum1 += part_sum0_0 * part_sum0_0;
          }
          share_of_sum0 += block_share_of_sum0;
          share_of_sum1 += block_share_of_sum1;
        }
        let sum0 = sum_of_shares(share_of_sum0, lane);
        let sum1 = sum_of_shares(share_of_sum1, lane);
        let part_value_0 = sum0 / f32(u.size_c);
        let part_value_1 = sqrt(sum1 / f32(u.size_c) - part_value_0 * part_value_0 + 9.999999974752427e-7f);
        for (var column = lane; column < u32(u.size_c); column += 64u) {
          let at_c = i32(column);
          output[u.output_offset + u32(at_t) * u.output_stride_0 + u32(at_y) * u.output_stride_1 + u32(at_c) * u.output_stride_2] = (read_x(at_t, at_y, at_c) - part_value_0) / part_value_1 * (1.0f + read_scale(at_t, at_c));
        }
      "
    `);
  });

  it("computes a sum that reads the largest after it", () => {
    const { code } = kernel(plans.softmax());
    expect(code).toMatch(/let max0 = max_of_shares[\s\S]*share_of_sum1 \+= exp\(read_x\(at_r, sum1_k\) - max0\);/);
    expect([...code.matchAll(/_of_shares\(share_of/g)]).toHaveLength(2);
  });

  it("has loops within shared sums and within elements", () => {
    expect(main(kernel(plans.loopsInRows()).code)).toMatchInlineSnapshot(`
      "  let row = u.first + workgroup.x + workgroup.y * workgroups.x;
        if (row >= u.total) {
          return;
        }
        let at_r = i32(row);
        var share_of_sum1 = 0.0;
        var share_of_sum2 = 0.0;
        for (var block_of_sum1 = lane; block_of_sum1 < u32(u.size_k); block_of_sum1 += 16384u) {
          let end_of_sum1 = min(block_of_sum1 + 16384u, u32(u.size_k));
          var block_share_of_sum1 = 0.0;
          var block_share_of_sum2 = 0.0;
          for (var element_of_sum1 = block_of_sum1; element_of_sum1 < end_of_sum1; element_of_sum1 += 64u) {
            let sum1_k = i32(element_of_sum1);
            var max0 = -3.4028234663852886e38f;
            for (var max0_j = 0; max0_j < u.size_j; max0_j++) {
              max0 = max(max0, read_x(at_r, sum1_k, max0_j));
            }
            block_share_of_sum1 += max0;
            block_share_of_sum2 += read_x(at_r, sum1_k, 0);
          }
          share_of_sum1 += block_share_of_sum1;
          share_of_sum2 += block_share_of_sum2;
        }
        let sum1 = sum_of_shares(share_of_sum1, lane);
        let sum2 = sum_of_shares(share_of_sum2, lane);
        for (var column = lane; column < u32(u.size_a * u.size_b); column += 64u) {
          let beyond_at_b = column / u32(u.size_b);
          let at_b = i32(column - beyond_at_b * u32(u.size_b));
          let at_a = i32(beyond_at_b);
          var sum3 = 0.0;
          for (var sum3_m = 0; sum3_m < u.size_m; sum3_m++) {
            sum3 += read_y(at_a, at_b, sum3_m) * sum2;
          }
          output[u.output_offset + u32(at_r) * u.output_stride_0 + u32(at_a) * u.output_stride_1 + u32(at_b) * u.output_stride_2] = sum1 + sum3;
        }
      "
    `);
  });
});

describe("contraction", () => {
  it("computes the prologue where tiles are staged, what a term alone decides once", () => {
    const { code } = kernel(plans.patchify());
    expect(code.slice(code.indexOf("struct Row"), code.indexOf("// Four rows"))).toMatchInlineSnapshot(`
      "struct Row {
        at_y: i32,
        at_x: i32,
      }

      fn row_of(n: u32) -> Row {
        var row: Row;
        let beyond_at_x = n / u32(u.size_x);
        row.at_x = i32(n - beyond_at_x * u32(u.size_x));
        row.at_y = i32(beyond_at_x);
        return row;
      }

      struct Column {
        at_c: i32,
      }

      fn column_of(n: u32) -> Column {
        var column: Column;
        column.at_c = i32(n);
        return column;
      }

      struct Term {
        sum0_k: i32,
        part_0: i32,
        part_1: i32,
        part_2: i32,
      }

      fn term_of(n: u32) -> Term {
        var term: Term;
        term.sum0_k = i32(n);
        term.part_0 = floor_div(floor_div(term.sum0_k, u.size_channel), u.param_p);
        term.part_1 = floor_div(term.sum0_k, u.size_channel) % u.param_p;
        term.part_2 = min(max(term.sum0_k % u.size_channel, 0), u.size_channel - 1);
        return term;
      }

      fn left(row: Row, term: Term) -> f32 {
        return read_clip(min(max(row.at_y * u.param_p + term.part_0, 0), u.size_height - 1), min(max(row.at_x * u.param_p + term.part_1, 0), u.size_width - 1), term.part_2);
      }

      fn right(column: Column, term: Term) -> f32 {
        return read_weight(column.at_c, term.sum0_k);
      }

      // The epilogue of one element.
      fn store(row: Row, column: Column, sum0: f32) {
        output[u.output_offset + u32(row.at_y) * u.output_stride_0 + u32(row.at_x) * u.output_stride_1 + u32(column.at_c) * u.output_stride_2] = sum0;
      }

      "
    `);
  });

  it("stages along the dimension that lies innermost", () => {
    const { code } = kernel(plans.batched());
    expect([...code.matchAll(/let k = (.*);\n\s*let quad = (.*);/g)].map(([, k, quad]) => [k, quad])).toEqual([
      ["lane % 8u", "lane / 8u + 8u * i"],
      ["lane / 16u + 4u * i", "lane % 16u"],
    ]);
  });

  it("says which axes make its tiles", () => {
    expect(kernel(plans.batched()).kernel.dispatch).toEqual({
      kind: "tiles",
      batch: ["b", "h"],
      rows: ["i"],
      columns: ["j"],
      tile: [64, 64],
    });
    expect(kernel(plans.linear(), 8).kernel.dispatch).toMatchObject({ rows: ["t", "y", "x"], tile: [32, 16] });
    expect(kernel(plans.linear(), 4).kernel.dispatch).toMatchObject({ tile: [16, 16] });
  });

  it("passes columns on by shuffles where subgroups are small, without workgroup memory or barriers", () => {
    const { code, kernel: made } = kernel(plans.linear(), 8);
    expect(made).toMatchObject({ profile: "subgroups", subgroupSize: 8, workgroupSize: 8 });
    expect(made.limits.maxComputeWorkgroupStorageSize).toBe(0);
    expect(code).not.toMatch(/var<workgroup>|Barrier/);
    expect([...code.matchAll(/subgroupShuffle\(/g)]).toHaveLength(16 * 4);
  });
});

it("stores exact operands as f32 in f16 kernels", () => {
  const { code } = emitTensorWgsl(plans.layerNorm(), { dtype: "f16" });
  expect(code).toContain("input_x: array<f16>");
  expect(code).toContain("input_scale: array<f32>");
  expect(code).toContain("output: array<f16>");
  expect(emitTensorWgsl(plans.ramp(), { dtype: "f16" }).code).toContain("output: array<f32>");
  expect(emitTensorWgsl(plans.nested(), { dtype: "f16" }).code).toContain("input_shift: array<i32>");
});

it("says in its header what it computes", () => {
  expect(kernel(plans.softmax()).code.split("\n\n")[0]).toMatchInlineSnapshot(`
    "// Generated by mscc from test/ops.ts; do not edit.
    // softmax: What softmax computes.
    // max0 = max over max0.k < size.c of x(at.r, max0.k)
    // sum1 = sum over sum1.k < size.c of exp(x(at.r, sum1.k) - max0)
    // value: exp(x(at.r, at.c) - max0) / sum1
    // One workgroup of 64 invocations computes one row: max0, sum1 together, then each every 64th of its elements."
  `);
});
