/** Where the parts meet: pattern -> plan -> WGSL -> manifest. */
import { resolve } from "node:path";
import { type KernelText, kernelFile, mergeFile } from "../backends/artefact/files.js";
import { manifestOf } from "../backends/artefact/manifest.js";
import { emitWgsl, type KernelKind, KINDS, wgslTarget } from "../backends/wgsl/index.js";
import { emitMerge } from "../backends/wgsl/merge.js";
import { compileAttention } from "../compiler/compile.js";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.js";
import { pathNamer } from "../compiler/frontend/places.js";
import type { Manifest, ManifestKernel } from "../compiler/plan/manifest.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import type { AttentionPlan, TileShapes } from "../compiler/plan/plan.js";
import type { Dims } from "./arguments/choices.js";
import { toolVersion } from "./tool.js";

/** Shapes of tiles, and the grids that they were chosen for. */
export interface Schedule {
  /** By default the documented ones. */
  readonly tiles?: TileShapes;
  readonly grids?: NonNullable<ManifestKernel["grids"]>;
}

export interface CompiledVariant {
  /** One for each schedule. */
  readonly plans: readonly AttentionPlan[];
  readonly manifest: Manifest;
  readonly kernels: readonly KernelText[];
  readonly warnings: readonly Diagnostic[];
}

export interface KernelRequest {
  readonly dims: readonly Dims[];
  /** Values of params to compile in. */
  readonly constants?: ReadonlyMap<string, number>;
  /** Kernels to make for each pair of dims, best first; by default the baseline alone. */
  readonly kinds?: readonly KernelKind[];
  /** By default one, with the default tiles, which serves every grid. */
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

/** @throws UserError where the pattern holds for no pair. */
export function compileVariant(pattern: Pattern, request: KernelRequest): CompiledVariant {
  const { dims, constants, kinds = BASELINE, schedules = [{}], cwd } = request;
  const compiled = schedules.map(({ tiles, grids }) => {
    const given = { ...(constants ? { constants } : {}), ...(tiles ? { tiles } : {}) };
    const { plan, warnings } = compileAttention(pattern, { target: wgslTarget, ...given });
    return { plan: { ...plan, pattern: inPackage(plan.pattern, cwd) }, warnings, grids };
  });
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
  const inManifest = kernels.map(({ kernel }) => kernel);
  const manifests = compiled.map(({ plan }) => manifestOf(plan, inManifest, toolVersion()));
  const checks = manifests.flatMap((each) => each.checks);
  const hulls = manifests.flatMap((each) => each.hulls ?? []);
  const manifest = { ...(manifests[0] as Manifest), checks: eachOnce(checks), hulls: eachOnce(hulls) };
  const warnings = compiled[0]?.warnings ?? [];
  return { plans: compiled.map(({ plan }) => plan), manifest, kernels, warnings };
}
