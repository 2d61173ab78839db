/** A compiled model on a device: its kernels and its weights. Runs in browsers: no Node, no compiler. */

import { toHalves } from "../../runtime/half.js";
import { type AttentionKernel, loadKernel } from "../../runtime/launcher/index.js";
import { loadTensor, type TensorKernel } from "../../runtime/launcher/tensor/index.js";
import type { CompiledModel } from "./compiled.js";
import type { Extents, MscConfig } from "./config.js";
import { bytesOn, type StoredDtype } from "./extents.js";
import { networkFault } from "./network-messages.js";
import type { ProgramTensor } from "./program.js";

/** Values of the weights by name, row-major. */
export type Weights = ReadonlyMap<string, Float32Array>;

export interface Network {
  readonly device: GPUDevice;
  readonly model: CompiledModel;
  readonly config: MscConfig;
  readonly dtype: StoredDtype;
  readonly tensors: ReadonlyMap<string, ProgramTensor>;
  readonly operations: ReadonlyMap<string, TensorKernel>;
  /** By pattern and head dim, as `attentionKey` writes it. */
  readonly attention: ReadonlyMap<string, AttentionKernel>;
  readonly weights: ReadonlyMap<string, GPUBuffer>;
  readonly weightBytes: number;
  /** Creates a buffer of the network; what cannot be had is reported by `settled`. */
  readonly buffer: (what: string, bytes: number, usage: number) => GPUBuffer;
  /** Resolves once every buffer that was asked for is there. @throws ModelError where the device has no memory for one. */
  readonly settled: () => Promise<void>;
  readonly dispose: () => void;
}

// GPUBufferUsage, which Node has no global for.
export const [COPY_SRC, COPY_DST, STORAGE] = [0x4, 0x8, 0x80] as const;

export const attentionKey = (pattern: string, headDim: number): string => `${pattern} ${headDim}`;

/** Weights do not depend on the grid. */
const ANY_GRID: Extents = { t: 1, y: 1, x: 1 };

/** Buffers of a device, checked against its limits before they are asked for. */
function allocator(device: GPUDevice) {
  const pending: Promise<void>[] = [];
  let total = 0;
  const buffer = (what: string, bytes: number, usage: number): GPUBuffer => {
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    const name = limit === maxStorageBufferBindingSize ? "maxStorageBufferBindingSize" : "maxBufferSize";
    if (bytes > limit) throw networkFault("model-too-large", what, bytes, name, limit);
    total += bytes;
    const needed = total;
    device.pushErrorScope("out-of-memory");
    const made = device.createBuffer({ label: `msc ${what}`, size: bytes, usage });
    const scope = device.popErrorScope().then((error) => {
      if (error) throw networkFault("model-memory", needed, error.message);
    });
    scope.catch(() => {}); // Reported by `settled`.
    pending.push(scope);
    return made;
  };
  const settled = async () => {
    await Promise.all(pending.splice(0));
  };
  return { buffer, settled };
}

/** The kernels of a model, each compiled once. */
async function kernelsOf(device: GPUDevice, { file, operations, attention, dtype }: CompiledModel) {
  const dims = new Set(
    file.program.steps.flatMap((step) => (step.kind === "attention" ? [attentionKey(step.pattern, step.headDim)] : [])),
  );
  const made = [...operations].map(async ([name, set]) => [name, await loadTensor(device, set, { dtype })] as const);
  const attending = [...dims].map(async (key) => {
    const [pattern = "", headDim] = key.split(" ");
    const set = attention.get(pattern);
    if (!set) throw networkFault("model-file", `${file.config.name}.json`, `it has no pattern '${pattern}'`);
    const options = { headDim: Number(headDim), valueDim: Number(headDim), dtype };
    return [key, await loadKernel(device, set, options)] as const;
  });
  // Together: where one fails, the failure of another must not be left without anyone who waits for it.
  const [operationKernels, attentionKernels] = await Promise.all([Promise.all(made), Promise.all(attending)]);
  return { operations: new Map(operationKernels), attention: new Map(attentionKernels) };
}

/**
 * Loads the kernels of a model and its weights, which are checked already (models/msc/weights.ts).
 * @throws ModelError where the device lacks room; LaunchError where it lacks what a kernel needs.
 */
export async function openNetwork(device: GPUDevice, model: CompiledModel, weights: Weights): Promise<Network> {
  const { file, dtype } = model;
  const { buffer, settled } = allocator(device);
  const tensors = new Map(file.program.tensors.map((tensor) => [tensor.name, tensor]));
  const buffers = new Map<string, GPUBuffer>();
  const dispose = () => {
    for (const each of buffers.values()) each.destroy();
  };
  let weightBytes = 0;
  try {
    for (const tensor of tensors.values()) {
      if (tensor.role !== "weight") continue;
      const bytes = bytesOn(tensor, ANY_GRID, dtype);
      weightBytes += bytes;
      const made = buffer(`weight ${tensor.name}`, bytes, STORAGE | COPY_DST);
      buffers.set(tensor.name, made);
      const values = weights.get(tensor.name) as Float32Array<ArrayBuffer>;
      device.queue.writeBuffer(made, 0, stored(values, dtype, bytes));
    }
    await settled();
    const kernels = await kernelsOf(device, model);
    const { operations, attention } = kernels;
    const base = { device, model, config: file.config, dtype, tensors, weights: buffers, weightBytes };
    return {
      ...base,
      ...kernels,
      buffer,
      settled,
      dispose: () => {
        for (const kernel of [...operations.values(), ...attention.values()]) kernel.dispose();
        dispose();
      },
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Values as a buffer holds them, padded to whole words. */
export function stored(
  values: Float32Array<ArrayBuffer>,
  dtype: StoredDtype,
  bytes: number,
): ArrayBufferView<ArrayBuffer> {
  if (dtype === "f32") return values;
  const halves = new Uint16Array(bytes / 2);
  halves.set(toHalves(values));
  return halves;
}
