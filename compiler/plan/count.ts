/** Counts exactly what a plan visits on a given grid, by walking its loops; pairs of tiles that attend whole are not opened. */
import { type Environment, type Evaluator, evaluator, type TableValues } from "../ir/evaluate.js";
import { type Expr, TRUE, variablesOf } from "../ir/expression.js";
import type { Pattern } from "./pattern.js";
import type { AttentionPlan, Region } from "./plan.js";
import { positionsIn, walkOf } from "./walk.js";

export type PerSide = { readonly q: readonly number[]; readonly k: readonly number[] };

/** One launch, without its operands. */
export interface CountInput {
  /** Extents of the whole grids. */
  readonly size: PerSide;
  /** Position of the first query and key that the operands hold; by default 0. */
  readonly origin?: PerSide;
  /** Extents that the operands hold; by default all from `origin` on. */
  readonly extent?: PerSide;
  readonly params?: { readonly [name: string]: number };
  readonly tables?: TableValues;
  /** Counts are those of one head of one batch entry. */
  readonly head?: number;
  readonly batch?: number;
}

export interface PairCount {
  /** Pairs that attend. */
  readonly useful: number;
  /** Pairs in the visited pairs of tiles, padding included: what a kernel computes. */
  readonly visited: number;
  /** All pairs of queries and keys. */
  readonly dense: number;
  /** Visited pairs of tiles in which every pair attends, so that no mask is evaluated. */
  readonly fullTiles: number;
  readonly partialTiles: number;
}

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

/** A variable of a pair with the positions that it takes in a box. */
interface Span {
  lo: number;
  hi: number;
  step: number;
}
type Spans = { readonly [name: string]: Span };

/** How many positions of the spans satisfy a conjunction; the environment is used as scratch. */
type Counter = (environment: Environment, spans: Spans) => number;

export const conjuncts = (e: Expr): Expr[] =>
  e.kind === "binary" && e.op === "and" ? [...conjuncts(e.a), ...conjuncts(e.b)] : e === TRUE ? [] : [e];

interface Conjunct {
  readonly holds: Evaluator;
  /** Variables of the pair that it depends on. */
  readonly on: ReadonlySet<string>;
}

/** Groups of variables that no conjunct ties together. */
function independent(names: readonly string[], parts: readonly Conjunct[]): string[][] {
  const groups: string[][] = [];
  for (const name of names) {
    const isTied = (group: string[]) => parts.some(({ on }) => on.has(name) && group.some((other) => on.has(other)));
    const tied = groups.filter(isTied);
    for (const group of tied) groups.splice(groups.indexOf(group), 1);
    groups.push([...tied.flat(), name]);
  }
  return groups;
}

const extentOf = ({ lo, hi, step }: Span) => Math.floor((hi - lo) / step) + 1;

/**
 * count(x, y: f(x) && g(y)) -> count(x: f(x)) * count(y: g(y)); variables that are tied are enumerated one by one, the
 * most used first, after which others may come apart.
 */
function counterOf(names: readonly string[], parts: readonly Conjunct[]): Counter {
  const known = parts.filter(({ on }) => !names.some((name) => on.has(name)));
  const open = parts.filter((part) => !known.includes(part));
  const factors = independent(names, open).map((group): Counter => {
    const own = open.filter(({ on }) => group.some((name) => on.has(name)));
    const [only] = group;
    if (own.length === 0 && only !== undefined) return (_, spans) => extentOf(spans[only] as Span);
    const uses = (name: string) => own.filter(({ on }) => on.has(name)).length;
    const chosen = group.reduce((best, name) => (uses(name) > uses(best) ? name : best));
    const rest = counterOf(
      group.filter((name) => name !== chosen),
      own.map(({ holds, on }) => ({ holds, on: new Set([...on].filter((name) => name !== chosen)) })),
    );
    return (environment, spans) => {
      const { lo, hi, step } = spans[chosen] as Span;
      let count = 0;
      for (let at = lo; at <= hi; at += step) {
        environment[chosen] = at;
        count += rest(environment, spans);
      }
      return count;
    };
  });
  return (environment, spans) => {
    for (const { holds } of known) if (!holds(environment)) return 0;
    let count = 1;
    for (const factor of factors) {
      count *= factor(environment, spans);
      if (count === 0) return 0;
    }
    return count;
  };
}

