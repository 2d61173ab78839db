/** Executes a plan of a tensor operation in TypeScript, rounding to 32 bits as a kernel does. The definition of correct. */
import { type Environment, type Evaluator, evaluator, type TableValues } from "../../compiler/ir/evaluate.js";
import { innerOf, outermost } from "../../compiler/plan/nesting.js";
import type { Reduction, TensorPlan } from "../../compiler/plan/tensor.js";
import { rowMajor, type StridedArray } from "./interpret.js";

const f32 = Math.fround;
const LOWEST = -3.4028234663852886e38;

export interface TensorInterpreterInput {
  readonly inputs: { readonly [name: string]: StridedArray };
  readonly params?: { readonly [name: string]: number };
  /** One extent per axis of the output. */
  readonly shape: readonly number[];
}

const count = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

/** The values of an array in row-major order. */
function dense({ shape, data, strides = rowMajor(shape), offset = 0 }: StridedArray): ArrayLike<number> {
  return Array.from({ length: count(shape) }, (_, n) => {
    let [rest, at] = [n, offset];
    for (let i = shape.length - 1; i >= 0; i--) {
      at += (rest % (shape[i] as number)) * (strides[i] as number);
      rest = Math.floor(rest / (shape[i] as number));
    }
    return data[at] as number;
  });
}

/** Params and extents as variables; those of the index are added element by element. */
function environmentOf({ tensor, constants }: TensorPlan, { inputs, params, shape }: TensorInterpreterInput) {
  const environment: Environment = {};
  for (const { name, type, default: value = 0 } of tensor.params) {
    const given = constants.get(name) ?? params?.[name] ?? value;
    environment[name] = type === "float" ? f32(given) : given;
  }
  for (const { name, labels } of tensor.inputs) {
    for (const [i, label] of labels.entries()) environment[`size.${label.name}`] = inputs[name]?.shape[i] as number;
  }
  for (const [i, axis] of tensor.axes.entries()) environment[`size.${axis}`] = shape[i] as number;
  return environment;
}

/** Sets positions along axes or ranges from a flat number, the last one fastest. */
function place(names: readonly string[], extents: readonly number[], n: number, environment: Environment): void {
  let rest = n;
  for (let i = names.length - 1; i >= 0; i--) {
    environment[names[i] as string] = rest % (extents[i] as number);
    rest = Math.floor(rest / (extents[i] as number));
  }
}

/** How a reduction is computed where its variables are set; inner ones are computed in its loop. */
type Compute = (environment: Environment) => number;

function computersOf({ tensor }: TensorPlan, tables: TableValues): ReadonlyMap<string, Compute> {
  const computers = new Map<string, Compute>();
  for (const reduction of tensor.reductions) {
    const inner = innerOf(tensor, reduction).map(({ name }) => [name, computers.get(name) as Compute] as const);
    computers.set(reduction.name, computerOf(reduction, tables, inner));
  }
  return computers;
}

function computerOf(
  { op, ranges, body }: Reduction,
  tables: TableValues,
  inner: readonly (readonly [name: string, compute: Compute])[],
): Compute {
  const element = evaluator(body, tables);
  const extents = ranges.map(({ extent }) => evaluator(extent, tables));
  const names = ranges.map(({ name }) => name);
  return (environment) => {
    const own = extents.map((extent) => extent(environment));
    let result = op === "sum" ? 0 : LOWEST;
    for (let n = 0; n < count(own); n++) {
      place(names, own, n, environment);
      for (const [name, compute] of inner) environment[name] = compute(environment);
      const value = element(environment);
      result = op === "sum" ? f32(result + value) : Math.max(result, value);
    }
    return result;
  };
}

/** A product of two factors, as a contraction computes it: both are rounded, then their product. */
function contracted(plan: TensorPlan, tables: TableValues): Compute | undefined {
  const { schedule, tensor } = plan;
  if (schedule.kind !== "contraction") return undefined;
  const [left, right] = [schedule.left, schedule.right].map((e) => evaluator(e, tables)) as [Evaluator, Evaluator];
  const { ranges } = tensor.reductions[0] as Reduction;
  const extents = ranges.map(({ extent }) => evaluator(extent, tables));
  const names = ranges.map(({ name }) => name);
  return (environment) => {
    const own = extents.map((extent) => extent(environment));
    let total = 0;
    for (let n = 0; n < count(own); n++) {
      place(names, own, n, environment);
      total = f32(total + f32(left(environment) * right(environment)));
    }
    return total;
  };
}

/** The output, row-major. Inputs are read as they are: what a kernel stores as f16 is to be rounded before. */
export function interpretTensor(plan: TensorPlan, given: TensorInterpreterInput): Float32Array {
  const { tensor, schedule } = plan;
  const tables: TableValues = Object.fromEntries(
    tensor.inputs.map(({ name }) => {
      const array = given.inputs[name] as StridedArray;
      return [name, { shape: array.shape, data: dense(array) }];
    }),
  );
  const environment = environmentOf(plan, given);
  const computers = computersOf(plan, tables);
  const product = contracted(plan, tables);
  const shared = new Set(schedule.kind === "reduce" ? schedule.shared : []);
  const rowAxes = schedule.kind === "reduce" ? schedule.rows : [];
  const value = evaluator(tensor.value, tables);
  const axes = tensor.axes.map((axis) => `at.${axis}`);
  const output = new Float32Array(count(given.shape));
  const outer = outermost(tensor);
  const known = new Map<string, Map<string, number>>();
  for (let n = 0; n < output.length; n++) {
    place(axes, given.shape, n, environment);
    const row = rowAxes.map((axis) => environment[`at.${axis}`]).join();
    const results = known.get(row) ?? new Map<string, number>();
    known.set(row, results);
    for (const { name } of outer) {
      const compute = product ?? (computers.get(name) as Compute);
      const result = shared.has(name) ? (results.get(name) ?? compute(environment)) : compute(environment);
      results.set(name, result);
      environment[name] = result;
    }
    output[n] = value(environment);
  }
  return output;
}
