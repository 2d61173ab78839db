/** Times of launches by the host's clock: warm, several in one submission where one is short, and side by side. */
import type { LaunchCommands } from "../../runtime/launcher/types.js";

/** A submission takes at least so long, so that what it costs to submit does not count. */
const SHORTEST = 20;
/** A launch that takes longer is submitted in slices, since some drivers end what takes two seconds. */
const LONGEST = 1000;
const MOST_REPEATS = 1000;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = Number.NaN, high = low] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
};

/** Milliseconds of one run, each time it is called. */
export type Timer = () => Promise<number>;

/** How many launches one submission holds, where one takes so many milliseconds. */
export const repeatsFor = (milliseconds: number): number =>
  Math.min(MOST_REPEATS, Math.max(1, Math.ceil(SHORTEST / Math.max(milliseconds, 1e-3))));

async function timeSliced(launch: LaunchCommands): Promise<number> {
  const start = performance.now();
  await launch.run();
  return performance.now() - start;
}

async function timeTogether(device: GPUDevice, launch: LaunchCommands, repeats: number): Promise<number> {
  const encoder = device.createCommandEncoder();
  for (let i = 0; i < repeats; i++) launch.encode(encoder);
  const commands = encoder.finish();
  const start = performance.now();
  device.queue.submit([commands]);
  await launch.finished();
  return (performance.now() - start) / repeats;
}

/**
 * Runs the launch twice, of which the first compiles, and gives what times it from then on: a long one in slices, a
 * short one several times in one submission, by default by the host's clock.
 */
export async function warmTimer(device: GPUDevice, launch: LaunchCommands, together = timeTogether): Promise<Timer> {
  await launch.run();
  const once = await timeSliced(launch);
  return once > LONGEST ? () => timeSliced(launch) : () => together(device, launch, repeatsFor(once));
}

/** Rounds of paired runs that fit in a time: an odd number from 3 to 9. */
export function roundsWithin(milliseconds: number, ofOneRound: number): number {
  const most = Math.min(9, Math.max(3, Math.floor(milliseconds / ofOneRound)));
  return most - ((most + 1) % 2);
}

/**
 * Times of several timers run in turn, so that a machine that slows down slows all; a row for each round. Each round
 * starts with the next one, since whoever follows a long run finds a warmer machine; `first` is the round to begin with.
 */
export async function timeInTurn(
  timers: readonly Timer[],
  rounds: number,
  { first = 0, done = () => {} }: { readonly first?: number; readonly done?: () => void } = {},
): Promise<number[][]> {
  const rows: number[][] = [];
  for (let round = first; round < first + rounds; round++) {
    const row: number[] = [];
    for (let i = 0; i < timers.length; i++) {
      const at = (i + round) % timers.length;
      row[at] = await (timers[at] as Timer)();
    }
    rows.push(row);
    done();
  }
  return rows;
}
