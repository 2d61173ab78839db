/** What each kind of kernel needs of a device, whatever the pattern: for `mscc doctor`, which has no kernel at hand. */
import { featuresOf, type KernelKind, KINDS } from "../backends/wgsl/index.js";
import { BASELINE_LIMITS, type Profile } from "../runtime/adapters.js";

const needsOf = (kind: KernelKind): Profile => ({
  ...kind,
  features: featuresOf(kind),
  // No kernel needs more than WebGPU guarantees; an adapter of less is told so.
  limits: BASELINE_LIMITS,
});

/** Every kind, best first; the test compares them with what the kernels' manifests say. */
export const PROFILE_NEEDS: readonly Profile[] = KINDS.map(needsOf);
