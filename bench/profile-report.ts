/** What `profiles.ts` found out, as data and as Markdown. */
import type { Check, Measured } from "./profile-checks.js";
import type { KindOnAdapter } from "./profile-kernels.js";
import type { TimeRow } from "./profile-times.js";
import { exponent, short, size, table } from "./report.js";

/** Everything that a run measured. */
export interface ProfileResults {
  readonly date: string;
  readonly node: string;
  readonly machine: string;
  readonly adapter: string;
  /** A program on the CPU. */
  readonly software: boolean;
  readonly heads: number;
  readonly headDim: number;
  readonly checkedGrid: readonly number[];
  readonly kinds: readonly Omit<KindOnAdapter, "kind">[];
  readonly checks: readonly Check[];
  readonly times: readonly TimeRow[];
}

/** `Intel(R) Arc (driver 1.2)` -> `intel-arc`. */
export const slugOf = (adapter: string): string =>
  adapter
    .replaceAll(/\((?:r|tm)\)/gi, " ")
    .replace(/ *\(.*$/s, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "") || "adapter";

function kindLines(kinds: ProfileResults["kinds"]): string[] {
  const state = ({ lacks, onTrial, experimental }: ProfileResults["kinds"][number]) =>
    lacks ?? ["runs", ...(onTrial ? ["on trial"] : []), ...(experimental ? ["experimental features"] : [])].join(", ");
  return [
    ...["## Kinds of kernels", ""],
    ...table(
      ["kind", "dtype", "on this adapter"],
      kinds.map((kind) => [kind.name, kind.dtype, state(kind)]),
    ),
    "",
  ];
}

/** How much of what is allowed an error takes up; a kernel that did not run is worst of all. */
const used = (one: Measured | undefined) => (one ? one.error / one.tolerance : Number.POSITIVE_INFINITY);
const worse = (a: Check, b: Check) => Math.max(used(b.output), used(b.lse)) > Math.max(used(a.output), used(a.lse));

/** Of the shapes of tiles of one kernel and pattern the worst. */
function worstChecks(checks: readonly Check[]): Check[] {
  const found = new Map<string, Check>();
  for (const check of checks) {
    const key = `${check.kind} ${check.dtype} ${check.pattern}`;
    const known = found.get(key);
    if (!known || worse(known, check)) found.set(key, check);
  }
  return [...found.values()];
}

const PLACES = ["output", "lse"] as const;

function checkLines(checks: readonly Check[], grid: readonly number[]): string[] {
  const cells = (check: Check) =>
    PLACES.flatMap((place) => {
      const one = check[place];
      return one ? [exponent(one.error), exponent(one.tolerance)] : ["not run", ""];
    });
  const failed = checks.filter(({ passed }) => !passed);
  return [
    ...["## Errors", ""],
    `The worst element against the declared function in float64, beside what \`mscc verify\` allows, on ${size(grid)}: of the shapes of tiles that are timed below, the worst.`,
    "",
    ...table(
      ["pattern", "kind", "dtype", "output", "allowed", "LSE", "allowed", ""],
      worstChecks(checks).map((check) => {
        const { pattern, kind, dtype, passed } = check;
        return [pattern, kind, dtype, ...cells(check), passed ? "passed" : "FAILED"];
      }),
    ),
    "",
    ...failed.flatMap(({ pattern, kind, dtype, tiles, fault }) => [
      `${kind}, ${dtype}, ${pattern}, ${tiles}: ${fault ?? "errs by more than is allowed"}; not timed.`,
      "",
    ]),
  ];
}

/** `12.3`, or what stands in its place. */
function millisecondsText({ milliseconds, clock, share = 1, fault }: TimeRow): string {
  if (fault !== undefined) return "not timed";
  const notes = [...(clock === "host" ? ["clock of the host"] : []), ...(share < 1 ? [`${short(100 * share)} %`] : [])];
  return `${short(milliseconds)}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}`;
}

function timeCells(row: TimeRow): string[] {
  const { pattern, kind, dtype, flops, milliseconds, timesAsFast, rounds } = row;
  const rate = (of: number) => (milliseconds === undefined ? "" : short(of / milliseconds / 1e9));
  return [
    ...[pattern, kind, dtype, millisecondsText(row), rate(flops.useful), rate(flops.visited)],
    ...[timesAsFast === undefined ? "" : short(timesAsFast), rounds === undefined ? "" : String(rounds)],
  ];
}

const TIME_HEAD = ["pattern", "kind", "dtype", "ms", "useful TFLOP/s", "visited TFLOP/s", "times as fast", "rounds"];

function gridLines(rows: readonly TimeRow[]): string[] {
  const grids = [...new Set(rows.map(({ grid }) => size(grid)))];
  return grids.flatMap((grid) => {
    const own = rows.filter((row) => size(row.grid) === grid);
    const tiles = new Map(own.map((row) => [row.pattern, row.tiles]));
    const refused = own.filter(({ fault }) => fault !== undefined);
    return [
      ...[`### ${grid}`, "", ...table(TIME_HEAD, own.map(timeCells)), ""],
      ...[`Tiles: ${[...tiles].map(([pattern, text]) => `${pattern} ${text}`).join("; ")}.`, ""],
      ...refused.flatMap(({ pattern, kind, dtype, fault }) => [`${pattern}, ${kind}, ${dtype}: ${fault}`, ""]),
    ];
  });
}

export function profileMarkdown(results: ProfileResults): string {
  const { date, node, machine, adapter, software, heads, headDim, checkedGrid, kinds, checks, times } = results;
  return [
    `# Kinds of kernels on ${adapter}`,
    "",
    `Written by \`node dist/bench/profiles.js\` on ${date}. ${machine}; Node ${node}; adapter ${adapter}${software ? ", a program on the CPU" : ""}.`,
    "",
    ...kindLines(kinds),
    ...checkLines(checks, checkedGrid),
    "## Times",
    "",
    `Medians of warm launches, ${heads} heads of ${headDim}, tiles chosen for the grid; all kinds of a pattern run in turn. Times are by the device's timestamps where no other clock is named: launches of more than a second go in slices, by the clock of the host. A percentage says of how many of its queries a time was made. "Times as fast" is the f32 baseline's time by the own one, the median over the rounds.`,
    "",
    ...gridLines(times),
  ].join("\n");
}
