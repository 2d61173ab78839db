/** The results as data and as Markdown. */
import type { Cold, ColdFault, MaskTrial } from "./children.js";
import type { Growth } from "./growth.js";
import type { KernelRow } from "./kernels.js";

/** Everything that a run measured; parts that were left out are absent. */
export interface Results {
  readonly date: string;
  readonly node: string;
  readonly machine: string;
  readonly adapter: string;
  readonly profile: string;
  /** The peer's name and version; absent where it could not be measured. */
  readonly peer?: string;
  readonly peerAbsent?: string;
  readonly dtype: "f32";
  readonly heads: number;
  readonly headDim: number;
  /** Of the adapter: the largest binding, in bytes. */
  readonly largestBinding: number;
  readonly kernels?: readonly KernelRow[];
  readonly growth?: readonly Growth[];
  readonly masks?: readonly MaskTrial[];
  readonly cold?: readonly (Cold | ColdFault)[];
}

const NOT_MEASURED = "not measured";
const count = (n: number) => n.toLocaleString("en-US");
export const size = (grid: readonly number[]) => grid.join(" x ");

/** Three digits where there are decimals. */
export function short(n: number | undefined): string {
  if (n === undefined) return NOT_MEASURED;
  const decimals = n >= 100 || n === 0 ? 0 : Math.min(6, 2 - Math.floor(Math.log10(n)));
  return n.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
export const exponent = (n: number | undefined) => (n === undefined ? NOT_MEASURED : n.toExponential(1));
const seconds = (milliseconds: number) => `${short(milliseconds / 1000)} s`;

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];
function bytesText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return `${count(Math.round((10 * bytes) / 1024 ** power) / 10)} ${UNITS[power]}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

const params = (given: { readonly [name: string]: number }) =>
  Object.entries(given)
    .map(([name, value]) => ` ${name} ${value}`)
    .join(",");

const PEER = "peer";

const kernelHead = [
  ...["pattern", "grid", "tokens", "mscc ms", "mscc dense ms", `${PEER} ms`, "mscc dense / mscc", `${PEER} / mscc`],
  ...["useful GFLOP", "visited GFLOP", "useful GFLOP/s", "visited GFLOP/s", `${PEER} GFLOP/s`],
  ...["error mscc", `error ${PEER}`, `${PEER}'s mask`, "rounds"],
];

function kernelCells(row: KernelRow): string[] {
  const { pattern, grid, tokens, milliseconds, timesOfOwn, flops, error, mask, rounds, peerFault } = row;
  const rate = (amount: number, time: number | undefined) =>
    time === undefined ? NOT_MEASURED : short(amount / time / 1e6);
  const failed = peerFault === undefined ? undefined : "refused";
  return [
    ...[pattern, size(grid), count(tokens)],
    ...[short(milliseconds.own), short(milliseconds.dense), failed ?? short(milliseconds.peer)],
    ...[short(timesOfOwn.dense), short(timesOfOwn.peer), short(flops.useful / 1e9), short(flops.visited / 1e9)],
    ...[
      rate(flops.useful, milliseconds.own),
      rate(flops.visited, milliseconds.own),
      rate(flops.dense, milliseconds.peer),
    ],
    ...[exponent(error.own), exponent(error.peer), mask ? bytesText(mask.bytes) : "none", String(rounds)],
  ];
}

const MASKED =
  "The peer is given a dense mask for every pattern but dense, which stays on the device too and is not counted; its GFLOP/s are of all pairs.";

/** A difference above this is no rounding. */
const ROUNDING = 1e-4;

/** Where the peer's output is not attention, this is said, and whether its CPU provider makes the same of the same model. */
function errorLines(rows: readonly KernelRow[], peer: string): string[] {
  const errors = rows.map(({ error }) => error.peer ?? 0);
  if (!errors.some((error) => error > ROUNDING)) return [];
  const onCpu = rows.flatMap(({ error }) => (error.peerOnCpu === undefined ? [] : [error.peerOnCpu]));
  const elsewhere =
    onCpu.length === 0
      ? ""
      : ` Its CPU provider, given the same models and inputs, errs by at most ${exponent(Math.max(...onCpu))}.`;
  return [
    `The output of ${peer} on this adapter is wrong, by up to ${exponent(Math.max(...errors))}: more than rounding.${elsewhere} Its times are shown all the same, as those of a kernel that visits all pairs.`,
    "",
  ];
}

function kernelLines(rows: readonly KernelRow[], peer: string | undefined): string[] {
  const faults = rows.filter(({ peerFault }) => peerFault !== undefined);
  const others = peer === undefined ? "its own dense attention" : `its own dense attention and ${peer} (below "peer")`;
  return [
    ...["## Patterns on a ladder of grids", ""],
    ...[
      `Medians of rounds in which mscc and ${others} ran in turn; ratios are medians over the rounds, above 1 where mscc is faster.`,
      "All read float32 inputs of the layout [token, head, dim] that stay on the device, and each time ends when the output is in the host's memory.",
      "Errors are the largest differences from float64, over the rows of 48 tokens.",
      ...(peer === undefined ? [] : [MASKED]),
    ],
    "",
    ...table(kernelHead, rows.map(kernelCells)),
    "",
    ...(peer === undefined ? [] : errorLines(rows, peer)),
    ...faults.flatMap(({ pattern, grid, peerFault }) => [
      `${pattern} on ${size(grid)}, refused by the peer: ${peerFault}`,
      "",
    ]),
  ];
}

