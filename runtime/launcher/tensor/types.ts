/** The public types of the launcher of tensor operations: what a caller gives, what it gets back. */
import type { Dtype, TensorManifest, TensorManifestKernel } from "../../../compiler/plan/manifest.js";
import type { KernelOptions, LaunchCommands, Operand } from "../types.js";

/** What `mscc compile` wrote: one kernel of a manifest and its WGSL. */
export interface CompiledTensor {
  readonly manifest: TensorManifest;
  readonly kernel: TensorManifestKernel;
  /** WGSL. */
  readonly code: string;
}

/** Every kernel of a manifest, as a generated module holds them. */
export interface TensorSet {
  readonly manifest: TensorManifest;
  /** WGSL by file name. */
  readonly code: { readonly [file: string]: string };
}

export interface TensorBindOptions {
  /**
   * Every input by name, one extent per label: of the kernel's dtype, int inputs of int32, exact ones of f32. Kernels
   * clamp indices, so that nothing else is read.
   */
  readonly inputs: { readonly [name: string]: Operand };
  /** One extent per axis. Its buffer holds no input. */
  readonly output: Operand;
  /** Values of the operation's params; those with a default may be left out. */
  readonly params?: { readonly [name: string]: number };
}

/** A kernel with its operands and numbers, ready to run any number of times. */
export interface TensorLaunch extends LaunchCommands {
  /** The kernel that it runs, in messages: `mscc linear (baseline)`. */
  readonly kernel: string;
  /** Workgroups of the whole launch. */
  readonly workgroups: number;
}

export interface TensorKernel {
  /** The kernel in messages: `mscc linear (baseline)`. */
  readonly name: string;
  /**
   * Checks everything and prepares one launch.
   * @throws LaunchError with every fault found; nothing has reached the GPU then.
   */
  bind(options: TensorBindOptions): TensorLaunch;
  /** Disposes of the kernel and of every launch made from it. */
  dispose(): void;
}

export interface TensorLoadOptions extends KernelOptions {
  /** f32 by default, where that was compiled. */
  readonly dtype?: Dtype;
  /** Takes no other, and fails where the device lacks what it needs. By default the best that the device runs. */
  readonly profile?: string;
  /** Told in one sentence which kernel was chosen, and why none of the better ones. */
  readonly log?: (message: string) => void;
}
