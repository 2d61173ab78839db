/** Random inputs from a seed, with the extents that nothing gives: small ones, made as large as the operation indexes. */
import { type Expr, nodesOf } from "../../compiler/ir/expression.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { type AnyTensor, type TableData, tensorReference } from "../../dsl/index.js";
import { chance, filled } from "../chance.js";
import { userError } from "../messages.js";
import { type Extents, labelsOf } from "./extents.js";

type Arrays = { readonly [input: string]: TableData };
type Params = { readonly [name: string]: number };

/** Small and odd, more than one tile in all; by number of axes. */
const AXES: readonly (readonly number[])[] = [
  [],
  [131],
  [37, 19],
  [5, 9, 21],
  [3, 5, 7, 21],
  [3, 5, 3, 5, 7],
  [3, 3, 3, 3, 3, 7],
];
const FREE = [11, 5, 7, 9, 3, 13];
/** Where nothing says how large an int may be. */
const LARGEST_INT = 3;
/** More than any declaration needs that stops growing. */
const ROUNDS = 8;
const LARGEST_INPUT = 2 ** 22;

/** Dimensions that are indexed by values of an int input. */
function indexedBy({ inputs, reductions, value }: Tensor, name: string): string[] {
  const reads = (e: Expr) => nodesOf(e).some((node) => node.kind === "lookup" && node.table === name);
  return nodesOf(value, ...reductions.map(({ body }) => body)).flatMap((e) => {
    if (e.kind !== "lookup") return [];
    const labels = inputs.find((input) => input.name === e.table)?.labels ?? [];
    return labels.flatMap((label, i) => (reads(e.indices[i] as Expr) ? [label.name] : []));
  });
}

/** Floats in [-1, 1); ints that are positions where they are used as such. */
function drawn(tensor: Tensor, extents: Extents, seed: number): Arrays {
  return Object.fromEntries(
    tensor.inputs.map(({ name, type, labels }, which) => {
      const shape = labels.map((label) => extents.get(label.name) as number);
      if (shape.reduce((count, extent) => count * extent, 1) > LARGEST_INPUT) {
        const reason = `input '${name}' would be [${shape.join(", ")}]`;
        throw userError("verify-reference", { name: tensor.name, reason, isTensor: true });
      }
      const indexed = indexedBy(tensor, name).map((label) => extents.get(label) as number);
      const values = indexed.length > 0 ? Math.min(...indexed) : LARGEST_INT + 1;
      const of = (random: number) => (type === "int" ? Math.floor(random * values) : Math.fround(2 * random - 1));
      return [name, { shape, data: filled(shape, (indices) => of(chance(seed, which, ...indices))) }];
    }),
  );
}

/** How far each label is indexed; the reads give 0 where they are outside, as long as that is a matter of extents. */
function reachOf(declaration: AnyTensor, arrays: Arrays, params: Params, size: Params): Map<string, number> {
  const reach = new Map<string, number>();
  const inputs = Object.fromEntries(
    Object.entries(declaration.inputs).map(([name, { labels }]) => {
      const { shape, data } = arrays[name] as TableData;
      const read = (...indices: readonly number[]): number => {
        for (const [i, label] of labels.entries()) {
          reach.set(label, Math.max(reach.get(label) ?? 0, indices[i] as number));
        }
        return data[indices.reduce((at, index, i) => at * (shape[i] as number) + index, 0)] ?? 0;
      };
      return [name, read];
    }),
  );
  const value = (_: never, at: never) => declaration.value({ ...params, ...inputs, size } as never, at);
  // The reference walks over the output; what is read are the inputs above.
  const shapes = { inputs: {}, size };
  tensorReference({ ...declaration, inputs: {}, params: {}, value }, shapes);
  return reach;
}

export interface Drawn {
  readonly extents: Extents;
  readonly inputs: Arrays;
}

/**
 * Every extent and every input: those that are given, and the others drawn. A free label that the operation indexes
 * beyond its extent gets a larger one.
 */
export function drawInputs(
  tensor: Tensor,
  declaration: AnyTensor,
  known: Extents,
  given: Arrays,
  params: Params,
  seed: number,
  check: (extents: Extents) => void,
): Drawn {
  const extents = new Map(known);
  const open = labelsOf(tensor).filter((label) => !known.has(label));
  for (const [i, axis] of tensor.axes.entries()) {
    if (!known.has(axis)) extents.set(axis, AXES[tensor.axes.length]?.[i] as number);
  }
  const free = open.filter((label) => !tensor.axes.includes(label));
  for (const [i, label] of free.entries()) extents.set(label, FREE[i % FREE.length] as number);
  for (let round = 0; ; round++) {
    check(extents);
    const inputs = { ...drawn(tensor, extents, seed), ...given };
    const drawnAs = {
      extents: new Map(labelsOf(tensor).map((label) => [label, extents.get(label) as number])),
      inputs,
    };
    if (free.length === 0 || round === ROUNDS) return drawnAs;
    const reach = reachOf(declaration, inputs, params, Object.fromEntries(extents));
    const short = free.filter((label) => (reach.get(label) ?? 0) >= (extents.get(label) as number));
    if (short.length === 0) return drawnAs;
    for (const label of short) extents.set(label, (reach.get(label) as number) + 1);
  }
}
