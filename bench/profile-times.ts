/** Times of every kind of kernel on one pattern and grid: warm, in turn, by the device's clock where it has one. */
import type { Gpu } from "mscc/runtime";
import { slabOf } from "../cli/bench/dense.js";
import { type OpenLaunch, openLaunch } from "../cli/bench/launching.js";
import { median, roundsWithin, type Timer, timeInTurn, warmTimer } from "../cli/bench/timing.js";
import { countPairs } from "../compiler/plan/count.js";
import { timeByTimestamps } from "../runtime/measured.js";
import { DENSE, DIM, type Grid } from "./cases.js";
import { faultText } from "./profile-checks.js";
import { type KindOnAdapter, type Made, tilesText } from "./profile-kernels.js";

/** One kind on one pattern and grid; without `milliseconds` it was not timed. */
export interface TimeRow {
  readonly pattern: string;
  readonly grid: Grid;
  readonly kind: string;
  readonly dtype: KindOnAdapter["dtype"];
  readonly tiles: string;
  /** Median of one warm launch; of a part of the queries, divided by that part. */
  readonly milliseconds?: number;
  /** `device`: its timestamps; launches that take long go in slices, by the clock of the host. */
  readonly clock?: "device" | "host";
  readonly rounds?: number;
  /** Part of the queries that was run. */
  readonly share?: number;
  /** Of the pairs that attend, and of those that a kernel computes, over all heads. */
  readonly flops: { readonly useful: number; readonly visited: number };
  /** How many times as long the f32 baseline takes: the median over the rounds. */
  readonly timesAsFast?: number;
  /** Why it was not timed. */
  readonly fault?: string;
}

/** FLOPs in a millisecond that a kind was seen to reach on dense attention, by name. */
export type Rates = Map<string, number>;

export const keyOf = ({ name, dtype }: Pick<KindOnAdapter, "name" | "dtype">): string => `${name} ${dtype}`;

/** A run of dense attention that is expected to take longer is cut to some of its queries. */
const LONGEST_DENSE = 3_000;

interface Ready {
  readonly kind: KindOnAdapter;
  readonly open: OpenLaunch;
  readonly timer: Timer;
  readonly clock: () => "device" | "host";
  readonly share: number;
}

interface Setting {
  readonly grid: Grid;
  readonly heads: number;
  /** Milliseconds for all rounds. */
  readonly budget: number;
  readonly rates: Rates;
}

/** All queries; of dense attention as many as are expected to take no longer than is useful. */
function queriesOf({ of, tiles }: Made, kind: KindOnAdapter, visited: number, { grid, rates }: Setting) {
  const rate = of === DENSE ? rates.get(keyOf(kind)) : undefined;
  return slabOf(grid, tiles.query, rate === undefined ? 1 : (LONGEST_DENSE * rate) / visited);
}

async function ready(gpu: Gpu, made: Made, at: number, visited: number, setting: Setting): Promise<Ready> {
  const { kind, compiled } = made.kernels[at] as Made["kernels"][number];
  const { grid, heads } = setting;
  const { extents, share } = queriesOf(made, kind, visited, setting);
  const size = { q: grid, k: grid };
  const numbers = { size, queries: extents, params: made.of.params, tables: {} };
  const open = await openLaunch(gpu, compiled, { ...numbers, heads, keyHeads: heads, headDim: DIM });
  let clock: "device" | "host" = "host";
  const byDevice: Parameters<typeof warmTimer>[2] = (...given) => {
    clock = "device";
    return timeByTimestamps(...given);
  };
  try {
    const hasClock = gpu.device.features.has("timestamp-query");
    const timer = await warmTimer(gpu.device, open.launch, ...(hasClock ? [byDevice] : []));
    return { kind, open, timer, clock: () => clock, share };
  } catch (error) {
    open.close();
    throw error;
  }
}

/** Rounds of all that is ready, in turn; the first says how many there can be. */
async function roundsOf(all: readonly Ready[], budget: number): Promise<number[][]> {
  if (all.length === 0) return [];
  const timers = all.map(({ timer }) => timer);
  const start = performance.now();
  const first = await timeInTurn(timers, 1);
  const rounds = roundsWithin(budget, performance.now() - start);
  return [...first, ...(await timeInTurn(timers, rounds - 1, { first: 1 }))];
}

/** Rows in the order of the kernels; `failed` says by key why a kernel is not to be timed. */
export async function timeKinds(
  gpu: Gpu,
  made: Made,
  failed: ReadonlyMap<string, string>,
  setting: Setting,
): Promise<TimeRow[]> {
  const { grid, heads, budget, rates } = setting;
  const { of, tiles, plan } = made;
  const pairs = countPairs(plan, { size: { q: grid, k: grid }, params: of.params });
  const flopsOf = (count: number) => 4 * DIM * heads * count;
  const flops = { useful: flopsOf(pairs.useful), visited: flopsOf(pairs.visited) };
  const faults = new Map(failed);
  const all: Ready[] = [];
  try {
    for (const [i, { kind }] of made.kernels.entries()) {
      if (faults.has(keyOf(kind))) continue;
      try {
        all.push(await ready(gpu, made, i, flops.visited, setting));
      } catch (error) {
        faults.set(keyOf(kind), faultText(error));
      }
    }
    const rows = await roundsOf(all, budget).catch((error: unknown) => {
      for (const { kind } of all) faults.set(keyOf(kind), faultText(error));
      return [];
    });
    const columns = all.map(({ share }, i) => rows.map((row) => (row[i] as number) / share));
    const baseline = columns[all.findIndex(({ kind }) => kind.kind.profile === "baseline")];
    return made.kernels.map(({ kind }): TimeRow => {
      const about = { pattern: of.title, grid, kind: kind.name, dtype: kind.dtype, tiles: tilesText(tiles), flops };
      const at = all.findIndex((each) => each.kind === kind);
      const [own, times, fault] = [all[at], columns[at], faults.get(keyOf(kind))];
      if (fault !== undefined || !own || !times) return { ...about, fault: fault ?? "not run" };
      const milliseconds = median(times);
      if (of === DENSE) rates.set(keyOf(kind), flops.visited / milliseconds);
      const ratios = baseline?.map((time, round) => time / (times[round] as number));
      return {
        ...about,
        ...{ milliseconds, clock: own.clock(), rounds: times.length, share: own.share },
        ...(ratios ? { timesAsFast: median(ratios) } : {}),
      };
    });
  } finally {
    for (const { open } of all) open.close();
  }
}
