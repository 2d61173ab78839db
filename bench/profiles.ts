/** `npm run build && node dist/bench/profiles.js [--quick]`: every kind of kernel on this adapter, first checked, then timed. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Gpu, openGpu, writeWhole } from "mscc/runtime";
import { describeAdapter } from "../runtime/adapters.js";
import { CASES, DIM, type Grid, HEADS } from "./cases.js";
import { machineText } from "./machine.js";
import { root } from "./own.js";
import { CHECKED_GRID, type Check, checkKernel } from "./profile-checks.js";
import { type KindOnAdapter, kindsOn, type Made, make, tilesFor, tilesText } from "./profile-kernels.js";
import { type ProfileResults, profileMarkdown, slugOf } from "./profile-report.js";
import { keyOf, type Rates, type TimeRow, timeKinds } from "./profile-times.js";
import { short } from "./report.js";

const USAGE = `npm run build && node dist/bench/profiles.js [--quick]

  --quick   small grids and few rounds, to see that it works; writes bench/results/quick.*`;

const QUICK: readonly Grid[] = [
  [4, 8, 8],
  [8, 8, 16],
];
const GRIDS: readonly Grid[] = [
  [8, 16, 16],
  [8, 32, 32],
];
/** For adapters that are no CPU. */
const LARGE: Grid = [16, 64, 64];
const GPU_HEADS = 16;

const [BUDGET, QUICK_BUDGET] = [6_000, 500];

/** A device that is opened anew where a kernel has made the last one fail. */
async function deviceKeeper() {
  let lost = false;
  let gpu: Gpu | undefined;
  const open = async () => {
    const opened = await openGpu({ experimental: true });
    [gpu, lost] = [opened, false];
    void opened.device.lost.then(() => {
      if (gpu === opened) lost = true;
    });
    return opened;
  };
  return { open, get: async () => (gpu && !lost ? gpu : open()), close: () => gpu?.close() };
}

type Keeper = Awaited<ReturnType<typeof deviceKeeper>>;

/** What is known of the kernels, by pattern and tiles: which of them must not be timed, and why. */
type Failures = Map<string, Map<string, string>>;

const madeKey = ({ of, tiles }: Pick<Made, "of" | "tiles">) => `${of.name} ${tilesText(tiles)}`;

async function checkMade(keeper: Keeper, made: Made, failures: Failures): Promise<Check[]> {
  const failed = new Map<string, string>();
  const checks: Check[] = [];
  for (const { kind, compiled } of made.kernels) {
    const check: Check = await checkKernel(await keeper.get(), made, kind, compiled);
    checks.push(check);
    if (!check.passed) failed.set(keyOf(kind), "failed its check");
    const errors = [check.output, check.lse].map(
      (one) => one && `${short(one.error / one.tolerance)} of the allowance`,
    );
    const said = check.fault ?? `output ${errors[0]}, LSE ${errors[1]}`;
    console.log(`${check.passed ? "passed" : "FAILED"}: ${made.of.title}, ${keyOf(kind)}, ${check.tiles}: ${said}`);
  }
  failures.set(madeKey(made), failed);
  return checks;
}

/** Every pattern with the tiles of every grid. */
async function makeAll(grids: readonly Grid[], kinds: readonly KindOnAdapter[]) {
  const all = new Map<string, Made>();
  const onGrids: { readonly grid: Grid; readonly made: Made }[] = [];
  for (const grid of grids) {
    for (const of of CASES) {
      const tiles = await tilesFor(of, grid);
      const made = all.get(madeKey({ of, tiles })) ?? (await make(of, tiles, kinds));
      all.set(madeKey(made), made);
      onGrids.push({ grid, made });
    }
  }
  return { all: [...all.values()], onGrids };
}

function showRow({ pattern, grid, kind, dtype, milliseconds, timesAsFast, fault }: TimeRow): void {
  const times = timesAsFast === undefined ? "" : `, ${short(timesAsFast)} times as fast as the baseline`;
  const said = fault ?? `${short(milliseconds)} ms${times}`;
  console.log(`${pattern}, ${grid.join(" x ")}, ${kind}, ${dtype}: ${said}`);
}

function write(results: ProfileResults, quick: boolean): string {
  const folder = join(root, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const name = quick ? `quick.profiles-${slugOf(results.adapter)}` : `profiles-${slugOf(results.adapter)}`;
  writeWhole(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  writeWhole(join(folder, `${name}.md`), profileMarkdown(results));
  return `written: bench/results/${name}.json, bench/results/${name}.md`;
}

async function measure(quick: boolean): Promise<ProfileResults> {
  const machine = machineText();
  const keeper = await deviceKeeper();
  const first = await keeper.open();
  const { name: adapter, software } = describeAdapter(first.adapter);
  const kinds = await kindsOn(first);
  for (const { name, dtype, lacks } of kinds)
    if (lacks !== undefined) console.log(`skipped: ${name}, ${dtype}: ${lacks}`);
  const grids = quick ? QUICK : software ? GRIDS : [...GRIDS, LARGE];
  const running = kinds.filter(({ lacks }) => lacks === undefined);
  const { all, onGrids } = await makeAll(grids, running);
  const failures: Failures = new Map();
  const [checks, times]: [Check[], TimeRow[]] = [[], []];
  for (const made of all) checks.push(...(await checkMade(keeper, made, failures)));
  const heads = software ? HEADS : GPU_HEADS;
  const results: ProfileResults = {
    ...{ date: new Date().toISOString().slice(0, 10), node: process.version, machine },
    ...{ adapter, software, heads, headDim: DIM, checkedGrid: CHECKED_GRID },
    ...{ kinds: kinds.map(({ kind: _, ...rest }) => rest), checks, times },
  };
  const rates: Rates = new Map();
  for (const { grid, made } of onGrids) {
    const setting = { grid, heads, budget: quick ? QUICK_BUDGET : BUDGET, rates };
    const rows = await timeKinds(await keeper.get(), made, failures.get(madeKey(made)) ?? new Map(), setting);
    rows.forEach(showRow);
    times.push(...rows);
    // What there is already, in case the run is ended early.
    write(results, quick);
  }
  keeper.close();
  return results;
}

/** @returns the exit code: 1 where a kernel failed its check */
async function main(argv: readonly string[]): Promise<number> {
  let quick: boolean;
  try {
    const { values } = parseArgs({ args: [...argv], options: { quick: { type: "boolean" } } });
    quick = values.quick ?? false;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const results = await measure(quick);
  console.log(`\n${profileMarkdown(results)}`);
  console.log(write(results, quick));
  const failed = results.checks.filter(({ passed }) => !passed).length;
  if (failed > 0) console.error(`${failed} of ${results.checks.length} checks failed`);
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
