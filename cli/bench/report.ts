/** A benchmark as text for a terminal. */
import type { Axes } from "../../compiler/plan/pattern.js";
import { numberText } from "../number-text.js";
import { aligned, indented } from "../panels.js";
import type { Benchmark, BenchRequest, Circumstances } from "./bench.js";

/** Three digits, without an exponent. */
function short(value: number): string {
  if (!(value > 0)) return String(value);
  const decimals = Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(value))));
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** A count of FLOPs with its unit. */
const flopText = (flops: number): string =>
  flops >= 1e12 ? `${short(flops / 1e12)} TFLOP` : `${short(flops / 1e9)} GFLOP`;

const percent = (share: number): string => `${(100 * share).toPrecision(3)} %`;

function sceneText({ query, key, shared }: Axes, { size, params, heads, keyHeads, headDim }: BenchRequest): string {
  const extents = (axes: readonly string[], grid: readonly number[]) =>
    axes.map((axis, i) => `${axis}=${grid[i]}`).join(",");
  const keys = shared ? "" : `, keys ${extents(key, size.k)}`;
  const values = Object.entries(params).map(([name, value]) => `, ${name}=${numberText(value)}`);
  const count = keyHeads === heads ? String(heads) : `${heads}/${keyHeads}`;
  return `grid ${extents(query, size.q)}${keys}${values.join("")}, heads ${count}, head dim ${headDim}`;
}

export function benchLines(axes: Axes, request: BenchRequest, benchmark: Benchmark, around: Circumstances): string[] {
  const { variant, dtype, milliseconds, usefulFlops, visitedFlops, denseMilliseconds } = benchmark;
  const { adapter, kind, rounds, tiles, denseShare, speedup, drawn } = around;
  const rate = (flops: number) => `${short(flops / milliseconds / 1e9)} TFLOP/s`;
  const ratio = speedup >= 1 ? `${short(speedup)} times as long` : `${short(1 / speedup)} times as fast`;
  const part = denseShare < 1 ? `, from the time of ${percent(denseShare)} of its queries` : "";
  const rows = [
    ["time", `${short(milliseconds)} ms, median of ${rounds} warm runs`],
    ["useful", `${rate(usefulFlops)}: ${flopText(usefulFlops)}, of the pairs that attend`],
    ["visited", `${rate(visitedFlops)}: ${flopText(visitedFlops)}, of the pairs that are computed`],
    ["dense", `${short(denseMilliseconds)} ms by the same kernel without a mask, ${ratio}${part}`],
    ["tiles", `${tiles.query.join(" x ")} queries, ${tiles.key.join(" x ")} keys, chosen for this grid`],
  ] as const;
  const notes = drawn.length > 0 ? [`Tables drawn at random within their promises: ${drawn.join(", ")}`] : [];
  return [
    `${variant}: ${sceneText(axes, request)}, ${dtype}`,
    `${adapter}, ${kind}`,
    ...indented([...aligned(rows), ...notes]),
  ];
}
