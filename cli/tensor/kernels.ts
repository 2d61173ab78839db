/** Where the parts meet for tensor operations: declaration -> plan -> WGSL -> manifest. */
import { resolve } from "node:path";
import { type TensorKernelText, tensorKernelFile } from "../../backends/artefact/files.js";
import { tensorManifestOf } from "../../backends/artefact/tensor-manifest.js";
import { type KernelKind, KINDS } from "../../backends/wgsl/index.js";
import { emitTensorWgsl, type TensorKind, tensorKinds } from "../../backends/wgsl/tensor/index.js";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { pathNamer } from "../../compiler/frontend/places.js";
import type { Dtype, TensorManifest } from "../../compiler/plan/manifest.js";
import type { Tensor, TensorPlan } from "../../compiler/plan/tensor.js";
import { planTensor } from "../../compiler/schedule/tensor-schedule.js";
import { tell } from "../messages.js";
import { toolVersion } from "../tool.js";

export interface OperationRequest {
  /** Kernels to make, by the kinds of attention kernels that the command line names; by default all that store f32. */
  readonly kinds?: readonly KernelKind[];
  /** Values of params to compile in. */
  readonly constants?: ReadonlyMap<string, number>;
  /** The folder to which the operation's place is relative. */
  readonly cwd: string;
}

export interface CompiledOperation {
  readonly plan: TensorPlan;
  readonly manifest: TensorManifest;
  readonly kernels: readonly TensorKernelText[];
  readonly warnings: readonly Diagnostic[];
}

/** Storage buffers that every WebGPU device lets a kernel bind. */
const MOST_BUFFERS = 8;

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** A profile without its dtype, as tensor operations name theirs: `f16-subgroups` is `subgroups` of f16. */
const skeletonOf = ({ profile, dtype }: Pick<KernelKind, "profile" | "dtype">): string =>
  profile === dtype ? "baseline" : profile.replace(`${dtype}-`, "");

/** The profile of a kernel as the command line names it. */
export const profileOf = ({ profile, dtype }: { readonly profile: string; readonly dtype: Dtype }): string =>
  dtype === "f32" ? profile : profile === "baseline" ? dtype : `${dtype}-${profile}`;

export interface OperationKind {
  readonly dtype: Dtype;
  readonly kind: TensorKind;
}

/** The kernels of a plan among the kinds that are asked for: those of one dtype best first. */
export const kindsAmong = (plan: TensorPlan, kinds: readonly KernelKind[]): OperationKind[] =>
  unique(kinds.map(({ dtype }) => dtype)).flatMap((dtype) => {
    const skeletons = kinds.filter((each) => each.dtype === dtype).map(skeletonOf);
    return tensorKinds(plan).flatMap((kind) => (skeletons.includes(kind.profile) ? [{ dtype, kind }] : []));
  });

/** Profiles of a plan for one dtype, as the command line names them. */
export const profilesOf = (plan: TensorPlan, dtype: Dtype): string[] =>
  unique(tensorKinds(plan).map(({ profile }) => profileOf({ profile, dtype })));

/** What is said where a plan has no kernel of the profiles that are asked for. */
export function profileMissing(plan: TensorPlan, kinds: readonly KernelKind[], isReplaced: boolean): Diagnostic {
  const { tensor } = plan;
  const known = unique(kinds.flatMap(({ dtype }) => profilesOf(plan, dtype)));
  const given = unique(kinds.map(({ profile }) => profile));
  const facts = { name: tensor.name, given, known, isReplaced };
  return {
    ...tell("tensor-profile", facts),
    ...(isReplaced ? { severity: "warning" } : {}),
    where: tensor.place,
  };
}

/** Warnings about an operation that no kind of kernel changes. */
export function warningsOf({ name, inputs, place }: Tensor): Diagnostic[] {
  const buffers = inputs.length + 1;
  if (buffers <= MOST_BUFFERS) return [];
  return [{ ...tell("tensor-bindings", { name, buffers, most: MOST_BUFFERS }), severity: "warning", where: place }];
}

/** An operation as its artefacts name it: its source relative to the package that holds it. */
const inPackage = (tensor: Tensor, cwd: string): Tensor => ({
  ...tensor,
  place: { ...tensor.place, file: pathNamer()(resolve(cwd, tensor.place.file)) },
});

/** Where a dtype has no kernel of the profiles that are asked for, its baseline is made, with a warning. */
export function compileOperation(tensor: Tensor, request: OperationRequest): CompiledOperation {
  const { kinds = KINDS.filter(({ dtype }) => dtype === "f32"), constants, cwd } = request;
  const plan = planTensor(inPackage(tensor, cwd), constants);
  const warnings = warningsOf(tensor);
  const wanted = unique(kinds.map(({ dtype }) => dtype)).flatMap((dtype): OperationKind[] => {
    const own = kinds.filter((each) => each.dtype === dtype);
    const found = kindsAmong(plan, own);
    if (found.length > 0) return found;
    warnings.push({ ...profileMissing(plan, own, true), where: tensor.place });
    return [{ dtype, kind: { profile: "baseline" } }];
  });
  const kernels = wanted.map(({ dtype, kind }): TensorKernelText => {
    const { code, kernel } = emitTensorWgsl(plan, { dtype, kind });
    return { kernel: { file: tensorKernelFile(tensor.name, kernel), ...kernel }, code };
  });
  const inManifest = kernels.map(({ kernel }) => kernel);
  return { plan, manifest: tensorManifestOf(plan, inManifest, toolVersion()), kernels, warnings };
}
