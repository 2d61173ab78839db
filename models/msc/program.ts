/** What a model computes, as plain data: tensors with symbolic extents, and steps over parts of them. Made from a config, fused by the compiler, run by the runtime. */

/** An extent: a number, or one that a rollout fixes. `over` divides it, rounded up. */
export type Extent = number | { readonly of: "t" | "y" | "x"; readonly times?: number; readonly over?: number };

export interface ProgramTensor {
  readonly name: string;
  /**
   * `weight`: of the safetensors file. `given`: written by the sampler. `state`: the clip in the making. `result`: read by
   * the sampler. All others live only while a forward pass needs them.
   */
  readonly role: "weight" | "given" | "state" | "result" | "activation";
  /** Stored as the model's dtype, as f32 in any case, or as int32. */
  readonly storage: "dtype" | "f32" | "i32";
  readonly extents: readonly Extent[];
}

/** A tensor, or a run of its channels (the last dimension). */
export interface View {
  readonly tensor: string;
  /** First channel; 0 if absent. */
  readonly first?: number;
  /** Number of channels; all if absent. */
  readonly channels?: number;
  /** Only the first and the last dimension: one row per frame. The ones between have extent 1. */
  readonly perFrame?: true;
}

/** An operation of models/msc/operations, or several that were fused into one. */
export interface OperationStep {
  readonly kind: "operation";
  /** Name of the kernel. */
  readonly kernel: string;
  readonly inputs: { readonly [name: string]: View };
  readonly output: View;
  readonly params: { readonly [name: string]: number };
  /** Of the layer, for progress and for reports; absent outside of layers. */
  readonly layer?: number;
}

/** Attention of one branch over the frames that its cache keeps and those of the chunk. */
export interface AttentionStep {
  readonly kind: "attention";
  /** Name of the pattern. */
  readonly pattern: string;
  readonly params: { readonly [name: string]: number };
  readonly layer: number;
  readonly branch: number;
  readonly heads: number;
  readonly headDim: number;
  /** Queries [t, y, x, heads * head dim]. */
  readonly q: View;
  /** Keys, then values of the chunk [t, y, x, 2 * heads * head dim]: what goes into the cache. */
  readonly keysAndValues: View;
  readonly output: View;
}

export type Step = OperationStep | AttentionStep;

export interface Program {
  readonly tensors: readonly ProgramTensor[];
  readonly steps: readonly Step[];
}

/** Tensors that a step reads. */
export const readsOf = (step: Step): readonly View[] =>
  step.kind === "operation" ? Object.values(step.inputs) : [step.q, step.keysAndValues];
