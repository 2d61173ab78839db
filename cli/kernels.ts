/** Where the parts meet: pattern -> plan -> WGSL -> manifest. */
import { resolve } from "node:path";
import { type KernelText, kernelFile, mergeFile } from "../backends/artefact/files.js";
import { manifestOf } from "../backends/artefact/manifest.js";
import { type CudaText, emitCudaText } from "../backends/cuda/artefact.js";
import { cudaTarget, misfitOf } from "../backends/cuda/index.js";
import type { CudaKind } from "../backends/cuda/kinds.js";
import { emitWgsl, type KernelKind, KINDS, wgslTarget } from "../backends/wgsl/index.js";
import { emitMerge } from "../backends/wgsl/merge.js";
import { compileAttention } from "../compiler/compile.js";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.js";
import { pathNamer } from "../compiler/frontend/places.js";
import type { Manifest, ManifestKernel } from "../compiler/plan/manifest.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import type { AttentionPlan, TileShapes } from "../compiler/plan/plan.js";
import type { Target } from "../compiler/target.js";
import type { Dims } from "./arguments/choices.js";
import { tell } from "./messages.js";
import { toolVersion } from "./tool.js";

/** Shapes of tiles, and the grids that they were chosen for. */
export interface Schedule {
  /** By default the documented ones. */
  readonly tiles?: TileShapes;
  readonly grids?: NonNullable<ManifestKernel["grids"]>;
}

export interface CompiledVariant {
  /** Of every kernel, each once. */
  readonly plans: readonly AttentionPlan[];
  readonly manifest: Manifest;
  readonly kernels: readonly KernelText[];
  readonly cuda: readonly CudaText[];
  readonly warnings: readonly Diagnostic[];
}

export interface KernelRequest {
  readonly dims: readonly Dims[];
  /** Values of params to compile in. */
  readonly constants?: ReadonlyMap<string, number>;
  /** Kernels to make for each pair of dims, best first; by default the baseline alone. */
  readonly kinds?: readonly KernelKind[];
  /** CUDA kernels to make for each pair of dims, best first; by default none. */
  readonly cuda?: readonly CudaKind[];
  /** Whether CUDA kernels name the lines of the pattern. */
  readonly lines?: boolean;
  /** Shapes of tiles of a target; by default the documented ones. */
  readonly tilesFor?: (target: Target) => TileShapes | undefined;
  /** Of WGSL: by default one, with the default tiles, which serves every grid. */
  readonly schedules?: readonly Schedule[];
  /** The folder to which the pattern's place is relative. */
  readonly cwd: string;
}

const BASELINE = KINDS.filter(({ profile }) => profile === "baseline");

/** A pattern as its artefacts name it: its source relative to the package that holds it. */
function inPackage(pattern: Pattern, cwd: string): Pattern {
  return { ...pattern, place: { ...pattern.place, file: pathNamer()(resolve(cwd, pattern.place.file)) } };
}

/** What several plans give: each once. */
const eachOnce = <T>(all: readonly T[]): T[] => [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];

interface Planned {
  readonly plan: AttentionPlan;
  readonly warnings: readonly Diagnostic[];
}

/** The kernels of WGSL, and the plans behind them. */
function compileWgsl(
  pattern: Pattern,
  request: KernelRequest,
  planOf: (target: Target, tiles?: TileShapes) => Planned,
) {
  const { dims, kinds = BASELINE, schedules = [{}] } = request;
  const compiled = (kinds.length === 0 ? [] : schedules).map(({ tiles, grids }) => ({
    ...planOf(wgslTarget, tiles),
    grids,
  }));
  const several = compiled.length > 1;
  const kernels = compiled.flatMap(({ plan, grids }) =>
    dims.flatMap((pair) =>
      kinds.map((kind) => {
        const { code, kernel } = emitWgsl(plan, { ...pair, kind });
        const file = kernelFile(pattern.name, kernel, several);
        const joining = emitMerge(kernel.dtype);
        const merge = { ...joining.merge, file: mergeFile(pattern.name, kernel) };
        return { kernel: { ...kernel, file, ...(grids ? { grids } : {}), merge }, code, merge: joining.code };
      }),
    ),
  );
  return { compiled, kernels };
}

/** The kernels of CUDA, and the plans behind them: one for each target. */
function compileCuda(request: KernelRequest, planOf: (target: Target, tiles?: TileShapes) => Planned) {
  const { dims, cuda = [], tilesFor, lines = false } = request;
  const plans = new Map<string, Planned>();
  const warnings: Diagnostic[] = [];
  /** With the chosen tiles, or the default ones where only these can be had. */
  const planFor = (target: Target, kind: CudaKind): Planned => {
    const chosen = planOf(target, tilesFor?.(target));
    return misfitOf(chosen.plan, kind) === undefined ? chosen : planOf(target);
  };
  const made = dims.flatMap(({ headDim, valueDim }) =>
    cuda.flatMap((kind) => {
      const target = cudaTarget(kind, headDim, valueDim);
      const key = `${target.queriesPerTile} ${target.keysPerTile}`;
      const planned = plans.get(key) ?? planFor(target, kind);
      plans.set(key, planned);
      const { plan } = planned;
      const reason = misfitOf(plan, kind);
      if (reason === undefined)
        return [emitCudaText(plan, { headDim, valueDim, dtype: kind.dtype, architecture: kind.profile, lines })];
      warnings.push({
        ...tell("no-cuda-kernel", { pattern: plan.pattern.name, ...kind, reason }),
        severity: "warning",
      });
      return [];
    }),
  );
  return { compiled: [...plans.values()], made, warnings };
}

/** @throws UserError where the pattern holds for no pair. */
export function compileVariant(pattern: Pattern, request: KernelRequest): CompiledVariant {
  const { constants, cwd } = request;
  const planOf = (target: Target, tiles?: TileShapes): Planned => {
    const given = { ...(constants ? { constants } : {}), ...(tiles ? { tiles } : {}) };
    const { plan, warnings } = compileAttention(pattern, { target, ...given });
    return { plan: { ...plan, pattern: inPackage(plan.pattern, cwd) }, warnings };
  };
  const { compiled, kernels } = compileWgsl(pattern, request, planOf);
  const cuda = compileCuda(request, planOf);
  const all = [...compiled, ...cuda.compiled];
  const inManifest = kernels.map(({ kernel }) => kernel);
  const manifests = all.map(({ plan }) => manifestOf(plan, inManifest, toolVersion()));
  const checks = manifests.flatMap((each) => each.checks);
  const hulls = manifests.flatMap((each) => each.hulls ?? []);
  const manifest = {
    ...(manifests[0] as Manifest),
    checks: eachOnce(checks),
    hulls: eachOnce(hulls),
    ...(cuda.made.length > 0 ? { cuda: cuda.made.map(({ kernel }) => kernel) } : {}),
  };
  const warnings = [...(all[0]?.warnings ?? []), ...eachOnce(cuda.warnings)];
  return { plans: all.map(({ plan }) => plan), manifest, kernels, cuda: cuda.made, warnings };
}
