/** Chooses the shapes of the tiles for a grid: counts exactly what each legal pair of shapes visits, and takes the cheapest. */
import { type Analysis, analyse } from "../analysis/analyse.js";
import { deriveLoops } from "../analysis/loops.js";
import type { TableValues } from "../ir/evaluate.js";
import { nodesOf, variablesOf } from "../ir/expression.js";
import { environmentOf, type PerSide } from "../plan/count.js";
import type { Pattern } from "../plan/pattern.js";
import type { LoopNest, TileShapes } from "../plan/plan.js";
import type { Target } from "../target.js";
import { type CostWeights, costOf, type Visits, weightsFor } from "./cost.js";
import { candidatesFor, loopsKey, sameShapes } from "./shapes.js";
import { defaultTiles } from "./tiles.js";
import { type Counted, type Meter, visitCounter } from "./visits.js";

/** Steps of all counts of one choice; where a grid needs more, a crop of it is counted. A step takes about 0.4 us. */
const STEP_LIMIT = 20_000_000;
/** So many of the cheapest shapes are reported. */
export const REPORTED = 5;

/** What the choice is made for. */
export interface ScheduleInput {
  /** Extents of the whole grids. */
  readonly size: PerSide;
  /** Params that are compiled in. */
  readonly constants?: ReadonlyMap<string, number>;
  /** Values of the other params; those with a default may be left out. */
  readonly params?: { readonly [name: string]: number };
  readonly tables?: TableValues;
  /** Called for each pair of shapes that is counted. */
  readonly onCount?: () => void;
}

export interface TileCandidate extends Visits {
  readonly tiles: TileShapes;
  /** Expected time in boxes. */
  readonly cost: number;
}

export interface TileChoice {
  readonly tiles: TileShapes;
  /** Params and tables that `attend` reads and that have no value: nothing was counted, and `tiles` is the default. */
  readonly missing: readonly string[];
  /** Legal pairs of shapes. */
  readonly compared: number;
  /** The cheapest ones, cheapest first, and the default one where it is not among them; empty where nothing was counted. */
  readonly candidates: readonly TileCandidate[];
  /** The default among them. */
  readonly fallback: TileCandidate | undefined;
  /** The grid that was counted: the one asked for or, where that takes too long, a crop of it. */
  readonly counted: PerSide;
  readonly cropped: boolean;
  /** Pairs that attend on the counted grid. */
  readonly useful: number;
}

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);
const tilesIn = (grid: readonly number[], tile: readonly number[]) =>
  product(grid.map((extent, i) => Math.ceil(extent / (tile[i] as number))));

/** The tables that decide which pairs attend. */
export function tablesOfAttend({ attend }: Pattern): ReadonlySet<string> {
  return new Set(nodesOf(attend).flatMap((e) => (e.kind === "lookup" || e.kind === "search" ? [e.table] : [])));
}

/** Params and tables without which the pattern cannot be counted. */
function missingValues(pattern: Pattern, { attend }: Analysis, input: ScheduleInput): string[] {
  const { params = {}, tables = {} } = input;
  const read = variablesOf(attend);
  const lookups = tablesOfAttend({ ...pattern, attend });
  const hasValue = (name: string, value: number | undefined) => (params[name] ?? value) !== undefined;
  return [
    ...pattern.params.filter((param) => read.has(param.name) && !hasValue(param.name, param.default)),
    ...pattern.tables.filter(({ name }) => lookups.has(name) && !tables[name]),
  ].map(({ name }) => name);
}

/** The count of one pattern on any grid; loops are derived once for all shapes that share them. */
function countsOf(pattern: Pattern, { subject }: Analysis, input: ScheduleInput) {
  const { constants = new Map<string, number>(), tables = {} } = input;
  const nests = new Map<string, LoopNest>();
  const nestOf = (tiles: TileShapes): LoopNest => {
    const key = loopsKey(tiles);
    const nest = nests.get(key) ?? deriveLoops(subject, tiles, "query-tile");
    nests.set(key, nest);
    return nest;
  };
  return (size: PerSide, meter: Meter) => {
    const zero = { q: size.q.map(() => 0), k: size.k.map(() => 0) };
    const values = environmentOf({ pattern, constants }, { ...input, size }, zero, size);
    return (tiles: TileShapes, counted: Counted, ceiling?: number): number => {
      input.onCount?.();
      return visitCounter(nestOf(tiles), pattern.axes, tiles, counted, { tables, meter })({ ...values }, ceiling);
    };
  };
}

type Counts = ReturnType<typeof countsOf>;
type Count = ReturnType<Counts>;

