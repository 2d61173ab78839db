/** All kernels of a manifest as one: the best that the device runs and, for each launch, that its operands allow. */
import type { ManifestKernel } from "../../compiler/plan/manifest.js";
import { chooseKernels, nearestTo, runs } from "./choose.js";
import { createKernel, createKernelNow } from "./kernel.js";
import { unfitLayouts } from "./operands.js";
import { kindName } from "./pipeline.js";
import type { AttentionKernel, BindOptions, KernelOptions, KernelSet, LoadOptions } from "./types.js";

/** Several kernels may see the same loss. */
function once<T>(tell: (value: T) => void): (value: T) => void {
  let isTold = false;
  return (value) => {
    if (!isTold) tell(value);
    isTold = true;
  };
}

/**
 * Chooses, and compiles what was chosen: the kernels of one kind. Others are compiled when a launch needs them,
 * because its operands lie as the chosen kind cannot read them.
 * @throws LaunchError that names what is wrong: nothing fits what was asked for, or the device lacks something.
 */
export async function loadKernel(
  device: GPUDevice,
  { manifest, code }: KernelSet,
  { log, onDeviceLost, ...options }: LoadOptions = {},
): Promise<AttentionKernel> {
  const { kinds, why } = chooseKernels(manifest, device, options);
  const [chosen] = kinds as readonly [(typeof kinds)[number]];
  const loss: KernelOptions = onDeviceLost ? { onDeviceLost: once(onDeviceLost) } : {};
  const compiled = (kernel: ManifestKernel) => {
    const merge = kernel.merge && code[kernel.merge.file];
    return { manifest, kernel, code: code[kernel.file] as string, ...(merge === undefined ? {} : { merge }) };
  };
  const made = new Map<ManifestKernel, AttentionKernel>();
  const create = async (kernel: ManifestKernel) => {
    made.set(kernel, await createKernel(device, compiled(kernel), loss));
  };
  await Promise.all(chosen.map(create));
  log?.(why);

  const said = new Set<string>();
  const say = (kernel: ManifestKernel, given: BindOptions): void => {
    const unfit = unfitLayouts(manifest, chosen[0], given).map(({ message }) => message);
    const text = `${runs(manifest, kernel)} for this launch, since ${kindName(chosen[0])} cannot: ${unfit.join("; ")}`;
    if (!said.has(text)) log?.(text);
    said.add(text);
  };
  const now = (kernel: ManifestKernel): AttentionKernel => {
    const kernelNow = made.get(kernel) ?? createKernelNow(device, compiled(kernel), loss);
    made.set(kernel, kernelNow);
    return kernelNow;
  };
  const first = now(chosen[0]);
  let alive = true;
  return {
    name: first.name,
    bind(given) {
      const fits = kinds.find(([kernel]) => unfitLayouts(manifest, kernel, given).length === 0);
      if (!alive) return first.bind(given);
      const kernel = nearestTo(manifest, given, fits ?? chosen);
      if (fits && fits !== chosen) say(kernel, given);
      return now(kernel).bind(given);
    },
    dispose() {
      alive = false;
      for (const kernel of made.values()) kernel.dispose();
    },
  };
}
