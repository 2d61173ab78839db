/** A small kernel written by hand that obeys the manifest: naive attention in one or two dimensions, a thread per row. For launcher tests only. */
import { emitMerge } from "../../backends/wgsl/merge.js";
import type { Manifest, ManifestKernel, UniformField } from "../../compiler/plan/manifest.js";
import type { CompiledKernel } from "../../runtime/launcher/index.js";

const OPERANDS = ["q", "k", "v", "output", "lse"] as const;
const TILE = 4;

function fieldsOf(axes: readonly string[], tables: readonly string[]): UniformField[] {
  const i32 = [
    ...["q", "k"].flatMap((side) =>
      ["size", "origin", "extent"].flatMap((part) => axes.map((axis) => `${part}_${side}_${axis}`)),
    ),
    ...["heads", "key_heads", "first_tile", "total_tiles", "head_dim", "value_dim"],
    ...axes.map((axis) => `tiles_${axis}`),
    ...OPERANDS.flatMap((name) => [
      `${name}_offset`,
      ...["batch", "head", ...axes, ...(name === "lse" ? [] : ["dim"])].map((axis) => `${name}_stride_${axis}`),
    ]),
    "param_reach",
    ...tables.flatMap((name) => [`table_${name}_offset`, `table_${name}_extent_0`]),
  ];
  const names = [
    ...i32.map((name) => [name, "i32"] as const),
    ["scale", "f32"] as const,
    ["param_tilt", "f32"] as const,
  ];
  return names.map(([name, type], i) => ({ name, type, offset: i * 4 }));
}

export interface HandWritten {
  readonly headDim?: number;
  readonly valueDim?: number;
  readonly axes?: readonly [string] | readonly [string, string];
  readonly tables?: boolean;
  /** Comes with the kernel that joins splits; it does not split all the same. */
  readonly merge?: boolean;
  readonly kernel?: Partial<ManifestKernel>;
  readonly manifest?: Partial<Manifest>;
}

/** Attends where `|q - k| <= reach` on the last axis; the logit gains `tilt` times the table's bias of the key, or `tilt`. */
export function handWritten(options: HandWritten = {}): CompiledKernel {
  const { headDim = 4, valueDim = headDim, axes = ["x"], tables = false } = options;
  const fields = fieldsOf(axes, tables ? ["shift", "bias"] : []);
  const storage = ["q", "k", "v", ...(tables ? ["tables"] : [])];
  const last = axes.at(-1) as string;
  const joining = emitMerge("f32");
  const kernel: ManifestKernel = {
    file: `near.d${headDim}.baseline.wgsl`,
    entryPoint: "main",
    profile: "baseline",
    dtype: "f32",
    headDim,
    valueDim,
    workgroupSize: TILE,
    queryTile: axes.map((axis) => (axis === last ? TILE : 1)),
    keyTile: axes.map(() => 1),
    features: [],
    limits: { maxComputeInvocationsPerWorkgroup: TILE, maxStorageBuffersPerShaderStage: storage.length + 2 },
    bindings: [
      { name: "uniforms", type: "uniform" },
      ...storage.map((name) => ({ name, type: "read-only-storage" as const })),
      { name: "output", type: "storage" },
      { name: "lse", type: "storage" },
    ],
    uniforms: { size: Math.ceil((fields.length * 4) / 16) * 16, fields },
    ...(options.merge ? { merge: { ...joining.merge, file: "merge.wgsl" } } : {}),
    ...options.kernel,
  };
  const manifest: Manifest = {
    schema: 1,
    mscc: "0.1.0",
    name: "near",
    source: "test/near.ts",
    sentence: "A token sees its neighbours.",
    attend: "abs(q.x - k.x) <= reach",
    axes: { query: axes, key: axes, shared: true },
    params: [
      { name: "reach", type: "int", min: 0, default: 1 },
      { name: "tilt", type: "float", default: 0 },
    ],
    tables: tables
      ? [
          { name: "shift", type: "int", labels: [{ name: "head", tie: "head" }], min: -9, max: 9, sorted: false },
          { name: "bias", type: "float", labels: [{ name: last, tie: "axis" }], sorted: false },
        ]
      : [],
    checks: [],
    kernels: [kernel],
    ...options.manifest,
  };
  const code = codeOf(axes, fields, kernel, tables);
  return { manifest, kernel, code, ...(options.merge ? { merge: joining.code } : {}) };
}

