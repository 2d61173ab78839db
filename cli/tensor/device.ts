/** The kernel of a tensor operation that a device runs best: what the commands that launch share. */
import type { TensorKernelText } from "../../backends/artefact/files.js";
import { KINDS } from "../../backends/wgsl/index.js";
import { UserError } from "../../compiler/diagnostics/diagnostic.js";
import type { Tensor, TensorPlan } from "../../compiler/plan/tensor.js";
import { planTensor } from "../../compiler/schedule/tensor-schedule.js";
import { assess, type CompiledTensor, firstToRun, type Gpu, kindName } from "../../runtime/index.js";
import type { KindChoice } from "../arguments/kinds.js";
import { refused } from "../device-kernel.js";
import { compileOperation, kindsAmong, profileMissing, profileOf } from "./kernels.js";

export interface DeviceOperation extends CompiledTensor {
  readonly plan: TensorPlan;
  /** `baseline`, or `subgroups of 8`; with the profile as the command line names it. */
  readonly kind: string;
  readonly profile: string;
}

/**
 * Compiles what a device runs best, of one dtype, or the profile that was named.
 * @throws UserError `adapter-lacks` where it runs none of them, `tensor-profile` where there is no such kernel.
 */
export function operationForDevice(tensor: Tensor, gpu: Gpu, choice: KindChoice, cwd: string): DeviceOperation {
  const { dtype, profile } = choice;
  const all = KINDS.filter((kind) => kind.dtype === dtype);
  const named = profile === undefined ? all : [{ ...(all[0] as (typeof all)[number]), profile }];
  if (kindsAmong(planTensor(tensor), named).length === 0) {
    throw new UserError([profileMissing(planTensor(tensor), named, false)]);
  }
  const { plan, manifest, kernels } = compileOperation(tensor, { kinds: all, cwd });
  const shown = (kernel: TensorKernelText["kernel"]) => ({ ...kernel, profile: profileOf(kernel) });
  const assessed = assess(gpu.device, manifest.kernels.map(shown), gpu.device.adapterInfo);
  const { kernel } = firstToRun(assessed.filter((each) => profile === undefined || each.kernel.profile === profile));
  const text = kernels.find((each) => each.kernel.file === kernel?.file);
  if (!kernel || !text) throw refused(gpu, choice, assessed);
  return { plan, manifest, ...text, kind: kindName(kernel), profile: kernel.profile };
}
