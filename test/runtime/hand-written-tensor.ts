/** A small tensor kernel written by hand that obeys the manifest: picked rows times a matrix, an invocation per element. For launcher tests only. */
import type {
  TensorDispatch,
  TensorManifest,
  TensorManifestKernel,
  UniformField,
} from "../../compiler/plan/manifest.js";
import type { TensorInput } from "../../compiler/plan/tensor.js";
import type { CompiledTensor } from "../../runtime/index.js";

const WORKGROUP = 4;

const axis = (name: string) => ({ name, tie: "axis" as const });
const free = (name: string) => ({ name, tie: "free" as const });

const INPUTS: readonly TensorInput[] = [
  { name: "rows", type: "int", labels: [free("n")], isExact: false },
  { name: "x", type: "float", labels: [free("s"), free("k")], isExact: false },
  { name: "weight", type: "float", labels: [axis("c"), free("k")], isExact: false },
  { name: "bias", type: "float", labels: [axis("c")], isExact: true },
];

function fieldsOf(): UniformField[] {
  const strides = INPUTS.flatMap(({ name, labels }) => [
    `input_${name}_offset`,
    ...labels.map((_, i) => `input_${name}_stride_${i}`),
  ]);
  const integers = [
    ...["first", "total", "count", "size_t", "size_c", "size_n", "size_s", "size_k"],
    ...strides,
    ...["output_offset", "output_stride_0", "output_stride_1", "param_shift", "no_unroll"],
  ];
  const all = [
    ...integers.map((name) => ({ name, type: "i32" as const })),
    { name: "param_gain", type: "f32" as const },
  ];
  return all.map((field, i) => ({ ...field, offset: i * 4 }));
}

export interface HandWrittenTensor {
  readonly kernel?: Partial<TensorManifestKernel>;
  readonly manifest?: Partial<TensorManifest>;
}

/** `output(t, c) = gain * sum over k of x(rows(t + shift), k) * weight(c, k) + bias(c)`; indices are clamped. */
export function handWrittenTensor(options: HandWrittenTensor = {}): CompiledTensor {
  const fields = fieldsOf();
  const dispatch: TensorDispatch = { kind: "elements", perWorkgroup: WORKGROUP };
  const kernel: TensorManifestKernel = {
    file: "pick.f32.baseline.wgsl",
    entryPoint: "main",
    profile: "baseline",
    dtype: "f32",
    workgroupSize: WORKGROUP,
    dispatch,
    features: [],
    limits: { maxComputeInvocationsPerWorkgroup: WORKGROUP, maxStorageBuffersPerShaderStage: 5 },
    bindings: [
      { name: "uniforms", type: "uniform" },
      ...INPUTS.map(({ name }) => ({ name, type: "read-only-storage" as const })),
      { name: "output", type: "storage" },
    ],
    uniforms: { size: Math.ceil((fields.length * 4) / 16) * 16, fields },
    ...options.kernel,
  };
  const manifest: TensorManifest = {
    schema: 1,
    kind: "tensor",
    mscc: "0.1.0",
    name: "pick",
    source: "test/pick.ts",
    sentence: "Picked rows times a matrix.",
    axes: ["t", "c"],
    params: [
      { name: "gain", type: "float", default: 1 },
      { name: "shift", type: "int", min: 0, default: 0 },
    ],
    inputs: INPUTS,
    isExact: false,
    text: ["sum0 = sum over sum0.k < size.k of x(rows(at.t + shift), sum0.k) * weight(at.c, sum0.k)"],
    schedule: "map",
    ranges: [{ name: "sum0.k", text: "size.k", extent: "size.k" }],
    checks: [{ kind: "int32", text: "t + shift", expression: ["add", "at.t", "shift"] }],
    kernels: [kernel],
    ...options.manifest,
  };
  return { manifest, kernel, code: codeOf(fields, kernel, manifest) };
}

function codeOf(
  fields: readonly UniformField[],
  { dtype, bindings }: TensorManifestKernel,
  { isExact }: TensorManifest,
) {
  const types: { readonly [name: string]: string } = {
    ...{ uniforms: "Uniforms", rows: "array<i32>", bias: "array<f32>" },
    output: `array<${isExact ? "f32" : dtype}>`,
  };
  const space = { uniform: "uniform", "read-only-storage": "storage, read", storage: "storage, read_write" };
  const declared = bindings.map(
    ({ name, type }, i) =>
      `@group(0) @binding(${i}) var<${space[type]}> ${name === "uniforms" ? "u" : name}: ${types[name] ?? `array<${dtype}>`};`,
  );
  return `${dtype === "f16" ? "enable f16;\n" : ""}struct Uniforms {
${fields.map(({ name, type }) => `  ${name}: ${type},`).join("\n")}
}
${declared.join("\n")}
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) lane: u32) {
  let workgroup = i32(wid.x + wid.y * nwg.x) + u.first;
  if (workgroup >= u.total) { return; }
  let i = workgroup * ${WORKGROUP} + i32(lane);
  if (i >= u.count) { return; }
  let t = i / u.size_c;
  let c = i % u.size_c;
  let row = clamp(rows[u.input_rows_offset + clamp(t + u.param_shift, 0, u.size_n - 1) * u.input_rows_stride_0], 0, u.size_s - 1);
  var sum = 0.0;
  for (var k = 0; k < u.size_k; k++) {
    sum += f32(x[u.input_x_offset + row * u.input_x_stride_0 + k * u.input_x_stride_1]) * f32(weight[u.input_weight_offset + c * u.input_weight_stride_0 + k * u.input_weight_stride_1]);
  }
  output[u.output_offset + t * u.output_stride_0 + c * u.output_stride_1] = ${isExact ? "f32" : dtype}(u.param_gain * sum + bias[u.input_bias_offset + c * u.input_bias_stride_0]);
}
`;
}