function growthLines(growths: readonly Growth[]): string[] {
  return [
    ...["## Growth with the number of tokens", ""],
    ...growths.flatMap(({ pattern, params: given, rounds, slope, slopeOfFlops, rows }) => [
      `${pattern} (${params(given).trim()}): time grows as tokens to the power of ${slope.toFixed(3)}, what is computed to the power of ${slopeOfFlops.toFixed(3)}; medians of ${rounds} rounds.`,
      "",
      ...table(
        ["grid", "tokens", "ms", "ms per 1,000 tokens", "useful GFLOP", "visited GFLOP", "error", "a dense mask"],
        rows.map((row) => [
          ...[size(row.grid), count(row.tokens), short(row.milliseconds), short(row.millisecondsPerThousandTokens)],
          ...[
            short(row.flops.useful / 1e9),
            short(row.flops.visited / 1e9),
            exponent(row.error),
            bytesText(row.maskBytes),
          ],
        ]),
      ),
      "",
    ]),
  ];
}

function maskLines(masks: readonly MaskTrial[], largestBinding: number): string[] {
  return [
    ...["## The peer's dense mask", ""],
    `A binding of this adapter holds at most ${bytesText(largestBinding)}; the peer binds a larger mask in several parts, as long as there are bindings left.`,
    "",
    ...masks.flatMap(({ grid, tokens, bytes, error, milliseconds }) => [
      `${size(grid)}, ${count(tokens)} tokens, a mask of ${bytesText(bytes)}: ${error === undefined ? `ran, in ${seconds(milliseconds ?? Number.NaN)} warm` : `\`${error.replaceAll("`", "'").replaceAll("\n", " ").trim()}\``}`,
      "",
    ]),
  ];
}

function coldLines(runs: readonly (Cold | ColdFault)[]): string[] {
  return [
    ...["## Cold start", ""],
    "From nothing loaded to the first result of a light cone on 4 x 16 x 16, in a process of its own, without a shader cache. The shader's time is that of the first run without what a second one takes.",
    "",
    ...table(
      ["driver", "profile", "total", "load mscc", "open adapter", "pattern to WGSL", "shader", "run"],
      runs.map((run) =>
        "error" in run
          ? [run.driver, run.profile, `failed: ${run.error.replaceAll("\n", " ")}`, "", "", "", "", ""]
          : [
              ...[run.driver, run.profile, seconds(run.total), seconds(run.load), seconds(run.open)],
              ...[seconds(run.compile), seconds(run.shader), seconds(run.run)],
            ],
      ),
    ),
    "",
  ];
}

/** What somebody who reads one paragraph wants to know. */
function summary({ kernels = [], growth = [], peer = PEER }: Results): string[] {
  const ofPeer = (pattern: string, tokens: number) =>
    kernels
      .filter((row) => row.pattern === pattern && row.tokens === tokens && row.timesOfOwn.peer !== undefined)
      .map((row) => {
        const mask = row.mask ? " with a dense mask" : "";
        return `- ${pattern}, ${size(row.grid)}: ${peer}${mask} takes ${short(row.timesOfOwn.peer)} times as long as mscc`;
      });
  const ofDense = kernels
    .filter(({ pattern, tokens }) => pattern === "frame-causal" && tokens === 4096)
    .map(({ grid, timesOfOwn }) => {
      const times = short(timesOfOwn.dense);
      return `- frame-causal, ${size(grid)}: mscc's own dense attention takes ${times} times as long`;
    });
  const slopes = growth.map(({ pattern, slope, rows }) => {
    const [first, last] = [rows[0]?.tokens ?? 0, rows.at(-1)?.tokens ?? 0];
    return `- ${pattern}, ${count(first)} to ${count(last)} tokens: time grows as tokens to the power of ${slope.toFixed(3)}`;
  });
  return [
    ...[...ofPeer("dense", 2048), ...ofPeer("dense", 4096), ...ofDense],
    ...[...ofPeer("light cone", 8192), ...ofPeer("window", 8192), ...slopes],
  ];
}

export function markdown(results: Results): string {
  const { date, node, machine, adapter, profile, peer, peerAbsent, heads, headDim, largestBinding } = results;
  const beside = peer === undefined ? `alone, since there is no peer (${peerAbsent})` : `beside ${peer}`;
  const inShort = summary(results);
  return [
    "# Benchmarks",
    "",
    `Written by \`npm run bench\` on ${date}. ${machine}; Node ${node}; adapter ${adapter}.`,
    `mscc, profile ${profile}, ${beside}, in one process on one driver; float32, ${heads} heads of ${headDim}.`,
    "",
    ...(inShort.length > 0 ? [...inShort, ""] : []),
    ...(results.kernels ? kernelLines(results.kernels, peer) : []),
    ...(results.growth ? growthLines(results.growth) : []),
    ...(results.masks && results.masks.length > 0 ? maskLines(results.masks, largestBinding) : []),
    ...(results.cold ? coldLines(results.cold) : []),
  ].join("\n");
}
