/** Random inputs from a seed: operands, and tables within their promises; the pattern shows extents that are not declared. */
import { declaredExtents } from "../../dsl/extents.js";
import type { AnyAttention, TableData } from "../../dsl/index.js";
import { chance, drawnValue, filled } from "../chance.js";
import { userError } from "../messages.js";
import { attends, axesOf, eachRow, product, type Scene, scored } from "./scene.js";

/** Values in [-1, 1). */
export function drawOperand(seed: number, which: number, shape: readonly number[]): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: product(shape) }, (_, i) => 2 * chance(seed, which, i) - 1);
}

type Declared = AnyAttention["tables"][string];

/** Sorted tables rise often, floats have both signs. */
const HABIT = { int: { low: 0, spread: 3, pace: 4 }, float: { low: -1, spread: 2, pace: 8 } } as const;

/** The value of a table at some indices. */
function valueAt({ type, promises }: Declared, seed: number, which: number, indices: readonly number[]): number {
  return drawnValue({ type, ...promises }, HABIT[type], indices, chance(seed, which, ...indices));
}

/** The extents that labels tie or the declaration states; undefined where a dimension is open. */
function knownExtents(pattern: AnyAttention, name: string, scene: Scene): (number | undefined)[] {
  const { query, key } = axesOf(pattern);
  const declared = declaredExtents(pattern, name, scene.params);
  return (pattern.tables[name] as Declared).labels.map((label, i) => {
    const sizes = [scene.size.q[query.indexOf(label)], scene.size.k[key.indexOf(label)]];
    const known = sizes.filter((size) => size !== undefined);
    if (known.length > 0) return Math.max(...known);
    return label === "head" ? scene.heads : label === "batch" ? scene.batches : declared[i];
  });
}

/** How far each dimension of the tables is indexed by pairs of the scene. */
function reachOf(pattern: AnyAttention, scene: Scene, value: (table: string, indices: readonly number[]) => number) {
  const reach = new Map<string, number[]>();
  const lookups = Object.fromEntries(
    Object.keys(pattern.tables).map((name) => {
      const own: number[] = [];
      reach.set(name, own);
      const lookup = (...indices: number[]) => {
        for (const [i, index] of indices.entries()) own[i] = Math.max(own[i] ?? 0, index);
        return value(name, indices);
      };
      return [name, lookup];
    }),
  );
  eachRow(pattern, scene, lookups, (_, pairs) => {
    for (const at of pairs) if (attends(pattern, at)) scored(pattern, at, 0);
  });
  return reach;
}

const LARGEST_TABLE = 2 ** 24;

function fill(name: string, shape: readonly number[], value: (indices: readonly number[]) => number): TableData {
  const count = product(shape);
  if (!(count <= LARGEST_TABLE)) {
    throw userError("verify-reference", { name, reason: `it reads ${count} values of that table` });
  }
  return { shape, data: filled(shape, value) };
}

/** Every table of a pattern: those given, and the others drawn within their promises. */
export function drawTables(
  pattern: AnyAttention,
  scene: Scene,
  given: { readonly [name: string]: TableData },
  seed: number,
): { readonly [name: string]: TableData } {
  const names = Object.keys(pattern.tables);
  const value = (name: string, indices: readonly number[]) => {
    const own = given[name];
    if (!own) return valueAt(pattern.tables[name] as Declared, seed, names.indexOf(name), indices);
    const at = indices.reduce((offset, index, i) => offset * (own.shape[i] as number) + index, 0);
    return own.data[at] ?? 0;
  };
  const known = new Map(names.map((name) => [name, knownExtents(pattern, name, scene)]));
  const isOpen = names.some((name) => !given[name] && known.get(name)?.includes(undefined));
  const reach = isOpen ? reachOf(pattern, scene, value) : new Map<string, number[]>();
  const drawn = names.map((name) => {
    const shape = (known.get(name) ?? []).map((extent, i) => extent ?? (reach.get(name)?.[i] ?? 0) + 1);
    return [name, given[name] ?? fill(name, shape, (indices) => value(name, indices))] as const;
  });
  return Object.fromEntries(drawn);
}
