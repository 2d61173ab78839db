/** The operations of the tensor cases: as the compiler reads them, and as the declarations that say what they mean. */
import { fileURLToPath } from "node:url";
import { readOperations } from "../../cli/msc/build.js";
import { createReader } from "../../compiler/frontend/read.js";
import { inline } from "../../compiler/fusion/inline.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { type AnyTensor, type TableData, tensorReference } from "../../dsl/index.js";
import * as branches from "../../models/msc/operations/branches.js";
import * as clip from "../../models/msc/operations/clip.js";
import * as layers from "../../models/msc/operations/layers.js";
import * as rotary from "../../models/msc/operations/rotary.js";
import * as fixtures from "../frontend/fixtures/tensors.js";
import { CLASSES, laidOut, MODEL, sizesOf, type TensorCase } from "./tensor-cases.js";

export type Arrays = { readonly [input: string]: TableData };

export interface Operation {
  readonly tensor: Tensor;
  /** What its declarations give in float64, executed one after the other. */
  readonly reference: (inputs: Arrays, given: Pick<TensorCase, "size" | "params">) => Float64Array;
  /** By how much functions of a driver may err beyond rounding, as a part of the largest value. */
  readonly slack: number;
}

const declared: { readonly [name: string]: AnyTensor } = { ...layers, ...branches, ...clip, ...rotary };

/** What the presets fuse: the second reads what the first makes as this input. */
const CHAINS: readonly (readonly [producer: string, consumer: string, as: string])[] = [
  ["linear", "silu", "x"],
  ["linear", "gelu", "x"],
  ["linear", "gatedResidual", "block"],
  ["layerNorm", "modulate", "x"],
  ["merge2", "gatedResidual", "block"],
  ["merge3", "gatedResidual", "block"],
  ["unpatchify", "eulerStep", "velocity"],
];

/** Functions of drivers are inexact: angles of hundreds of radians, exponents. */
const SLACK: { readonly [operation: string]: number } = {
  timestep: 1e-3,
  rotary: 1e-3,
  functions: 2e-5,
  softmax: 1e-5,
};

const shapeOf = (axes: readonly string[], { size }: Pick<TensorCase, "size">) =>
  axes.map((axis) => size[axis] as number);

function referenceOf(declaration: AnyTensor): Operation["reference"] {
  return (inputs, { size, params }) => {
    const axes = Object.fromEntries(declaration.axes.map((axis) => [axis, size[axis] as number]));
    const own = Object.entries(params).filter(([name]) => name in declaration.params);
    return tensorReference(declaration, { inputs, params: Object.fromEntries(own), size: axes }).data;
  };
}

const simple = (tensor: Tensor, declaration: AnyTensor): Operation => ({
  tensor,
  reference: referenceOf(declaration),
  slack: SLACK[tensor.name] ?? 0,
});

function chained(operations: ReadonlyMap<string, Tensor>, [first, second, as]: (typeof CHAINS)[number]): Operation {
  const [producer, consumer] = [first, second].map((name) => operations.get(name)) as [Tensor, Tensor];
  const name = first + second.charAt(0).toUpperCase() + second.slice(1);
  const made = inline(consumer, as, producer, name);
  if (!made) throw new Error(`${name} cannot be fused`);
  const { tensor, renamed } = made;
  const [before, after] = [first, second].map((each) => referenceOf(declared[each] as AnyTensor));
  const originals = <T>(values: { readonly [name: string]: T }) =>
    Object.fromEntries([...renamed].map(([own, now]) => [own, values[now] as T]));
  const reference: Operation["reference"] = (inputs, given) => {
    const data = before?.(originals(inputs), { ...given, params: originals(given.params) }) as Float64Array;
    const between = { shape: shapeOf(producer.axes, given), data };
    return after?.({ ...inputs, [as]: between }, given) as Float64Array;
  };
  return { tensor, reference, slack: 0 };
}

/** Everything that the model declares and that its presets fuse, then the forms of the language. */
function readAll(): ReadonlyMap<string, Operation> {
  const operations = readOperations();
  const file = fileURLToPath(new URL("../frontend/fixtures/tensors.ts", import.meta.url));
  const ofModel = [...operations].map(([name, tensor]) => simple(tensor, declared[name] as AnyTensor));
  const ofUsers = createReader()
    .read(file)
    .tensors.map((tensor) =>
      simple(tensor, (fixtures as { readonly [name: string]: AnyTensor })[tensor.name] as AnyTensor),
    );
  const all = [...ofModel, ...CHAINS.map((chain) => chained(operations, chain)), ...ofUsers];
  return new Map(all.map((operation) => [operation.tensor.name, operation]));
}

export const operations: ReadonlyMap<string, Operation> = readAll();

function casesOf({ tensor }: Operation): TensorCase[] {
  const { name, axes, inputs, params } = tensor;
  const own = MODEL[name];
  if (own) return laidOut(name, own);
  const labels = [...new Set([...axes, ...inputs.flatMap((input) => input.labels.map((label) => label.name))])];
  return laidOut(
    name,
    CLASSES.map((kind) => {
      const value = ({ type, min = -9, max = 9 }: Tensor["params"][number]) => {
        const between = (min + max) / 2;
        return kind === "ones" ? min : kind === "wide" ? max : type === "int" ? Math.floor(between) : between;
      };
      return [sizesOf(axes, labels, kind), Object.fromEntries(params.map((param) => [param.name, value(param)]))];
    }),
  );
}

/** By operation. */
export const tensorCases: ReadonlyMap<string, readonly TensorCase[]> = new Map(
  [...operations].map(([name, operation]) => [name, casesOf(operation)]),
);
