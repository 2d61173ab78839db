/** The forward pass of a chunk of token frames on a device: its activations, its launches, what goes into the caches. */

import { fromHalves } from "../../runtime/half.js";
import { product } from "../../runtime/host-layout.js";
import type { Launch, LaunchCommands } from "../../runtime/launcher/types.js";
import { readBack } from "../../runtime/measured.js";
import type { BranchCache, Caches } from "./branch-cache.js";
import { spaceOf } from "./branch-cache.js";
import type { Extents } from "./config.js";
import { bytesOn, operandOf, shapeOn } from "./extents.js";
import { type MemoryPlan, planMemory } from "./memory.js";
import { attentionKey, COPY_DST, COPY_SRC, type Network, STORAGE } from "./network.js";
import { networkFault } from "./network-messages.js";
import type { AttentionStep, OperationStep, ProgramTensor, Step, View } from "./program.js";

export interface Stage {
  /** Token frames of the chunk. */
  readonly frames: number;
  readonly grid: Extents;
  /** Values of the clip in the making: `[frames * patch.t, rows, columns, channels]`. */
  readonly clipLength: number;
  /** Bytes of activations; caches and weights are counted apart. */
  readonly bytes: number;
  /** Puts the chunk at an absolute token frame and finds slots for it. What a chunk before left uncommitted goes. */
  readonly place: (first: number) => void;
  readonly write: (clip: Float32Array<ArrayBuffer>) => void;
  /** One forward pass at noise level `tau` per token frame; `stepped` is then the clip at the levels `next`. */
  readonly forward: (tau: readonly number[], next: readonly number[]) => void;
  /** The clip becomes what the last forward pass stepped to. */
  readonly advance: () => void;
  /** Keeps the keys and values of the last forward pass for later chunks; of all its frames, or of the first `count`. */
  readonly commit: (count?: number) => void;
  /** Values of a tensor that is kept: `clip`, `stepped`, or one named in `keep`. */
  readonly read: (tensor: string) => Promise<Float32Array<ArrayBuffer>>;
  readonly settled: () => Promise<void>;
  readonly dispose: () => void;
}

export interface StageOptions {
  /** Token frames of a chunk. */
  readonly frames: number;
  /** Activations that are read afterwards. */
  readonly keep?: readonly string[];
  /** Where the time of a step goes, for measurements; such a step has a pass of its own. */
  readonly timestamps?: (step: Step) => GPUComputePassTimestampWrites;
}

/** Buffers of everything but weights, by tensor. */
function buffersOf(network: Network, plan: MemoryPlan, grid: Extents) {
  const { tensors, dtype } = network;
  const usage = STORAGE | COPY_DST | COPY_SRC;
  const made: GPUBuffer[] = [];
  const create = (what: string, bytes: number) => {
    const buffer = network.buffer(what, bytes, usage);
    made.push(buffer);
    return buffer;
  };
  const holder = (i: number) => [...plan.bufferOf].find(([, buffer]) => buffer === i)?.[0];
  const shared = plan.sizes.map((bytes, i) => create(`activation ${holder(i)}`, bytes));
  const buffers = new Map<string, GPUBuffer>(network.weights);
  for (const tensor of tensors.values()) {
    const { name, role } = tensor;
    if (role === "weight") continue;
    const at = plan.bufferOf.get(name);
    buffers.set(name, at === undefined ? create(name, bytesOn(tensor, grid, dtype)) : (shared[at] as GPUBuffer));
  }
  return { buffers, made, bytes: made.reduce((sum, { size }) => sum + size, 0) };
}

/** A launch of an operation; it does not depend on where the chunk stands. */
function bindOperation(network: Network, step: OperationStep, grid: Extents, buffers: ReadonlyMap<string, GPUBuffer>) {
  const operand = (view: View) =>
    operandOf(view, network.tensors.get(view.tensor) as ProgramTensor, grid, buffers.get(view.tensor) as GPUBuffer);
  const kernel = network.operations.get(step.kernel);
  if (!kernel) throw networkFault("model-file", `${network.config.name}.json`, `it has no kernel '${step.kernel}'`);
  const inputs = Object.fromEntries(Object.entries(step.inputs).map(([name, view]) => [name, operand(view)]));
  return kernel.bind({ inputs, output: operand(step.output), params: step.params });
}

/** Attention of a branch at an absolute frame: over the slots of its cache, those of the chunk among them. */
function bindAttention(
  network: Network,
  cache: BranchCache,
  first: number,
  grid: Extents,
  buffers: ReadonlyMap<string, GPUBuffer>,
): Launch {
  const { step, slots } = cache;
  const { heads, headDim, pattern, params } = step;
  const [rows, columns] = spaceOf(network, step, grid);
  const channels = heads * headDim;
  const strides = [0, headDim, rows * columns * channels, columns * channels, channels, 1];
  const shape = [1, heads, grid.t, rows, columns, headDim];
  const end = first + grid.t;
  // A frame that comes after every query is seen by none: the patterns are causal.
  const frames = slots.frames(end);
  const table = network.model.file.patterns.find(({ name }) => name === pattern)?.table ?? "";
  const kernel = network.attention.get(attentionKey(pattern, headDim));
  if (!kernel) throw networkFault("model-file", `${network.config.name}.json`, `it has no pattern '${pattern}'`);
  return kernel.bind({
    q: { buffer: buffers.get(step.q.tensor) as GPUBuffer, shape, strides },
    ...cache.operands(),
    output: { buffer: buffers.get(step.output.tensor) as GPUBuffer, shape, strides },
    params,
    tables: { [table]: { shape: [frames.length], data: frames } },
    size: { q: [end, rows, columns] },
    queryOffset: [first, 0, 0],
    keyExtent: [frames.length, rows, columns],
  });
}

