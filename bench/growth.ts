/** How time grows with the number of tokens: a fit of log time against log tokens, for patterns of bounded reach. */
import type { Gpu } from "mscc/runtime";
import { median, timeInTurn } from "../cli/bench/timing.js";
import { type Case, CONE, type Grid, tokensOf, WINDOW } from "./cases.js";
import { errorOf, maskBytes, randomInputs } from "./exact.js";
import { flopsOf, openOwn, upload } from "./own.js";

export interface GrowthRow {
  readonly grid: Grid;
  readonly tokens: number;
  /** Median. */
  readonly milliseconds: number;
  readonly millisecondsPerThousandTokens: number;
  readonly flops: { readonly useful: number; readonly visited: number };
  readonly error: number;
  /** What a dense mask of so many tokens would take. */
  readonly maskBytes: number;
}

export interface Growth {
  readonly pattern: string;
  readonly params: { readonly [name: string]: number };
  readonly rounds: number;
  /** 1 is linear, 2 quadratic. */
  readonly slope: number;
  /** The same fit of what is computed: the first frames see less, so that it is a little above 1 as well. */
  readonly slopeOfFlops: number;
  readonly rows: readonly GrowthRow[];
}

/** The slope of the least squares line through the logarithms of both. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (i: 0 | 1) => logs.reduce((sum, each) => sum + each[i], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const sum = (of: (x: number, y: number) => number) => logs.reduce((so, [x, y]) => so + of(x - meanX, y - meanY), 0);
  return sum((x, y) => x * y) / sum((x) => x * x);
}

async function openGrid(gpu: Gpu, of: Case, grid: Grid) {
  const inputs = randomInputs(tokensOf(grid));
  const resident = upload(gpu, inputs);
  const own = await openOwn(gpu, of, grid, resident);
  // The first run compiles.
  const error = errorOf(of, grid, inputs)(await own.run());
  // The timer before this one may leave hundreds of megabytes to be freed, which a run of its own takes in.
  const timer = async () => {
    await own.run();
    const start = performance.now();
    await own.run();
    return performance.now() - start;
  };
  const close = () => {
    own.close();
    resident.close();
  };
  return { grid, tokens: tokensOf(grid), error, flops: flopsOf(own.plan, of, grid), timer, close };
}

async function measureOne(gpu: Gpu, of: Case, grids: readonly Grid[], rounds: number): Promise<Growth> {
  const opened = [];
  for (const grid of grids) {
    const each = await openGrid(gpu, of, grid);
    console.log(`${of.title}, ${each.tokens} tokens: compiled, error ${each.error.toExponential(1)}`);
    opened.push(each);
  }
  const times = await timeInTurn(
    opened.map(({ timer }) => timer),
    rounds,
  );
  const rows = opened.map(({ grid, tokens, error, flops }, i) => {
    const milliseconds = median(times.map((round) => round[i] as number));
    const perThousand = (1000 * milliseconds) / tokens;
    return {
      ...{ grid, tokens, milliseconds, millisecondsPerThousandTokens: perThousand },
      ...{ flops, error, maskBytes: maskBytes(tokens) },
    };
  });
  for (const { close } of opened) close();
  return {
    ...{ pattern: of.title, params: of.params, rounds },
    slope: slopeOf(rows.map(({ tokens, milliseconds }) => [tokens, milliseconds])),
    slopeOfFlops: slopeOf(rows.map(({ tokens, flops }) => [tokens, flops.visited])),
    rows,
  };
}

export async function measureGrowth(gpu: Gpu, grids: readonly Grid[], rounds: number): Promise<Growth[]> {
  const growths: Growth[] = [];
  for (const of of [WINDOW, CONE]) growths.push(await measureOne(gpu, of, grids, rounds));
  return growths;
}
