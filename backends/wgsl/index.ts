/** The WGSL backend: plan -> shader text and what a launcher must know of it. It never analyses. */
import { print } from "../../compiler/ir/print.js";
import type { Dtype, ManifestKernel, SubgroupMatrix } from "../../compiler/plan/manifest.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { emitBaseline, WORKGROUP_MEMORY, WORKGROUP_SIZE, wgslTarget } from "./baseline.js";
import { builtinsFor } from "./builtins.js";
import { bindingsOf, emitInterface, emitTables, uniformFields, uniformSize } from "./interface.js";
import { emitMatrices } from "./matrices.js";
import { MATRIX_SHAPES, MATRIX_WORKGROUP_SIZE, matrixMemory, matrixName } from "./matrix-shape.js";
import type { Storage } from "./storage.js";
import { emitSubgroups, SUBGROUP_SIZES } from "./subgroups.js";

export { wgslTarget };

/** Skeletons and storage types by name: the first runs on every WebGPU implementation. */
export type Profile = "baseline" | "subgroups" | "f16" | "f16-subgroups" | "f16-matrices";

/** A kernel that can be made of a plan: its profile and what it needs of subgroups. */
export interface KernelKind {
  readonly profile: Profile;
  /** Storage type of q, k, v and output. */
  readonly dtype: Dtype;
  /** Least invocations of a subgroup of the device; absent where none are used. */
  readonly subgroupSize?: number;
  /** What the subgroups of the device must multiply; absent where no matrices are used. */
  readonly subgroupMatrix?: SubgroupMatrix;
}

const subgroupKinds = (profile: Profile, dtype: Dtype): KernelKind[] =>
  SUBGROUP_SIZES.map((subgroupSize) => ({ profile, dtype, subgroupSize }));

/** Every kind to choose among, best first where a device has all that it needs. */
export const KINDS: readonly KernelKind[] = [
  ...subgroupKinds("subgroups", "f32"),
  { profile: "baseline", dtype: "f32" },
  ...subgroupKinds("f16-subgroups", "f16"),
  { profile: "f16", dtype: "f16" },
];

/** Kinds that were never measured on hardware: a device runs them only where their profile is named. */
export const TRIAL_KINDS: readonly KernelKind[] = MATRIX_SHAPES.map((subgroupMatrix) => ({
  profile: "f16-matrices",
  dtype: "f16",
  subgroupMatrix,
}));

/** Every kind there is. */
export const ALL_KINDS: readonly KernelKind[] = [...KINDS, ...TRIAL_KINDS];

/** The first kind of a profile, or the one for subgroups of that size. */
export function kindOf(profile: Profile, subgroupSize?: number): KernelKind {
  const kinds = ALL_KINDS.filter((kind) => kind.profile === profile);
  const found = subgroupSize === undefined ? kinds[0] : kinds.find((kind) => kind.subgroupSize === subgroupSize);
  if (!found) throw new RangeError(`no kernel of the profile '${profile}' for subgroups of ${subgroupSize}`);
  return found;
}

export interface WgslOptions {
  /** Length of query and key vectors, 1 to 256. */
  readonly headDim: number;
  /** Length of value vectors, 1 to 256. */
  readonly valueDim: number;
  /** By default the baseline of f32. */
  readonly kind?: KernelKind;
  /** `any` for a kernel with subgroups that reads one element at a time, wherever it lies; by default `rows` where it can be. */
  readonly layout?: "rows" | "any";
  /** Keys whose logits an invocation with subgroups holds at a time; by default 16, or 8 for subgroups of 4. */
  readonly group?: number;
}

export interface EmittedKernel {
  readonly code: string;
  readonly kernel: ManifestKernel;
}

/** Elements of rows start at multiples of this for kernels that read four elements at a time. */
const ROW_ALIGNMENT = 4;

/** Lines before everything else. */
const directivesOf = ({ dtype, subgroupSize, subgroupMatrix }: KernelKind): string[] => [
  ...(dtype === "f16" ? ["enable f16;"] : []),
  ...(subgroupMatrix ? ["enable subgroups;", "enable chromium_experimental_subgroup_matrix;"] : []),
  // Tint cannot see that all invocations of a workgroup take the same way: the tile alone decides it.
  ...(subgroupSize ? ["enable subgroups;", "diagnostic(off, subgroup_uniformity);"] : []),
];

