/** A case in numbers: extents, positions, params and tables, all drawn from the name of the case. */
import { evaluator } from "../../compiler/ir/evaluate.js";
import type { PatternTable } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { ReferenceInput } from "../../dsl/index.js";
import type { Case, SizeClass } from "./cases.js";
import { draw, generator, seedOf } from "./random.js";
import { variantOf } from "./variants.js";

export interface Table {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Row-major arrays and the numbers of a launch, all given. */
export interface Scene extends ReferenceInput {
  readonly tables: { readonly [name: string]: Table };
  readonly params: { readonly [name: string]: number };
  readonly size: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly queryOffset: readonly number[];
  readonly keyOffset: readonly number[];
}

type Extents = readonly number[];

/** By rank: extents that are prime, those of the "blind" class, and those of two grids that differ. */
const PRIMES: readonly Extents[] = [[], [37], [5, 11], [3, 5, 7], [2, 3, 3, 5]];
const BLIND: readonly Extents[] = [[], [37], [7, 9], [4, 5, 7], [4, 2, 3, 5]];
const UNLIKE: readonly (readonly [Extents, Extents])[] = [
  [[], []],
  [[41], [29]],
  [
    [5, 9],
    [7, 4],
  ],
  [
    [2, 5, 9],
    [3, 3, 6],
  ],
  [
    [2, 2, 3, 5],
    [2, 1, 4, 3],
  ],
];

function extentsOf(sizes: SizeClass, plan: AttentionPlan): { readonly q: Extents; readonly k: Extents } {
  const { query, key } = plan.pattern.axes;
  const both = (of: (rank: number, tile: Extents) => Extents) => ({
    q: of(query.length, plan.tiles.query),
    k: of(key.length, plan.tiles.key),
  });
  const around = (difference: number) =>
    both((_, tile) => tile.map((extent) => (extent === 1 ? 2 : extent + difference)));
  switch (sizes) {
    case "ones":
      return both((_, tile) => tile.map(() => 1));
    case "primes":
    case "wide window":
      return both((rank) => PRIMES[rank] as Extents);
    case "tile - 1":
      return around(-1);
    case "tile":
      return around(0);
    case "tile + 1":
      return around(1);
    case "blind queries":
      return both((rank) => BLIND[rank] as Extents);
    case "unlike grids":
      return { q: UNLIKE[query.length]?.[0] as Extents, k: UNLIKE[key.length]?.[1] as Extents };
  }
}

function paramsOf({ pattern }: AttentionPlan, kind: Case["params"]): Scene["params"] {
  const value = (type: "int" | "float", min: number, fallback: number) => {
    if (kind === "least") return min;
    if (type === "int") return kind === "small" ? min + 1 : 50;
    return kind === "small" ? min + 1.5 : fallback;
  };
  return Object.fromEntries(
    pattern.params.map(({ name, type, min = 0, max = Number.POSITIVE_INFINITY, default: fallback = 50 }) => [
      name,
      Math.fround(Math.min(value(type, min, fallback), max)),
    ]),
  );
}

/** Extents of a table: what its labels tie or declare, and for any other room for offsets within any int param. */
function tableShape({ labels }: PatternTable, plan: AttentionPlan, scene: Omit<Scene, "tables">): number[] {
  const { query, key } = plan.pattern.axes;
  const reach = plan.pattern.params.map(({ name, type }) => (type === "int" ? (scene.params[name] as number) : 0));
  return labels.map(({ name, tie, extent }) => {
    if (extent) return evaluator(extent)({ ...scene.params });
    if (tie === "head") return scene.q.shape[1] as number;
    if (tie === "batch") return scene.q.shape[0] as number;
    if (tie === "free") return 2 * Math.max(0, ...reach) + 1;
    return Math.max(scene.size.q[query.indexOf(name)] ?? 0, scene.size.k[key.indexOf(name)] ?? 0);
  });
}

/** Values that keep the table's promises; a sorted table rises every few entries. */
function tableValues({ type, min, max, sorted }: PatternTable, shape: Extents, random: () => number): Table["data"] {
  const count = shape.reduce((total, extent) => total * extent, 1);
  const low = min ?? (max === undefined ? (type === "int" ? 0 : -1) : max - 2);
  const high = max ?? low + 2;
  const row = shape.at(-1) as number;
  let climbing = low;
  const values = Array.from({ length: count }, (_, i) => {
    if (!sorted) return low + random() * (high - low);
    if (i % row === 0) climbing = low;
    else if (random() < 0.2) climbing = Math.min(climbing + 1, max ?? Number.POSITIVE_INFINITY);
    return climbing;
  });
  return type === "int" ? Int32Array.from(values, Math.round) : Float32Array.from(values);
}

/**
 * The arrays and numbers of a case, on a grid of other extents where they are given, with the tiles of a plan of the
 * variant. The same for every layout.
 */
export function sceneOf(
  each: Case,
  grid?: { readonly q: Extents; readonly k: Extents },
  plan: AttentionPlan = variantOf(each.variant).plan,
): Scene {
  const { axes } = plan.pattern;
  const random = generator(seedOf(JSON.stringify({ ...each, layout: "any" })));
  const extents = grid ?? extentsOf(each.sizes, plan);
  const away = (rank: number, ...steps: readonly number[]) =>
    Array.from({ length: rank }, (_, i) => steps[i % 3] as number);
  const isMoved = (side: "queries" | "keys") => each.offsets === side || each.offsets === "both";
  const queryOffset = away(axes.query.length, ...(isMoved("queries") ? [1, 2, 3] : [0, 0, 0]));
  const keyOffset = away(axes.key.length, ...(isMoved("keys") ? [1, 0, 2] : [0, 0, 0]));
  if (each.sizes === "blind queries") {
    keyOffset[0] = (queryOffset[0] as number) + Math.ceil(0.6 * (extents.q[0] as number));
  }
  const beyond = (rank: number) => away(rank, ...(each.grid === "larger" ? [2, 0, 3] : [0, 0, 0]));
  const reach = (extent: Extents, offset: Extents) =>
    extent.map((n, i) => n + (offset[i] as number) + (beyond(extent.length)[i] as number));
  const [q, k] = [reach(extents.q, queryOffset), reach(extents.k, keyOffset)];
  const joint = q.map((n, i) => Math.max(n, k[i] ?? 0));
  const size = axes.shared ? { q: joint, k: joint } : { q, k };

  const keyHeads = 2;
  const operand = (heads: number, extent: Extents, dim: number) => {
    const shape = [each.batches, heads, ...extent, dim];
    return {
      shape,
      data: draw(
        random,
        shape.reduce((total, n) => total * n, 1),
      ),
    };
  };
  const numbers = {
    q: operand(keyHeads * each.gqa, extents.q, each.headDim),
    k: operand(keyHeads, extents.k, each.headDim),
    v: operand(keyHeads, extents.k, each.valueDim),
    params: paramsOf(plan, each.params),
    size,
    queryOffset,
    keyOffset,
  };
  const tables = plan.pattern.tables.map((table) => {
    const shape = tableShape(table, plan, numbers);
    return [table.name, { shape, data: tableValues(table, shape, random) }] as const;
  });
  return { ...numbers, tables: Object.fromEntries(tables) };
}
