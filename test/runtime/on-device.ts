/** Tensors, buffers and faults for the tests of the launcher on a device. */
import { attention, float, int, reference, table } from "../../dsl/index.js";
import { type HostTensor, LaunchError, type Operand } from "../../runtime/index.js";

/** What the hand-written kernel computes, declared. */
export const near = attention({
  axes: ["x"],
  params: { reach: int({ min: 0, default: 1 }), tilt: float({ default: 0 }) },
  attend: ({ q, k, reach }) => Math.abs(q.x - k.x) <= reach,
  score: ({ s, tilt }) => s + tilt,
});

export const nearByTables = attention({
  axes: ["x"],
  params: { reach: int({ min: 0, default: 1 }), tilt: float({ default: 0 }) },
  tables: { shift: table.int("head", { min: -9, max: 9 }), bias: table("x") },
  attend: ({ q, k, reach }) => Math.abs(q.x - k.x) <= reach,
  score: ({ s, tilt, k, head, shift, bias, size }) =>
    s + tilt * bias(Math.min(Math.max(k.x + shift(head), 0), size.k.x - 1)),
});

export const nearOnPlane = attention({
  axes: ["y", "x"],
  params: { reach: int({ default: 1 }) },
  attend: ({ q, k, reach }) => Math.abs(q.x - k.x) <= reach,
});

/** Values that no two elements share. */
export function tensor(...shape: readonly number[]): HostTensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { shape, data: Float32Array.from({ length: count }, (_, i) => Math.sin(1 + i * 0.7 + count)) };
}

/** The largest difference; NaN on either side, or a difference in length, is NaN. */
export const worst = (got: Float32Array, want: Float64Array) =>
  got.length === want.length
    ? got.reduce((most, value, i) => Math.max(most, Math.abs(value - (want[i] as number))), 0)
    : Number.NaN;

const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [1, 4, 8, 128];

/** A buffer with these values; it lives as long as the device. */
export function upload(device: GPUDevice, data: Float32Array): GPUBuffer {
  const buffer = device.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_DST | COPY_SRC });
  device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
  return buffer;
}

export const operand = (device: GPUDevice, { shape, data }: HostTensor): Operand => ({
  shape,
  buffer: upload(device, data),
});

/** A dense operand full of NaN. */
export const blank = (device: GPUDevice, ...shape: readonly number[]): Operand => {
  const { data } = tensor(...shape);
  return operand(device, { shape, data: data.fill(Number.NaN) });
};

export async function download(device: GPUDevice, buffer: GPUBuffer): Promise<Float32Array> {
  const copy = device.createBuffer({ size: buffer.size, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(1);
  const values = new Float32Array(copy.getMappedRange().slice(0));
  copy.destroy();
  return values;
}

/** A small launch of the hand-written kernel, and what it must give. */
export function ordinary(device: GPUDevice) {
  const input = { q: tensor(1, 4, 9, 4), k: tensor(1, 2, 9, 4), v: tensor(1, 2, 9, 4) };
  const output = blank(device, 1, 4, 9, 4);
  const options = { q: operand(device, input.q), k: operand(device, input.k), v: operand(device, input.v), output };
  return { options, want: reference(near, input), output };
}

/** The LaunchError that `work` ends with. */
export async function faultOf(work: () => unknown): Promise<LaunchError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof LaunchError) return error;
    throw error;
  }
  throw new Error("no error");
}
