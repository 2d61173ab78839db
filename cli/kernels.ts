/** Where the parts meet: pattern -> plan -> WGSL -> manifest. */
import { resolve } from "node:path";
import { type KernelText, kernelFile } from "../backends/artefact/files.js";
import { manifestOf } from "../backends/artefact/manifest.js";
import { emitWgsl, wgslTarget } from "../backends/wgsl/index.js";
import { compileAttention } from "../compiler/compile.js";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.js";
import { pathNamer } from "../compiler/frontend/places.js";
import type { Manifest } from "../compiler/plan/manifest.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import type { AttentionPlan } from "../compiler/plan/plan.js";
import type { Dims } from "./arguments/choices.js";
import { toolVersion } from "./tool.js";

export interface CompiledVariant {
  readonly plan: AttentionPlan;
  readonly manifest: Manifest;
  readonly kernels: readonly KernelText[];
  readonly warnings: readonly Diagnostic[];
}

export interface KernelRequest {
  readonly dims: readonly Dims[];
  /** Values of params to compile in. */
  readonly constants?: ReadonlyMap<string, number>;
  /** The folder to which the pattern's place is relative. */
  readonly cwd: string;
}

/** A pattern as its artefacts name it: its source relative to the package that holds it. */
function inPackage(pattern: Pattern, cwd: string): Pattern {
  return { ...pattern, place: { ...pattern.place, file: pathNamer()(resolve(cwd, pattern.place.file)) } };
}

/** @throws UserError where the pattern holds for no pair. */
export function compileVariant(pattern: Pattern, { dims, constants, cwd }: KernelRequest): CompiledVariant {
  const { plan, warnings } = compileAttention(pattern, { target: wgslTarget, ...(constants ? { constants } : {}) });
  const placed = { ...plan, pattern: inPackage(plan.pattern, cwd) };
  const emitted = dims.map((pair) => emitWgsl(placed, pair));
  const kernels = emitted.map(({ code, kernel }) => ({
    kernel: { ...kernel, file: kernelFile(pattern.name, kernel) },
    code,
  }));
  const manifest = manifestOf(
    placed,
    kernels.map(({ kernel }) => kernel),
    toolVersion(),
  );
  return { plan: placed, manifest, kernels, warnings };
}
