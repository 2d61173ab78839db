/**
 * The merge kernel: joins what the splits of a launch computed, each over a part of the keys, into output and LSE. It
 * knows nothing of the pattern; rows are a box of up to six dimensions, the innermost last. The weight of a part is as
 * exact as its LSE in f32, about `|LSE| * 2^-24`: what logits of that size are rounded by anyway.
 */
import type { ManifestKernel, ManifestMerge, UniformField } from "../../compiler/plan/manifest.js";
import { uniformSize } from "./interface.js";

/** Batch, heads and up to four axes. */
const RANK = 6;
const WORKGROUP_SIZE = 64;

const dimensions = Array.from({ length: RANK }, (_, i) => i);

const BINDINGS: ManifestMerge["bindings"] = [
  { name: "uniforms", type: "uniform" },
  { name: "parts", type: "read-only-storage" },
  { name: "part_lse", type: "read-only-storage" },
  { name: "output", type: "storage" },
  { name: "lse", type: "storage" },
];

function fieldsOf(): UniformField[] {
  const operand = (name: string, ...more: readonly string[]) => [
    `${name}_offset`,
    ...dimensions.map((i) => `${name}_stride_${i}`),
    ...more.map((each) => `${name}_${each}`),
  ];
  const names = [
    ...["rows", "splits", "value_dim", ...dimensions.slice(1).map((i) => `extent_${i}`)],
    ...operand("parts", "split_stride", "stride_dim"),
    ...operand("part_lse", "split_stride"),
    ...operand("output", "stride_dim"),
    ...operand("lse"),
  ];
  return names.map((name, i) => ({ name, type: "u32", offset: 4 * i }));
}

/** Offset of the row in hand in an operand. */
const rowOf = (name: string) =>
  [`u.${name}_offset`, ...dimensions.map((i) => `i${i} * u.${name}_stride_${i}`)].join(" + ");

/** Coordinates of a row in its box, innermost first. */
const COORDINATES = dimensions
  .slice(1)
  .reverse()
  .map((i) => `  let i${i} = rest % u.extent_${i};\n  rest /= u.extent_${i};`)
  .join("\n");

function emitCode(fields: readonly UniformField[], dtype: ManifestKernel["dtype"]): string {
  const element = (name: string) => (name.includes("lse") ? "f32" : dtype);
  const variables = BINDINGS.slice(1).map(({ name, type }, i) => {
    const access = type === "storage" ? "read_write" : "read";
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${element(name)}>;`;
  });
  return `${DIRECTIVES[dtype] ?? ""}struct Uniforms {
${fields.map(({ name, type }) => `  ${name}: ${type},`).join("\n")}
}

@group(0) @binding(0) var<uniform> u: Uniforms;
${variables.join("\n")}

// LSE of a query that sees nothing.
const LOWEST = -3.4028234663852886e38f;

@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (workgroup.x + workgroup.y * workgroups.x) * ${WORKGROUP_SIZE}u + lane;
  if (index >= u.rows * u.value_dim) {
    return;
  }
  let column = index % u.value_dim;
  var rest = index / u.value_dim;
${COORDINATES}
  let i0 = rest;
  let row_of_parts = ${rowOf("parts")} + column * u.parts_stride_dim;
  let row_of_lse = ${rowOf("part_lse")};

  var highest = LOWEST;
  for (var split = 0u; split < u.splits; split++) {
    highest = max(highest, part_lse[row_of_lse + split * u.part_lse_split_stride]);
  }
  // A part that saw nothing has no weight, whatever exp gives. Where that is all of them, their outputs are 0, and so is
  // their sum: it stands for the result, so that a part without any finite logit is not lost either.
  var total = 0.0;
  var sum = 0.0;
  var sum_of_blind = 0.0;
  var lowest = LOWEST;
  for (var split = 0u; split < u.splits; split++) {
    let value = f32(parts[row_of_parts + split * u.parts_split_stride]);
    let part = part_lse[row_of_lse + split * u.part_lse_split_stride];
    if (part <= LOWEST) {
      sum_of_blind += value;
      lowest = min(lowest, part);
    } else {
      let weight = exp(part - highest);
      total += weight;
      sum += weight * value;
    }
  }
  let is_blind = total == 0.0;
  output[${rowOf("output")} + column * u.output_stride_dim] = ${dtype}(select(sum / total, sum_of_blind, is_blind));
  if (column == 0u) {
    lse[${rowOf("lse")}] = select(highest + log(total), lowest, is_blind);
  }
}
`;
}

/** Lines before everything else, by storage type. */
const DIRECTIVES: { readonly [dtype: string]: string } = { f16: "enable f16;\n\n" };

/** The merge kernel of a storage type; its file is named by whoever writes it. */
export function emitMerge(dtype: ManifestKernel["dtype"]): { readonly code: string; readonly merge: ManifestMerge } {
  const fields = fieldsOf();
  const uniforms = { size: uniformSize(fields), fields };
  const merge = { file: "", entryPoint: "main", workgroupSize: WORKGROUP_SIZE, bindings: BINDINGS, uniforms };
  return { code: emitCode(fields, dtype), merge };
}