/** Copies the chunk's keys and values into their slots. */
function encodeAppend(encoder: GPUCommandEncoder, cache: BranchCache, from: GPUBuffer, slots: readonly number[]): void {
  const { frameBytes } = cache;
  for (const [i, slot] of slots.entries()) {
    encoder.copyBufferToBuffer(from, i * frameBytes, cache.buffer(), slot * frameBytes, frameBytes);
  }
}

/** @throws ModelError where the device lacks room; LaunchError where a launch does not fit it. */
export function createStage(network: Network, caches: Caches, { frames, keep = [], timestamps }: StageOptions): Stage {
  const { device, dtype, tensors, model } = network;
  const { program } = model.file;
  const grid: Extents = { ...caches.grid, t: frames };
  const tensorOf = (name: string) => tensors.get(name) as ProgramTensor;
  const plan = planMemory(program, (name) => bytesOn(tensorOf(name), grid, dtype), new Set(keep));
  const { buffers, made, bytes } = buffersOf(network, plan, grid);
  const bufferOf = (name: string) => buffers.get(name) as GPUBuffer;
  const operations = new Map<OperationStep, LaunchCommands>();
  for (const step of program.steps) {
    if (step.kind === "operation") operations.set(step, bindOperation(network, step, grid, buffers));
  }
  const cacheOf = new Map<AttentionStep, BranchCache>(caches.branches.map((cache) => [cache.step, cache]));
  const attending = new Map<AttentionStep, { readonly launch: Launch; readonly slots: readonly number[] }>();
  const release = () => {
    for (const { launch } of attending.values()) launch.dispose();
    attending.clear();
  };
  const clipLength = product(shapeOn(tensorOf("clip"), grid));

  const encode = (encoder: GPUCommandEncoder) => {
    let pass: GPUComputePassEncoder | undefined;
    const begin = (step: Step) => {
      pass?.end();
      pass = encoder.beginComputePass(timestamps ? { timestampWrites: timestamps(step) } : {});
      return pass;
    };
    for (const step of program.steps) {
      if (step.kind === "attention") {
        pass?.end();
        pass = undefined;
        const { launch, slots } = attending.get(step) as { launch: Launch; slots: readonly number[] };
        encodeAppend(encoder, cacheOf.get(step) as BranchCache, bufferOf(step.keysAndValues.tensor), slots);
        launch.encode(begin(step));
      } else {
        (operations.get(step) as LaunchCommands).encode(pass && !timestamps ? pass : begin(step));
      }
    }
    pass?.end();
  };
  const send = (name: string, values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>) =>
    device.queue.writeBuffer(bufferOf(name), 0, values);

  return {
    frames,
    grid,
    clipLength,
    bytes,
    place: (first) => {
      release();
      for (const cache of caches.branches) {
        const slots = cache.slots.place(first, frames);
        attending.set(cache.step, { launch: bindAttention(network, cache, first, grid, buffers), slots });
      }
      send(
        "frame",
        Int32Array.from({ length: frames }, (_, i) => first + i),
      );
    },
    write: (clip) => {
      if (clip.length !== clipLength) throw networkFault("clip-length", "the clip", clip.length, clipLength);
      send("clip", clip);
    },
    forward: (tau, next) => {
      send("tau", Float32Array.from(tau));
      send("next", Float32Array.from(next));
      const encoder = device.createCommandEncoder();
      encode(encoder);
      device.queue.submit([encoder.finish()]);
    },
    advance: () => {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(bufferOf("stepped"), 0, bufferOf("clip"), 0, 4 * clipLength);
      device.queue.submit([encoder.finish()]);
    },
    commit: (count = frames) => {
      for (const { slots } of caches.branches) slots.keep(count);
    },
    read: async (name) => {
      const tensor = tensorOf(name);
      const source = { buffer: bufferOf(name), bytes: bytesOn(tensor, grid, dtype) };
      const [values] = (await readBack(device, [source])) as [ArrayBuffer];
      const isHalf = tensor.storage === "dtype" && dtype === "f16";
      const all = isHalf ? fromHalves(new Uint16Array(values)) : new Float32Array(values);
      return all.slice(0, product(shapeOn(tensor, grid)));
    },
    settled: () => network.settled(),
    dispose: () => {
      release();
      for (const launch of operations.values()) launch.dispose();
      for (const buffer of made) buffer.destroy();
    },
  };
}
