/** Bind groups by the names of a manifest's bindings, and slots of uniforms that they can begin at. */
import type { ManifestKernel } from "../../compiler/plan/manifest.js";

/** Bytes from one block of uniforms to the next in one buffer. */
export function slotSize({ limits }: GPUDevice, bytes: number): number {
  const alignment = limits.minUniformBufferOffsetAlignment;
  return Math.ceil(bytes / alignment) * alignment;
}

export function bindGroup(
  device: GPUDevice,
  label: string,
  layout: GPUBindGroupLayout,
  bindings: ManifestKernel["bindings"],
  resources: { readonly [binding: string]: GPUBufferBinding | undefined },
): GPUBindGroup {
  const entries = bindings.map(({ name }, binding) => {
    const resource = resources[name];
    if (!resource) throw new Error(`bug in mscc: the manifest has the binding '${name}', unknown to its launcher`);
    return { binding, resource };
  });
  return device.createBindGroup({ label, layout, entries });
}
