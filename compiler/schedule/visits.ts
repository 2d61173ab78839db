/**
 * Counts what a loop nest visits over a whole grid without walking it tile by tile: axes that no bound and no test ties
 * together are counted apart and multiplied, so that time grows with sums over axes instead of products.
 */
import { type Environment, type Evaluator, evaluator, type TableValues } from "../ir/evaluate.js";
import { type Expr, variablesOf } from "../ir/expression.js";
import { conjuncts } from "../plan/count.js";
import type { Axes } from "../plan/pattern.js";
import type { Loop, LoopNest, Region, TileShapes } from "../plan/plan.js";

/** Stops counts that take too long: once `steps` exceeds `limit`, what is counted is not to be used. */
export interface Meter {
  steps: number;
  readonly limit: number;
}

/** A tile's place along a query axis, or a box's along a key axis: the variables that it sets, and where it goes. */
interface Dimension {
  /** The first position under its two names, and the last one. */
  readonly at: string;
  readonly lo: string;
  readonly hi: string;
  readonly extent: number;
  /** Variables that the ends read. */
  readonly reads: ReadonlySet<string>;
  readonly lower: Evaluator;
  readonly upper: Evaluator;
  readonly step: Evaluator;
  readonly residue: Evaluator | undefined;
  /** Boxes that are cut at the end of the loop are left out. */
  readonly wholeOnly: boolean;
}

interface Condition {
  readonly holds: Evaluator;
  readonly on: ReadonlySet<string>;
}

/** Counting stops above the ceiling: then the result is only known to lie above it. */
type Counter = (environment: Environment, ceiling: number) => number;

const modulo = (a: number, m: number) => ((a % m) + m) % m;

const sets = ({ at, lo, hi }: Dimension): string[] => [at, lo, hi];
const isReadBy = (dimension: Dimension, names: ReadonlySet<string>) => sets(dimension).some((name) => names.has(name));

/** First position, last one that a box may start at, and the distance of starts; nothing is visited where first > last. */
function startsOf(dimension: Dimension, environment: Environment): readonly [first: number, last: number, by: number] {
  const stride = dimension.step(environment);
  if (!(stride >= 1)) return [0, -1, 1];
  const upper = dimension.upper(environment);
  let first = dimension.lower(environment);
  if (dimension.residue) first += modulo(dimension.residue(environment) - first, stride);
  const last = dimension.wholeOnly ? upper - stride * (dimension.extent - 1) : upper;
  return [first, last, stride * dimension.extent];
}

/** Groups of dimensions that no condition and no bound ties together. */
function independent(dimensions: readonly Dimension[], conditions: readonly Condition[]): Dimension[][] {
  const ties = [
    ...conditions.map(({ on }) => dimensions.filter((each) => isReadBy(each, on))),
    ...dimensions.map((own) => [own, ...dimensions.filter((each) => isReadBy(each, own.reads))]),
  ];
  const groups: Dimension[][] = [];
  for (const tie of ties.filter(({ length }) => length > 0)) {
    const tied = groups.filter((group) => group.some((each) => tie.includes(each)));
    for (const group of tied) groups.splice(groups.indexOf(group), 1);
    groups.push([...new Set([...tied.flat(), ...tie])]);
  }
  return groups;
}

/** Walks the starts of one dimension, and sums what the rest counts for each. */
function enumerate(dimension: Dimension, rest: Counter, meter: Meter): Counter {
  const { at: position, lo, hi, extent, upper, step } = dimension;
  return (environment, ceiling) => {
    const [first, last, by] = startsOf(dimension, environment);
    const end = upper(environment);
    const reach = step(environment) * (extent - 1);
    let count = 0;
    for (let at = first; at <= last && count <= ceiling && meter.steps <= meter.limit; at += by) {
      meter.steps++;
      environment[position] = at;
      environment[lo] = at;
      environment[hi] = Math.min(at + reach, end);
      count += rest(environment, ceiling - count);
    }
    return count;
  };
}