/** Features that every kernel of a kind needs. */
export const featuresOf = ({ dtype, subgroupSize, subgroupMatrix }: KernelKind): string[] => [
  ...(dtype === "f16" ? ["shader-f16"] : []),
  ...(subgroupSize || subgroupMatrix ? ["subgroups"] : []),
  ...(subgroupMatrix ? ["chromium-experimental-subgroup-matrix"] : []),
];

/** The skeleton of a kind: its text, its name in file names, its invocations and bytes of workgroup memory. */
function skeletonOf(plan: AttentionPlan, { kind = kindOf("baseline"), ...options }: WgslOptions, storage: Storage) {
  const { headDim, valueDim, group } = options;
  const { subgroupSize, subgroupMatrix: shape } = kind;
  if (shape) {
    const body = emitMatrices(plan, { headDim, valueDim, storage, shape });
    const memory = matrixMemory(shape, headDim).bytes;
    return { body, name: `matrices${matrixName(shape)}`, workgroupSize: MATRIX_WORKGROUP_SIZE, memory };
  }
  if (subgroupSize) {
    const given = { headDim, valueDim, storage, lanes: subgroupSize, ...(group ? { group } : {}) };
    const body = emitSubgroups(plan, given);
    return { body, name: `subgroups${subgroupSize}`, workgroupSize: subgroupSize, memory: 0 };
  }
  const body = emitBaseline(plan, valueDim, storage);
  return { body, name: "baseline", workgroupSize: WORKGROUP_SIZE, memory: WORKGROUP_MEMORY };
}

/** Emits the forward kernel of a plan. */
export function emitWgsl(plan: AttentionPlan, options: WgslOptions): EmittedKernel {
  const { headDim, valueDim, kind = kindOf("baseline"), layout = "rows" } = options;
  const { profile, dtype, subgroupSize, subgroupMatrix } = kind;
  const { pattern } = plan;
  const fields = uniformFields(pattern, plan.constants);
  const bindings = bindingsOf(pattern);
  const wide =
    subgroupSize !== undefined && layout === "rows" && headDim % ROW_ALIGNMENT === 0 && valueDim % ROW_ALIGNMENT === 0;
  const storage: Storage = { dtype, width: wide ? 4 : 1 };
  const { body, name, workgroupSize, memory } = skeletonOf(plan, options, storage);
  const tables = emitTables(plan, body);
  const code = [
    header(plan, headDim, valueDim, dtype),
    directivesOf(kind).join("\n"),
    emitInterface(fields, bindings, storage),
    builtinsFor(`${tables}${body}`),
    tables,
    body,
  ]
    .filter((part) => part.length > 0)
    .join("\n\n");
  const buffers = bindings.filter((binding) => binding.type !== "uniform").length;
  const kernel: ManifestKernel = {
    file: `${pattern.name}.d${headDim}-v${valueDim}.${dtype}.${name}.wgsl`,
    entryPoint: "main",
    profile,
    dtype,
    headDim,
    valueDim,
    workgroupSize,
    queryTile: plan.tiles.query,
    keyTile: plan.tiles.key,
    features: featuresOf(kind),
    ...(wide ? { rowAlignment: ROW_ALIGNMENT } : {}),
    ...(subgroupSize === undefined ? {} : { subgroupSize }),
    ...(subgroupMatrix === undefined ? {} : { subgroupMatrix }),
    limits: {
      maxComputeInvocationsPerWorkgroup: workgroupSize,
      maxComputeWorkgroupSizeX: workgroupSize,
      maxComputeWorkgroupStorageSize: memory,
      maxStorageBuffersPerShaderStage: buffers,
      maxUniformBufferBindingSize: uniformSize(fields),
    },
    bindings,
    uniforms: { size: uniformSize(fields), fields },
  };
  return { code: `${code}\n`, kernel };
}

function header(plan: AttentionPlan, headDim: number, valueDim: number, dtype: Dtype): string {
  const { pattern, tiles } = plan;
  const lines = [
    `Generated by mscc from ${pattern.place.file}; do not edit.`,
    `${pattern.name}: ${pattern.sentence}`,
    `attend: ${print(pattern.attend)}`,
    ...(pattern.score ? [`score: ${print(pattern.score)}`] : []),
    `Fused forward attention, online softmax, ${dtype === "f32" ? "f32" : "f16 stored and f32 within"}; head dim ${headDim}, value dim ${valueDim}; one workgroup computes`,
    `a tile of ${tiles.query.join(" x ")} queries of one head and visits key boxes of ${tiles.key.join(" x ")}.`,
  ];
  return lines.map((line) => `// ${line}`).join("\n");
}
