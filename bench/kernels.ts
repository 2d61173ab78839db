/** Every pattern on every grid of the ladder: mscc, its own dense attention and the peer, run in turn. */
import type { Gpu } from "mscc/runtime";
import { median, roundsWithin, type Timer, timeInTurn } from "../cli/bench/timing.js";
import { CASES, type Case, DENSE, DIM, type Grid, HEADS, tokensOf } from "./cases.js";
import { denseMask, errorOf, type Inputs, maskBytes, randomInputs } from "./exact.js";
import { flopsOf, type Own, openOwn, upload } from "./own.js";
import type { Peer, PeerRun } from "./peer.js";

/** One pattern on one grid; times are medians of milliseconds, ratios medians over the rounds. */
export interface KernelRow {
  readonly pattern: string;
  readonly params: { readonly [name: string]: number };
  readonly grid: Grid;
  readonly tokens: number;
  readonly rounds: number;
  readonly milliseconds: { readonly own: number; readonly dense: number; readonly peer?: number };
  /** How many times as long as mscc they take. */
  readonly timesOfOwn: { readonly dense: number; readonly peer?: number };
  readonly flops: { readonly useful: number; readonly visited: number; readonly dense: number };
  /** Largest difference from float64, over sampled rows; on small grids also that of the peer's CPU provider, given the same. */
  readonly error: { readonly own: number; readonly peer?: number; readonly peerOnCpu?: number };
  /** What the peer needs besides: bytes of its dense mask, and the time it took the host to fill. */
  readonly mask?: { readonly bytes: number; readonly milliseconds: number };
  /** Why the peer was not measured. */
  readonly peerFault?: string;
}

/** Tokens up to which the peer's CPU provider is asked too. */
const MOST_ON_CPU = 512;
/** All rounds of a row. */
const ENOUGH = 20_000;

const timed =
  (run: () => Promise<unknown>): Timer =>
  async () => {
    const start = performance.now();
    await run();
    return performance.now() - start;
  };

type OfPeer = Pick<KernelRow, "mask" | "peerFault"> & { readonly peer?: PeerRun; readonly onCpu?: Float32Array };
type Opened = OfPeer & { readonly own: Own; readonly dense: Own };

/** The peer's side of a row; what it cannot do is said, and the row goes on without it. */
async function openPeerRun(peer: Peer, of: Case, grid: Grid, inputs: Inputs): Promise<OfPeer> {
  const tokens = tokensOf(grid);
  const start = performance.now();
  const given = of === DENSE ? {} : { mask: denseMask(of, grid) };
  const mask = of === DENSE ? {} : { mask: { bytes: maskBytes(tokens), milliseconds: performance.now() - start } };
  try {
    const run = await peer.open(tokens, HEADS, DIM, { ...inputs, ...given });
    try {
      // The first run compiles, and says what cannot be run.
      await run.run();
    } catch (error) {
      await run.close();
      throw error;
    }
    const isSmall = tokens <= MOST_ON_CPU;
    return {
      ...mask,
      peer: run,
      ...(isSmall ? { onCpu: await peer.onCpu(tokens, HEADS, DIM, { ...inputs, ...given }) } : {}),
    };
  } catch (error) {
    return { ...mask, peerFault: error instanceof Error ? error.message : String(error) };
  }
}

async function rowOf(of: Case, grid: Grid, inputs: Inputs, opened: Opened, budget: number): Promise<KernelRow> {
  const { own, dense, peer, peerFault, mask, onCpu } = opened;
  const error = errorOf(of, grid, inputs);
  const errors = {
    own: error(await own.run()),
    ...(peer ? { peer: error(await peer.run()) } : {}),
    ...(onCpu ? { peerOnCpu: error(onCpu) } : {}),
  };
  const runs = [own, dense, ...(peer ? [peer] : [])];
  const timers = runs.map((each) => timed(() => each.run()));
  // The first round says how many there can be, and is one of them.
  const [first = []] = await timeInTurn(timers, 1);
  const rounds = roundsWithin(
    budget,
    first.reduce((sum, each) => sum + each, 0),
  );
  const rows = [first, ...(await timeInTurn(timers, rounds - 1, { first: 1 }))];
  const column = (i: number) => median(rows.map((row) => row[i] as number));
  const ratio = (i: number) => median(rows.map((row) => (row[i] as number) / (row[0] as number)));
  const tokens = tokensOf(grid);
  return {
    ...{ pattern: of.title, params: of.params, grid, tokens, rounds },
    milliseconds: { own: column(0), dense: column(1), ...(peer ? { peer: column(2) } : {}) },
    timesOfOwn: { dense: ratio(1), ...(peer ? { peer: ratio(2) } : {}) },
    flops: { ...flopsOf(own.plan, of, grid), dense: 4 * DIM * HEADS * tokens * tokens },
    error: errors,
    ...(mask ? { mask } : {}),
    ...(peerFault === undefined ? {} : { peerFault }),
  };
}

export interface KernelOptions {
  readonly grids: readonly Grid[];
  /** Milliseconds for all rounds of a row. */
  readonly budget?: number;
  readonly onRow: (row: KernelRow) => void;
}

export async function measureKernels(gpu: Gpu, peer: Peer | undefined, options: KernelOptions): Promise<KernelRow[]> {
  const { grids, budget = ENOUGH, onRow } = options;
  const rows: KernelRow[] = [];
  for (const grid of grids) {
    const inputs = randomInputs(tokensOf(grid));
    const resident = upload(gpu, inputs);
    const dense = await openOwn(gpu, DENSE, grid, resident);
    await dense.run();
    for (const of of CASES) {
      const own = await openOwn(gpu, of, grid, resident);
      const ofPeer = peer && (await openPeerRun(peer, of, grid, inputs));
      const row = await rowOf(of, grid, inputs, { own, dense, ...ofPeer }, budget);
      rows.push(row);
      onRow(row);
      own.close();
      await ofPeer?.peer?.close();
    }
    dense.close();
    resident.close();
  }
  return rows;
}
