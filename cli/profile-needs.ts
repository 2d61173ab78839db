/** What each kind of kernel needs of a device, whatever the pattern: for `mscc doctor`, which has no kernel at hand. */
import { type KernelKind, KINDS } from "../backends/wgsl/index.js";
import type { Dtype } from "../compiler/plan/manifest.js";
import { BASELINE_LIMITS, type Profile } from "../runtime/adapters.js";

type Kind = Omit<KernelKind, "dtype"> & { readonly dtype: Dtype };

function needsOf({ profile, dtype, subgroupSize }: Kind): Profile {
  const features = [...(subgroupSize === undefined ? [] : ["subgroups"]), ...(dtype === "f16" ? ["shader-f16"] : [])];
  return {
    profile,
    dtype,
    ...(subgroupSize === undefined ? {} : { subgroupSize }),
    features,
    // No kernel needs more than WebGPU guarantees; an adapter of less is told so.
    limits: BASELINE_LIMITS,
  };
}

/** Every kind, best first; the test compares them with what the kernels' manifests say. */
export const PROFILE_NEEDS: readonly Profile[] = KINDS.map(needsOf);
