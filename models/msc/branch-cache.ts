/** The buffers of a branch's keys and values on a device, and the slots in them. */
import type { Operand } from "../../runtime/launcher/index.js";
import { createSlots, type Slots } from "./cache.js";
import type { Extents } from "./config.js";
import { extentOn } from "./extents.js";
import type { FramePattern } from "./frames-kept.js";
import { COPY_DST, COPY_SRC, type Network, STORAGE } from "./network.js";
import type { AttentionStep, ProgramTensor } from "./program.js";

export interface BranchCache {
  readonly step: AttentionStep;
  readonly slots: Slots;
  /** Bytes of the keys and values of one frame. */
  readonly frameBytes: number;
  /** `[slot, y, x, keys then values]`. Another one once the cache has grown. */
  readonly buffer: () => GPUBuffer;
  /** Keys and values as operands `[1, heads, slots, y, x, head dim]`. */
  readonly operands: () => { readonly k: Operand; readonly v: Operand };
  readonly dispose: () => void;
}

/** The pattern of a step as its cache asks it. */
function framePattern(
  { model }: Network,
  { pattern, params, heads }: AttentionStep,
  rows: number,
  columns: number,
): FramePattern {
  const declared = model.file.patterns.find(({ name }) => name === pattern);
  const defaults = (declared?.params ?? []).flatMap(({ name, value, default: otherwise }) => {
    const known = value ?? otherwise;
    return known === undefined ? [] : [[name, known] as const];
  });
  return {
    attend: declared?.attend ?? 1,
    params: { ...Object.fromEntries(defaults), ...params },
    heads,
    rows,
    columns,
  };
}

/** Extents in space of what a step attends over. */
export function spaceOf({ tensors }: Network, step: AttentionStep, grid: Extents): readonly [number, number] {
  const [, rows, columns] = (tensors.get(step.q.tensor) as ProgramTensor).extents;
  return [extentOn(rows ?? 1, grid), extentOn(columns ?? 1, grid)];
}

/** An empty cache of a branch; its buffer is made when the first frames are placed. */
export function createBranchCache(network: Network, step: AttentionStep, grid: Extents): BranchCache {
  const { device, dtype } = network;
  const { heads, headDim, layer, branch } = step;
  const [rows, columns] = spaceOf(network, step, grid);
  const width = 2 * heads * headDim;
  const frameBytes = rows * columns * width * (dtype === "f16" ? 2 : 4);
  let buffer: GPUBuffer | undefined;
  let capacity = 0;
  const pattern = framePattern(network, step, rows, columns);
  const grow = (needed: number): number => {
    // One more at a time while a window fills; a history that keeps growing doubles.
    const next = capacity < 64 ? needed : Math.max(needed, 2 * capacity);
    const what = `cache of layer ${layer}, branch ${branch} (${next} frames)`;
    const made = network.buffer(what, next * frameBytes, STORAGE | COPY_DST | COPY_SRC);
    if (buffer) {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, made, 0, capacity * frameBytes);
      device.queue.submit([encoder.finish()]);
      buffer.destroy();
    }
    buffer = made;
    capacity = next;
    return next;
  };
  const slots = createSlots(pattern, grow);
  const strides = [0, headDim, rows * columns * width, columns * width, width, 1];
  const shape = () => [1, heads, capacity, rows, columns, headDim];
  return {
    step,
    slots,
    frameBytes,
    buffer: () => buffer as GPUBuffer,
    operands: () => ({
      k: { buffer: buffer as GPUBuffer, offset: 0, shape: shape(), strides },
      v: { buffer: buffer as GPUBuffer, offset: width / 2, shape: shape(), strides },
    }),
    dispose: () => buffer?.destroy(),
  };
}

/** The caches of all branches of a model on one grid, which stages of several sizes share. */
export interface Caches {
  readonly grid: Extents;
  readonly branches: readonly BranchCache[];
  /** Bytes that they hold now. */
  readonly bytes: () => number;
  readonly dispose: () => void;
}

export function createCaches(network: Network, grid: Extents): Caches {
  const steps = network.model.file.program.steps.filter((step) => step.kind === "attention");
  const branches = steps.map((step) => createBranchCache(network, step, grid));
  return {
    grid,
    branches,
    bytes: () => branches.reduce((sum, { slots, frameBytes }) => sum + slots.capacity() * frameBytes, 0),
    dispose: () => {
      for (const each of branches) each.dispose();
    },
  };
}
