/** The kinds of CUDA kernels there are: for which devices, and how they store q, k, v and the output. */

/** `sm_80` runs on compute capability 8.0 and later, `sm_90a` on 9.0 alone. */
export type Architecture = "sm_80" | "sm_90a";
export type CudaDtype = "f32" | "f16" | "bf16";

export interface CudaKind {
  readonly profile: Architecture;
  readonly dtype: CudaDtype;
}

/** Best first. */
export const CUDA_KINDS: readonly CudaKind[] = [
  { profile: "sm_90a", dtype: "bf16" },
  { profile: "sm_90a", dtype: "f16" },
  { profile: "sm_80", dtype: "bf16" },
  { profile: "sm_80", dtype: "f16" },
  { profile: "sm_80", dtype: "f32" },
];