function regionCounter({ attend }: Region, names: readonly string[], tables: TableValues): Counter {
  const parts = conjuncts(attend).map((e) => {
    const used = variablesOf(e);
    return { holds: evaluator(e, tables), on: new Set(names.filter((name) => used.has(name))) };
  });
  return counterOf(names, parts);
}

/** What the launch of a plan is described by. */
interface Counted {
  readonly pattern: Pick<Pattern, "axes" | "params">;
  readonly constants: AttentionPlan["constants"];
}

/** Values of everything that is the same for all pairs. */
export function environmentOf(
  { pattern: { axes, params }, constants }: Counted,
  input: CountInput,
  origin: PerSide,
  extent: PerSide,
): Environment {
  const environment: Environment = { head: input.head ?? 0, batch: input.batch ?? 0 };
  for (const { name, default: value } of params) if (value !== undefined) environment[name] = value;
  Object.assign(environment, input.params, Object.fromEntries(constants));
  for (const [side, names] of [["q", axes.query] as const, ["k", axes.key] as const]) {
    for (const [i, axis] of names.entries()) {
      const first = origin[side][i] as number;
      environment[`size.${side}.${axis}`] = input.size[side][i] as number;
      environment[`origin.${side}.${axis}`] = first;
      environment[`last.${side}.${axis}`] = first + (extent[side][i] as number) - 1;
    }
  }
  return environment;
}

/** One side of the pairs in hand: its axes, and the spans of their positions. */
function sideOf(axes: readonly string[], side: "q" | "k", spans: Spans) {
  const own = axes.map((axis) => spans[`${side}.${axis}`] as Span);
  return {
    /** Sets the spans and gives the number of positions. */
    place(lo: readonly number[], hi: readonly number[], step?: readonly number[]): number {
      for (const [i, span] of own.entries()) Object.assign(span, { lo: lo[i], hi: hi[i], step: step?.[i] ?? 1 });
      return product(own.map(extentOf));
    },
  };
}

type TileVisit = (lo: readonly number[], hi: readonly number[]) => void;

/** Calls with the first and last position of every tile of queries. */
function eachTile(
  origin: readonly number[],
  extent: readonly number[],
  tile: readonly number[],
  visit: TileVisit,
): void {
  const last = extent.map((n, i) => (origin[i] as number) + n - 1);
  positionsIn({ lo: origin, hi: last, step: tile }, (lo) => {
    visit(
      lo,
      lo.map((at, i) => Math.min(at + (tile[i] as number) - 1, last[i] as number)),
    );
  });
}
/**
 * Counts pairs of one head. Time grows with the visited pairs of tiles, not with all pairs.
 * @throws Error where a param or a table that the pattern reads has no value.
 */
export function countPairs(plan: AttentionPlan, input: CountInput): PairCount {
  const { pattern, tiles, forward } = plan;
  const { axes } = pattern;
  const { size, tables = {} } = input;
  const origin = input.origin ?? { q: size.q.map(() => 0), k: size.k.map(() => 0) };
  const left = (side: "q" | "k") => size[side].map((n, i) => n - (origin[side][i] as number));
  const extent = input.extent ?? { q: left("q"), k: left("k") };
  const environment = environmentOf(plan, input, origin, extent);
  const names = [...axes.query.map((axis) => `q.${axis}`), ...axes.key.map((axis) => `k.${axis}`)];
  const spans = Object.fromEntries(names.map((name) => [name, { lo: 0, hi: 0, step: 1 }]));
  const [queries, keys] = [sideOf(axes.query, "q", spans), sideOf(axes.key, "k", spans)];
  const counters = forward.regions.map((region) => regionCounter(region, names, tables));
  const walk = walkOf(forward, axes, tiles, tables);
  let [useful, fullTiles, partialTiles] = [0, 0, 0];
  eachTile(origin.q, extent.q, tiles.query, (lo, hi) => {
    for (const [i, axis] of axes.query.entries()) {
      environment[`q.${axis}.lo`] = lo[i] as number;
      environment[`q.${axis}.hi`] = hi[i] as number;
    }
    const rows = queries.place(lo, hi);
    walk(environment, (box) => {
      const columns = keys.place(box.lo, box.hi, box.step);
      if (box.full) fullTiles++;
      else partialTiles++;
      useful += box.full ? rows * columns : (counters[box.region] as Counter)(environment, spans);
    });
  });
  const visited = (fullTiles + partialTiles) * product(tiles.query) * product(tiles.key);
  return { useful, visited, dense: product(extent.q) * product(extent.k), fullTiles, partialTiles };
}
