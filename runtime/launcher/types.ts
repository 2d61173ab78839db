/** The launcher's public types: what a caller gives, what it gets back. Types only, so that they can be emitted beside a kernel. */
import type { Dtype, Manifest, ManifestKernel } from "../../compiler/plan/manifest.js";

/** What `mscc compile` wrote: one kernel of a manifest and its WGSL. */
export interface CompiledKernel {
  readonly manifest: Manifest;
  readonly kernel: ManifestKernel;
  /** WGSL. */
  readonly code: string;
  /** WGSL of `kernel.merge`; without it, a tile is computed by one workgroup. */
  readonly merge?: string;
}

/** Every kernel of a manifest, as a generated module holds them. */
export interface KernelSet {
  readonly manifest: Manifest;
  /** WGSL by file name. */
  readonly code: { readonly [file: string]: string };
}

/** A tensor in a GPU buffer, of the kernel's dtype; LSE is f32. Offset and strides count elements, not bytes. */
export interface Operand {
  /** Has the usage STORAGE. The output's buffer holds no operand that is read: WebGPU forbids that. */
  readonly buffer: GPUBuffer;
  /** First element; 0 if absent. */
  readonly offset?: number;
  /** Of attention `[batch, heads, ...axes, dim]`, for `lse` without `dim`; of other operations as they are declared. */
  readonly shape: readonly number[];
  /** One per dimension, not negative; row-major and dense if absent. */
  readonly strides?: readonly number[];
}

/** A captured tensor: dense row-major values, one extent per label. */
export interface Table {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** The numbers of a launch: everything but the operands. */
export interface LaunchNumbers {
  /** Values of the pattern's params; those with a default may be left out. */
  readonly params?: { readonly [name: string]: number };
  readonly tables?: { readonly [name: string]: Table };
  /** Extents of the whole grids; by default offset plus extent, for a shared grid the larger of the two sides. */
  readonly size?: { readonly q?: readonly number[]; readonly k?: readonly number[] };
  /** Position of the first local query, per query axis; 0 if absent. */
  readonly queryOffset?: readonly number[];
  /** Position of the first local key, per key axis; 0 if absent. */
  readonly keyOffset?: readonly number[];
  /**
   * How many positions of keys are held, per key axis: `k` and `v` may have room for more. All that there is room for if
   * absent.
   */
  readonly keyExtent?: readonly number[];
  /** Key axes along which `k` and `v` are rings: position p lies in slot p modulo their extent. */
  readonly keyRing?: { readonly [axis: string]: boolean };
  /** Workgroups that share the keys of one tile of queries, 1 to 64; chosen by the launch if absent. */
  readonly splits?: number;
  /** Factor of the dot product; `1 / sqrt(head dim)` if absent. */
  readonly scale?: number;
  /** Bytes of one binding at most, for less than the device's limit; larger operands are bound in slices. */
  readonly maxBindingSize?: number;
}

export interface BindOptions extends LaunchNumbers {
  readonly q: Operand;
  readonly k: Operand;
  readonly v: Operand;
  readonly output: Operand;
  /** Natural logarithm of the sum of exponentials; if absent, a buffer that the launch owns. */
  readonly lse?: Operand;
}

export interface RunOptions {
  /** Aim of one submission's length; 200 if absent, `Infinity` for a single submission of each slab. */
  readonly sliceMilliseconds?: number;
}

/** What can be done with any launch. */
export interface LaunchCommands {
  /** Adds the whole launch to an encoder, or to an open compute pass, whose pipeline and group 0 it sets. */
  encode(target: GPUCommandEncoder | GPUComputePassEncoder): void;
  /** Submits slice by slice, each sized by the time of the one before, so that no watchdog ends it; resolves when done. */
  run(options?: RunOptions): Promise<void>;
  /** After `encode` and the caller's submit: resolves when the queue is done, rejects where the device or the launch failed. */
  finished(): Promise<void>;
  /** Destroys the buffers that the launch owns; not before the caller has submitted what it encoded. */
  dispose(): void;
}

/** A kernel with its operands and numbers, ready to run any number of times. */
export interface Launch extends LaunchCommands {
  /** The kernel that it runs, in messages: `mscc lightCone (baseline, d64)`. */
  readonly kernel: string;
  /** Where the LSE goes: the operand that was given, or one that lives until `dispose`. */
  readonly lse: Operand;
  /** Tiles of the whole launch; a workgroup, or one per split, computes a tile of queries of one head. */
  readonly tiles: number;
  /** Dispatches of the whole launch: more than one where an operand is larger than a binding, and is bound in slices. */
  readonly slabs: number;
  /** Workgroups that share the keys of a tile; where there are several, another kernel joins what they give. */
  readonly splits: number;
}

export interface AttentionKernel {
  /** The kernel in messages: `mscc lightCone (baseline, d64)`. */
  readonly name: string;
  /**
   * Checks everything and prepares one launch.
   * @throws LaunchError with every fault found; nothing has reached the GPU then.
   */
  bind(options: BindOptions): Launch;
  /** Disposes of the kernel and of every launch made from it. */
  dispose(): void;
}

export interface KernelOptions {
  /** Called once if the device is lost while this was the last of its kernels put to work. */
  readonly onDeviceLost?: (error: Error) => void;
}

/** What one of several kernels is chosen by; what is absent is left open. */
export interface Choosing {
  /** With `valueDim`: by default those of the first kernel in the manifest. */
  readonly headDim?: number;
  readonly valueDim?: number;
  /** f32 by default, where that was compiled. */
  readonly dtype?: Dtype;
  /** Takes no other, and fails where the device lacks what it needs. By default the best that the device runs. */
  readonly profile?: string;
}

export interface LoadOptions extends Choosing, KernelOptions {
  /** Told in one sentence which kernel was chosen, and why none of the better ones. */
  readonly log?: (message: string) => void;
}