/** Cheapest first; of equal ones the default, then the first in the order of their extents. */
function byCost(a: TileCandidate, b: TileCandidate, fallback: TileShapes): number {
  const isDefault = (each: TileCandidate) => Number(sameShapes(each.tiles, fallback));
  return a.cost - b.cost || isDefault(b) - isDefault(a);
}

/** Compact shapes first: they are often the cheapest, and what is found early spares counting others to their end. */
const extension = ({ query, key }: TileShapes) => [...query, ...key].reduce((sum, extent) => sum + extent, 0);

/** The cheapest shapes and the default one; a count stops where a shape can no longer be among them. */
function compare(all: readonly TileShapes[], fallback: TileShapes, size: PerSide, count: Count, weights: CostWeights) {
  const found: TileCandidate[] = [];
  for (const tiles of [...all].sort((a, b) => extension(a) - extension(b))) {
    const isDefault = sameShapes(tiles, fallback);
    const queryTiles = tilesIn(size.q, tiles.query);
    const dearest = isDefault ? Number.POSITIVE_INFINITY : (found[REPORTED - 1]?.cost ?? Number.POSITIVE_INFINITY);
    const ceiling = dearest - costOf({ queryTiles, boxes: 0, fullBoxes: 0 }, weights);
    const boxes = count(tiles, "boxes", ceiling);
    if (boxes > ceiling) continue;
    const visits = { queryTiles, boxes, fullBoxes: count(tiles, "full") };
    found.push({ tiles, ...visits, cost: costOf(visits, weights) });
    found.sort((a, b) => byCost(a, b, fallback));
  }
  return found.filter(({ tiles }, i) => i < REPORTED || sameShapes(tiles, fallback));
}

const unitTiles = ({ q, k }: PerSide): TileShapes => ({ query: q.map(() => 1), key: k.map(() => 1) });

/** Crops of a grid, from small ones to the whole. */
function cropsOf({ q, k }: PerSide): PerSide[] {
  const longest = Math.max(...q, ...k);
  const crops: PerSide[] = [];
  for (let extent = 8; extent < longest; extent *= 2) {
    const cut = (grid: readonly number[]) => grid.map((own) => Math.min(own, extent));
    crops.push({ q: cut(q), k: cut(k) });
  }
  return [...crops, { q, k }];
}

/** The shapes to compare on a grid: all legal ones, and the default one in any case. */
function shapesToCompare(size: PerSide, target: Target, fallback: TileShapes): TileShapes[] {
  const legal = candidatesFor(size, target);
  return legal.some((each) => sameShapes(each, fallback)) ? legal : [...legal, fallback];
}

/** Whether comparing shapes on a grid is expected to take no more steps than the limit: judged by the default shape. */
function isFeasible(counts: Counts, size: PerSide, target: Target, fallback: TileShapes, limit: number): boolean {
  const meter = { steps: 0, limit };
  const count = counts(size, meter);
  count(unitTiles(size), "pairs");
  const ofPairs = meter.steps;
  count(fallback, "boxes");
  return ofPairs + 2 * (meter.steps - ofPairs) * shapesToCompare(size, target, fallback).length <= limit;
}

/**
 * The choice for a grid. Time is bounded: where the counts would take more than `stepLimit` steps, they are those of
 * the largest crop, by powers of two, for which they do not.
 */
export function chooseTiles(
  pattern: Pattern,
  target: Target,
  input: ScheduleInput,
  stepLimit: number = STEP_LIMIT,
): TileChoice {
  const analysis = analyse(pattern, input.constants);
  const fallback = defaultTiles(pattern.axes, target);
  const missing = missingValues(pattern, analysis, input);
  if (missing.length > 0) {
    const nothing = { candidates: [], fallback: undefined, useful: 0 };
    const compared = shapesToCompare(input.size, target, fallback).length;
    return { tiles: fallback, missing, compared, ...nothing, counted: input.size, cropped: false };
  }
  const counts = countsOf(pattern, analysis, input);
  const crops = cropsOf(input.size);
  const tooLarge = crops.findIndex((size) => !isFeasible(counts, size, target, fallback, stepLimit));
  const size = crops[tooLarge < 0 ? crops.length - 1 : Math.max(tooLarge - 1, 0)] as PerSide;
  const count = counts(size, { steps: 0, limit: Number.POSITIVE_INFINITY });
  const shapes = shapesToCompare(size, target, fallback);
  const candidates = compare(shapes, fallback, size, count, weightsFor(target));
  return {
    tiles: (candidates[0] as TileCandidate).tiles,
    missing,
    compared: shapes.length,
    candidates,
    fallback: candidates.find(({ tiles }) => sameShapes(tiles, fallback)),
    counted: size,
    cropped: size !== crops.at(-1),
    useful: count(unitTiles(size), "pairs"),
  };
}