/** count(x, y: f(x) and g(y)) -> count(x: f(x)) * count(y: g(y)); what is tied is enumerated, the most read first. */
function counterOf(dimensions: readonly Dimension[], conditions: readonly Condition[], meter: Meter): Counter {
  const known = conditions.filter(({ on }) => !dimensions.some((each) => isReadBy(each, on)));
  const open = conditions.filter((condition) => !known.includes(condition));
  const groups = independent(dimensions, open).sort((a, b) => a.length - b.length);
  const factors = groups.map((group): Counter => {
    const own = open.filter(({ on }) => group.some((each) => isReadBy(each, on)));
    const ready = group.filter(({ reads }) => !group.some((each) => isReadBy(each, reads)));
    const uses = (each: Dimension) =>
      own.filter(({ on }) => isReadBy(each, on)).length + group.filter(({ reads }) => isReadBy(each, reads)).length;
    const chosen = ready.reduce((best, each) => (uses(each) > uses(best) ? each : best));
    if (group.length === 1 && own.length === 0) {
      return (environment) => {
        const [first, last, by] = startsOf(chosen, environment);
        return first > last ? 0 : Math.floor((last - first) / by) + 1;
      };
    }
    const others = group.filter((each) => each !== chosen);
    const left = own.map(({ holds, on }) => ({
      holds,
      on: new Set([...on].filter((name) => !sets(chosen).includes(name))),
    }));
    return enumerate(chosen, counterOf(others, left, meter), meter);
  });
  // Only the last factor, the largest group, may stop early: a later factor could be 0.
  return (environment, ceiling) => {
    for (const { holds } of known) if (!holds(environment)) return 0;
    let count = 1;
    for (const [i, factor] of factors.entries()) {
      count *= factor(environment, i < factors.length - 1 ? Number.POSITIVE_INFINITY : ceiling / count);
      if (count === 0) return 0;
    }
    return count;
  };
}

const variable =
  (name: string): Evaluator =>
  (environment) =>
    environment[name] as number;
const one: Evaluator = () => 1;

function tileDimension(axis: string, extent: number): Dimension {
  return {
    at: `q.${axis}`,
    lo: `q.${axis}.lo`,
    hi: `q.${axis}.hi`,
    extent,
    reads: new Set(),
    lower: variable(`origin.q.${axis}`),
    upper: variable(`last.q.${axis}`),
    step: one,
    residue: undefined,
    wholeOnly: false,
  };
}

function boxDimension(loop: Loop, axis: string, extent: number, wholeOnly: boolean, tables: TableValues): Dimension {
  const { lower, upper, step, residue } = loop;
  return {
    at: `k.${axis}`,
    lo: `k.${axis}.lo`,
    hi: `k.${axis}.hi`,
    extent,
    reads: new Set([lower, upper, step, ...(residue ? [residue] : [])].flatMap((e) => [...variablesOf(e)])),
    lower: evaluator(lower, tables),
    upper: evaluator(upper, tables),
    step: evaluator(step, tables),
    residue: residue && evaluator(residue, tables),
    wholeOnly,
  };
}

/** What is counted: visited boxes, those that attend whole, or, with tiles and boxes of one position, pairs that attend. */
export type Counted = "boxes" | "full" | "pairs";

function conditionsOf({ guard, loops, full, attend }: Region, counted: Counted): readonly Expr[] {
  const visited = [guard, ...loops.map(({ live }) => live)];
  return counted === "boxes" ? visited : [...visited, counted === "full" ? full : attend];
}

/**
 * How often, over all tiles of queries; the environment holds origins, last positions, sizes, params, head and batch.
 * Above the ceiling, only that it is above.
 */
export function visitCounter(
  nest: LoopNest,
  axes: Axes,
  tiles: TileShapes,
  counted: Counted,
  { tables, meter }: { readonly tables: TableValues; readonly meter: Meter },
): (environment: Environment, ceiling?: number) => number {
  const queries = axes.query.map((axis, i) => tileDimension(axis, tiles.query[i] as number));
  const regions = nest.regions.map((region) => {
    const boxes = region.loops.map((loop, i) =>
      boxDimension(loop, axes.key[i] as string, tiles.key[i] as number, counted === "full", tables),
    );
    const conditions = conditionsOf(region, counted).flatMap((e) =>
      conjuncts(e).map((part) => ({ holds: evaluator(part, tables), on: variablesOf(part) })),
    );
    return counterOf([...queries, ...boxes], conditions, meter);
  });
  return (environment, ceiling = Number.POSITIVE_INFINITY) =>
    regions.reduce((sum, count) => (sum > ceiling ? sum : sum + count(environment, ceiling - sum)), 0);
}
