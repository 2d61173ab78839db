/** The files of a variant's CUDA kernels: whole `.cu` files, and what stands beside them. */
import type { Manifest, ManifestCudaKernel } from "../../compiler/plan/manifest.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { identifier } from "../common/identifier.js";
import { emitDispatcher, emitHeader, emitLauncher, emitPython } from "./host/index.js";
import { type CudaOptions, emitCuda } from "./index.js";

/** One kernel with its launcher. */
export interface CudaText {
  readonly kernel: ManifestCudaKernel;
  /** CUDA C++. */
  readonly code: string;
}

export function emitCudaText(plan: AttentionPlan, options: CudaOptions): CudaText {
  const { code, kernel, fields } = emitCuda(plan, options);
  return { kernel, code: `${code}\n${emitLauncher(plan, kernel, fields)}` };
}

/** Names of the files that all CUDA kernels of a variant share: header, dispatcher, PyTorch module. */
export const sharedCudaFiles = (name: string): readonly string[] =>
  ["h", "cpp", "py"].map((extension) => `${identifier(name)}.${extension}`);

/** Every file of CUDA in a variant's folder. */
export function emitCudaFiles(manifest: Manifest, kernels: readonly CudaText[]): { name: string; text: string }[] {
  if (kernels.length === 0) return [];
  const list = kernels.map(({ kernel }) => kernel);
  const texts = [emitHeader(manifest, list), emitDispatcher(manifest, list), emitPython(manifest, list)];
  const shared = sharedCudaFiles(manifest.name).map((name, i) => ({ name, text: texts[i] as string }));
  return [...kernels.map(({ kernel, code }) => ({ name: kernel.file, text: code })), ...shared];
}
