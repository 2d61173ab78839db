/** Reads a buffer of a device. */
import { COPY_DST } from "./network.js";

const MAP_READ = 1; // GPUBufferUsage.MAP_READ and GPUMapMode.READ, which Node has no globals for.

/** Its first bytes, once all that was submitted before is done. */
export async function readBuffer(device: GPUDevice, buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
  const staging = device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(MAP_READ);
    return staging.getMappedRange().slice(0);
  } finally {
    staging.destroy();
  }
}
