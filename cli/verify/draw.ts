/** Random inputs from a seed: operands, and tables within their promises; the pattern shows extents that are not declared. */
import { declaredExtents } from "../../dsl/extents.js";
import type { AnyAttention, TableData } from "../../dsl/index.js";
import { userError } from "../messages.js";
import { attends, axesOf, eachRow, product, type Scene, scored } from "./scene.js";

/** A number in [0, 1) that depends on nothing but its arguments, so that a table's values do not depend on its extents. */
export function chance(...keys: readonly number[]): number {
  let state = 0x9e3779b9;
  for (const key of keys) {
    state = Math.imul(state ^ (key | 0), 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    state ^= state >>> 16;
  }
  return (state >>> 0) / 2 ** 32;
}

/** Values in [-1, 1). */
export function drawOperand(seed: number, which: number, shape: readonly number[]): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: product(shape) }, (_, i) => 2 * chance(seed, which, i) - 1);
}

type Declared = AnyAttention["tables"][string];

/** The value of a table at some indices. */
function valueAt({ type, promises }: Declared, seed: number, which: number, indices: readonly number[]): number {
  const { min, max, sorted } = promises;
  const spread = type === "int" ? 3 : 2;
  const low = min ?? (max === undefined ? (type === "int" ? 0 : -1) : max - spread);
  const random = chance(seed, which, ...indices);
  if (sorted) {
    // Index plus less than one rises with the index, and so does what is made of it.
    const step = ((indices.at(-1) as number) + 0.9 * random) / (type === "int" ? 4 : 8);
    return Math.min(low + (type === "int" ? Math.floor(step) : Math.fround(step)), max ?? Number.POSITIVE_INFINITY);
  }
  const high = max ?? low + spread;
  if (type === "int") return low + Math.floor(random * (high - low + 1));
  return Math.min(Math.max(Math.fround(low + random * (high - low)), low), high);
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
  const data = Array.from({ length: count }, (_, index) => {
    const indices: number[] = [];
    let rest = index;
    for (let i = shape.length - 1; i >= 0; i--) {
      indices[i] = rest % (shape[i] as number);
      rest = Math.floor(rest / (shape[i] as number));
    }
    return value(indices);
  });
  return { shape, data };
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
