/** `tensor`: an operation as a value per index of its output. That function is its specification. */
import type { Params } from "./params.js";

type AxisList = readonly [string, ...string[]];

export interface InputOptions {
  /** Stored as f32 in kernels of every dtype: noise levels, positions, the state of a sampler. */
  readonly exact?: boolean;
}

/**
 * A tensor that an operation reads, with one label per dimension. A label that names an axis of the output has its
 * extent; any other label is free: its extent is `size.<label>`, the same wherever the label stands.
 */
export interface Input<
  Labels extends readonly string[] = readonly string[],
  Type extends "float" | "int" = "float" | "int",
> {
  readonly kind: "input";
  readonly type: Type;
  readonly labels: Labels;
  readonly exact: boolean;
}

export type Inputs = { readonly [name: string]: Input };

interface InputConstructor<Type extends "float" | "int"> {
  <const Labels extends AxisList>(...labels: Labels): Input<Labels, Type>;
  <const Labels extends AxisList>(...labelsThenOptions: [...Labels, InputOptions]): Input<Labels, Type>;
}

function inputOf<Type extends "float" | "int">(type: Type): InputConstructor<Type> {
  return ((...given: (string | InputOptions)[]): Input => {
    const last = given.at(-1);
    const { exact = false } = typeof last === "object" ? last : {};
    const labels = given.filter((part): part is string => typeof part === "string");
    return { kind: "input", type, labels, exact };
  }) as InputConstructor<Type>;
}

/**
 * Declares an input of floats, `input("t", "c")` or `input("t", { exact: true })`; `input.int` declares one of int32
 * values. In `value` it is a function of one integer per label.
 */
export const input: InputConstructor<"float"> & { readonly int: InputConstructor<"int"> } = Object.assign(
  inputOf("float"),
  { int: inputOf("int") },
);

type LabelOf<I extends Inputs> = I[keyof I]["labels"][number];
type Indices<Labels extends readonly string[]> = { readonly [dimension in keyof Labels]: number };

/** What `value` sees beside the index: inputs, params, and the extents of axes and free labels. */
export type Reads<A extends AxisList, P extends Params, I extends Inputs> = {
  readonly size: { readonly [label in A[number] | LabelOf<I>]: number };
} & { readonly [name in keyof P]: number } & {
  readonly [name in keyof I]: (...indices: Indices<I[name]["labels"]>) => number;
};

/** The index of an element of the output: an integer per axis. */
export type Index<A extends AxisList> = { readonly [axis in A[number]]: number };

type NotReserved = { readonly size?: never };
/** Kernels have operands and uniforms of these names. */
type NotInput = NotReserved & { readonly output?: never; readonly uniforms?: never; readonly param?: never };

export interface TensorSpec<A extends AxisList, P extends Params, I extends Inputs> {
  /** Names of the output's dimensions, outermost first; 1 to 6. */
  readonly axes: A;
  /** Numbers chosen at run time. */
  readonly params?: P & NotReserved;
  /** Tensors that are read. */
  readonly inputs: I & NotInput;
  /** The output is stored as f32 in kernels of every dtype. */
  readonly exact?: boolean;
  /** The element at an index. */
  readonly value: (reads: Reads<A, P, I>, at: Index<A>) => number;
}

/** A declared operation. Its `value` can be called by other declarations and by tests. */
export interface Tensor<A extends AxisList = AxisList, P extends Params = Params, I extends Inputs = Inputs> {
  readonly kind: "tensor";
  readonly axes: A;
  readonly params: P;
  readonly inputs: I;
  readonly exact: boolean;
  readonly value: (reads: Reads<A, P, I>, at: Index<A>) => number;
}

/** Any declaration, for code that handles operations it does not know. */
export interface AnyTensor {
  readonly kind: "tensor";
  readonly axes: readonly string[];
  readonly params: Params;
  readonly inputs: Inputs;
  readonly exact: boolean;
  readonly value: (reads: never, at: never) => number;
}

/**
 * Declares a tensor operation. `value` is a plain TypeScript function: tests call it as it stands, the compiler reads
 * its source. What it may contain is in docs/language.md.
 */
export function tensor<
  const A extends AxisList,
  const I extends Inputs,
  // biome-ignore lint/complexity/noBannedTypes: no params is the empty record
  const P extends Params = {},
>(spec: TensorSpec<A, P, I>): Tensor<A, P, I> {
  const { axes, params, inputs, exact = false, value } = spec;
  return Object.freeze({ kind: "tensor", axes, params: params ?? ({} as P), inputs, exact, value });
}