const at = (name: string, dimensions: readonly (readonly [string, string])[]) =>
  [`u.${name}_offset`, ...dimensions.map(([axis, value]) => `u.${name}_stride_${axis} * ${value}`)].join(" + ");

function codeOf(
  axes: readonly string[],
  fields: readonly UniformField[],
  kernel: ManifestKernel,
  tables: boolean,
): string {
  const last = axes.at(-1) as string;
  const outer = axes.length > 1 ? (axes[0] as string) : undefined;
  const query = [["batch", "b"], ["head", "h"], ...(outer ? [[outer, "qo"]] : []), [last, "qx"]] as [string, string][];
  const key = [["batch", "b"], ["head", "kh"], ...(outer ? [[outer, "ko"]] : []), [last, "kx"]] as [string, string][];
  const element = (binding: { name: string }) =>
    binding.name === "uniforms"
      ? "Uniforms"
      : binding.name === "tables"
        ? "array<u32>"
        : `array<${binding.name === "lse" ? "f32" : kernel.dtype}>`;
  const space = { uniform: "uniform", "read-only-storage": "storage, read", storage: "storage, read_write" };
  const bindings = kernel.bindings.map(
    (binding, i) =>
      `@group(0) @binding(${i}) var<${space[binding.type]}> ${binding.name === "uniforms" ? "u" : binding.name}: ${element(binding)};`,
  );
  const bias = tables
    ? `bitcast<f32>(tables[u.table_bias_offset + clamp(kp + bitcast<i32>(tables[u.table_shift_offset + h]), 0, u.table_bias_extent_0 - 1)])`
    : "1.0";
  return `${kernel.dtype === "f16" ? "enable f16;\n" : ""}struct Uniforms {
${fields.map(({ name, type }) => `  ${name}: ${type},`).join("\n")}
}
${bindings.join("\n")}
@compute @workgroup_size(${TILE})
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) lane: u32) {
  var tile = i32(wid.x + wid.y * nwg.x) + u.first_tile;
  if (tile >= u.total_tiles) { return; }
  let qx = (tile % u.tiles_${last}) * ${TILE} + i32(lane);
  tile /= u.tiles_${last};
${outer ? `  let qo = tile % u.tiles_${outer};\n  tile /= u.tiles_${outer};\n` : ""}  let h = tile % u.heads;
  let b = tile / u.heads;
  let kh = h / (u.heads / u.key_heads);
  if (qx >= u.extent_q_${last}) { return; }
  var best = -3.4028234663852886e38;
  var total = 0.0;
  var sum: array<f32, ${kernel.valueDim}>;
${outer ? `  for (var ko = 0; ko < u.extent_k_${outer}; ko++) {\n` : ""}  for (var kx = 0; kx < u.extent_k_${last}; kx++) {
    let kp = u.origin_k_${last} + kx;
    if (abs(u.origin_q_${last} + qx - kp) > u.param_reach) { continue; }
    var s = 0.0;
    for (var d = 0; d < u.head_dim; d++) {
      s += f32(q[${at("q", [...query, ["dim", "d"]])}]) * f32(k[${at("k", [...key, ["dim", "d"]])}]);
    }
    s = s * u.scale + u.param_tilt * ${bias};
    let next = max(best, s);
    let keep = select(exp(best - next), 0.0, total == 0.0);
    let weight = exp(s - next);
    total = total * keep + weight;
    best = next;
    for (var d = 0; d < u.value_dim; d++) {
      sum[d] = sum[d] * keep + weight * f32(v[${at("v", [...key, ["dim", "d"]])}]);
    }
  }
${outer ? "  }\n" : ""}  let seen = total > 0.0;
  for (var d = 0; d < u.value_dim; d++) {
    output[${at("output", [...query, ["dim", "d"]])}] = ${kernel.dtype}(select(0.0, sum[d] / max(total, 1e-30), seen));
  }
  lse[${at("lse", query)}] = select(-3.4028234663852886e38, best + log(max(total, 1e-30)), seen);
}
`;
}
