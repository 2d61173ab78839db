/** Runs tensor cases on a backend and holds each against the declared functions in float64, beside a plain float32 program. */
import { interpretTensor } from "../../backends/interpreter/tensor.js";
import type { TensorInput } from "../../compiler/plan/tensor.js";
import { planTensor } from "../../compiler/schedule/tensor-schedule.js";
import { eachPlace } from "./layouts.js";
import { generator, seedOf } from "./random.js";
import { type Errors, errorsOf } from "./run.js";
import { ROUNDOFF, roundTo } from "./sixteen-bit.js";
import { nameOf, type TensorCase } from "./tensor-cases.js";
import { type Operation, operations } from "./tensor-operations.js";

export interface LaidTensor {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly data: Float64Array;
}

export interface TensorBackendInput {
  readonly inputs: { readonly [name: string]: LaidTensor };
  readonly params: TensorCase["params"];
  /** Where the output goes; results are row-major all the same. */
  readonly output: Omit<LaidTensor, "data"> & { readonly length: number };
}

export interface TensorBackend {
  readonly name: string;
  readonly dtype: "f32" | "f16";
  run(operation: Operation, input: TensorBackendInput): Promise<ArrayLike<number>>;
}

const count = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

/** Dense; or with the dimensions in another order, room between them, and something before the first element. */
function stridesOf(shape: readonly number[], layout: TensorCase["layout"], turn: number) {
  const isDense = layout === "dense";
  const dimensions = shape.map((_, i) => (isDense ? i : (i + turn) % shape.length));
  const strides = shape.map(() => 0);
  let step = 1;
  for (const i of dimensions.reverse()) {
    strides[i] = step;
    step *= (shape[i] as number) + (isDense ? 0 : 1);
  }
  const offset = isDense ? 0 : 3 + turn;
  return { shape, strides, offset, length: offset + step };
}

function laid(data: Float64Array, shape: readonly number[], layout: TensorCase["layout"], turn: number): LaidTensor {
  const { strides, offset, length } = stridesOf(shape, layout, turn);
  const memory = new Float64Array(length).fill(Number.NaN);
  eachPlace(shape, strides, offset, (index, place) => {
    memory[place] = data[index] as number;
  });
  return { shape, strides, offset, data: memory };
}

/** What an input holds: noise levels between 0 and 1, small integers, else anything up to 2. */
function drawInput({ name, type, isExact }: TensorInput, shape: readonly number[], key: string, dtype: "f32" | "f16") {
  const random = generator(seedOf(`${key} ${name}`));
  const values = Float64Array.from({ length: count(shape) }, () => {
    const value = random();
    if (type === "int") return name === "frame" ? Math.floor(200 * value) : Math.floor(19 * value) - 9;
    return Math.fround(name === "tau" || name === "next" ? value : 4 * value - 2);
  });
  return type === "int" || isExact || dtype === "f32" ? values : values.map(roundTo.f16);
}

/** A case in numbers, what it must give and what a plain float32 program gives; shared by layouts and kernels. */
const prepared = new Map<string, ReturnType<typeof prepare>>();

function prepare(each: TensorCase, dtype: "f32" | "f16") {
  const operation = operations.get(each.operation) as Operation;
  const { tensor } = operation;
  const key = nameOf({ ...each, layout: "dense" });
  const inputs = Object.fromEntries(
    tensor.inputs.map((input) => {
      const shape = input.labels.map((label) => each.size[label.name] as number);
      return [input.name, { shape, data: drawInput(input, shape, key, dtype) }];
    }),
  );
  const shape = tensor.axes.map((axis) => each.size[axis] as number);
  const want = operation.reference(inputs, each);
  const plain = interpretTensor(planTensor(tensor), { inputs, params: each.params, shape });
  return { operation, inputs, shape, want, plain };
}

function preparedOf(each: TensorCase, dtype: "f32" | "f16") {
  const key = `${dtype} ${nameOf({ ...each, layout: "dense" })}`;
  const known = prepared.get(key) ?? prepare(each, dtype);
  prepared.set(key, known);
  return known;
}

export interface TensorOutcome extends Errors {
  readonly passed: boolean;
}

const LARGEST_HALF = 65504;
/** Of a case whose results no half can hold. */
const NOTHING: TensorOutcome = { backend: 0, plain: 0, size: 0, used: 0, passed: true };

/** A backend may err four times as much as the plain program, by what rounding on the way to memory may change, and by the slack of its functions. */
export async function runTensorCase(backend: TensorBackend, each: TensorCase): Promise<TensorOutcome> {
  const { operation, inputs, shape, want, plain } = preparedOf(each, backend.dtype);
  const { tensor, slack } = operation;
  const operands = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape: own, data }], i) => [name, laid(data, own, each.layout, i + 1)]),
  );
  const output = stridesOf(shape, each.layout, 1);
  const got = await backend.run(operation, { inputs: operands, params: each.params, output });
  const isHalf = backend.dtype === "f16" && !tensor.isExact;
  if (isHalf && want.some((value) => Math.abs(value) > LARGEST_HALF)) return NOTHING;
  const storing = (isHalf ? 2 * ROUNDOFF.f16 : 0) + slack;
  const errors = errorsOf(got, plain, want, { storing });
  return { ...errors, passed: errors.used <= 1 && got.length === want.length };
}

/** The interpreter itself: held against float64 with an allowance of its own. */
export const interpreter: TensorBackend = {
  name: "interpreter",
  dtype: "f32",
  run: async ({ tensor }, { inputs, params, output }) =>
    interpretTensor(planTensor(tensor), { inputs, params, shape: output.shape }),
};
