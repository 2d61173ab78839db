/** Launches with random operands of their own on the device: nothing is read back, since only their time is asked for. */
import type { KernelKind } from "../../backends/wgsl/index.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { toHalves } from "../../runtime/half.js";
import type { CompiledKernel, Gpu, Launch, Operand, Table } from "../../runtime/index.js";
import { LaunchError } from "../../runtime/index.js";
import { scoped } from "../../runtime/launcher/device.js";
import { chance } from "../chance.js";

/** What is launched: extents of the whole grid, and of the box of queries that is computed. */
export interface Launched {
  readonly size: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly queries: readonly number[];
  readonly heads: number;
  readonly keyHeads: number;
  readonly headDim: number;
  readonly params: { readonly [name: string]: number };
  readonly tables: { readonly [name: string]: Table };
}

export interface OpenLaunch {
  readonly launch: Launch;
  /** Destroys its buffers. */
  close(): void;
}

/** A kernel and the plan behind it. */
export interface PlannedKernel {
  readonly compiled: CompiledKernel;
  readonly plan: AttentionPlan;
}

const STORAGE = 0x80;
const COPY_DST = 0x8;
const BLOCK = 2 ** 16;

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

/** Values in [-1, 1), the same block over and over: their time does not depend on more. */
function fill(device: GPUDevice, buffer: GPUBuffer, block: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < buffer.size; at += block.length) {
    device.queue.writeBuffer(buffer, at, block, 0, Math.min(block.length, buffer.size - at));
  }
}

function blockOf(dtype: KernelKind["dtype"]): Uint8Array<ArrayBuffer> {
  const values = Float32Array.from({ length: BLOCK }, (_, i) => 2 * chance(1, i) - 1);
  return new Uint8Array(dtype === "f32" ? values.buffer : toHalves(values).buffer);
}

/** @throws LaunchError where the launch, or the memory for it, is refused. */
export async function openLaunch(gpu: Gpu, compiled: CompiledKernel, given: Launched): Promise<OpenLaunch> {
  const kernel = await gpu.kernel(compiled);
  const { device } = gpu;
  const { size, queries, heads, keyHeads, headDim, params, tables } = given;
  const buffers: GPUBuffer[] = [];
  const { dtype } = compiled.kernel;
  const block = blockOf(dtype);
  const bytes = dtype === "f32" ? 4 : 2;
  const operand = (isInput: boolean, shape: readonly number[]): Operand => {
    const buffer = device.createBuffer({
      size: Math.ceil((bytes * product(shape)) / 4) * 4,
      usage: STORAGE | COPY_DST,
    });
    buffers.push(buffer);
    if (isInput) fill(device, buffer, block);
    return { buffer, shape };
  };
  const close = () => {
    for (const buffer of buffers) buffer.destroy();
  };
  try {
    const [operands, faults] = scoped(device, () => ({
      q: operand(true, [1, heads, ...queries, headDim]),
      k: operand(true, [1, keyHeads, ...size.k, headDim]),
      v: operand(true, [1, keyHeads, ...size.k, headDim]),
      output: operand(false, [1, heads, ...queries, headDim]),
    }));
    const problems = await faults;
    if (problems.length > 0) throw new LaunchError(kernel.name, problems);
    const launch = kernel.bind({ ...operands, size, params, tables });
    return {
      launch,
      close: () => {
        launch.dispose();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
