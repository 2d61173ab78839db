/** An explanation as text for a terminal, section by section. */
import { print } from "../../compiler/ir/print.js";
import { describeLoops } from "../../compiler/plan/describe.js";
import type { Axes } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { TileCandidate } from "../../compiler/schedule/choose.js";
import { sameShapes } from "../../compiler/schedule/shapes.js";
import { count, decimals, numberText, short } from "../number-text.js";
import { aligned, indented, section } from "../panels.js";
import type { Explanation, Scene } from "./facts.js";
import { loopWords } from "./words.js";

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

type Grid = Scene["size"];

/** `t=8, y=32, x=32`, and the grid of the keys where it is another. */
function gridText({ query, key, shared }: Axes, { q, k }: Grid): string {
  const extents = (axes: readonly string[], grid: readonly number[]) =>
    axes.map((axis, i) => `${axis}=${grid[i]}`).join(", ");
  return shared ? extents(query, q) : `queries ${extents(query, q)}, keys ${extents(key, k)}`;
}

export function patternLines({ pattern, score }: AttentionPlan): string[] {
  const { name, sentence, place, attend } = pattern;
  return [
    `${name}, ${place.file}:${place.line}: ${sentence}`,
    ...indented(
      aligned([
        ["attend", print(attend)] as const,
        ...(score.kind === "var" ? [] : [["score", print(score)] as const]),
      ]),
    ),
  ];
}

export function loopLines(plan: AttentionPlan): string[] {
  return section("What is visited: boxes of keys, for each tile of queries", [
    ...describeLoops(plan),
    "",
    ...aligned(loopWords(plan)).map((line) => line.trimEnd()),
  ]);
}

function costLines({ pattern, params, heads, headDim }: Scene, facts: Explanation): string[] {
  const { pairs, tiles, flops, bytes, intensity, counted, cropped, byHead } = facts;
  const values = Object.entries(params).map(([name, value]) => `${name}=${numberText(value)}`);
  const chosen = values.length > 0 ? ` with ${values.join(", ")}` : "";
  const rows = [
    ["pairs", `useful ${count(pairs.useful)} (${percent(pairs.useful, pairs.dense)})`],
    ["", `visited ${count(pairs.visited)} (${percent(pairs.visited, pairs.dense)}), padding included`],
    ["", `dense ${count(pairs.dense)}; all per head`],
    ["tiles", `${count(tiles.queries)} of queries; visited boxes of keys: ${count(tiles.full + tiles.masked)}`],
    [
      "",
      `${count(tiles.full)} of them whole, ${count(tiles.masked)} with a mask; a dense kernel visits ${count(tiles.dense)}`,
    ],
    ["FLOPs", `useful ${short(flops.useful)}, visited ${short(flops.visited)}, dense ${short(flops.dense)}`],
    ["", `4 x ${headDim} x pairs, for ${heads} ${heads === 1 ? "head" : "heads"} of ${headDim}`],
    ["bytes", `at least ${short(bytes.least)}B, each operand once; ${short(bytes.tiled)}B pass through the tiles`],
    ["", `${decimals(intensity)} visited FLOPs for each of the latter`],
  ] as const;
  const notes = [
    ...(cropped ? ["The whole grid would take too long to count: these are the numbers of this crop of it."] : []),
    ...(byHead ? ["The pattern reads the head: these are the keys of head 0."] : []),
  ];
  return section(`What it costs on ${gridText(pattern.axes, counted)}${chosen}`, [...aligned(rows), ...notes]);
}

function shapeLines({ plan, choice }: Scene): string[] {
  const head = ["queries", "keys", "visited pairs", "whole boxes", "masked", "cost"];
  const { query, key } = plan.tiles;
  const volume = [...query, ...key].reduce((so, extent) => so * extent, 1);
  const isChosen = (each: TileCandidate) => sameShapes(each.tiles, plan.tiles);
  const mark = (each: TileCandidate) =>
    [...(isChosen(each) ? ["chosen"] : []), ...(each === choice.fallback ? ["default"] : [])].join(", ");
  const rows = choice.candidates.map((each) => [
    each.tiles.query.join(" x "),
    each.tiles.key.join(" x "),
    count(each.boxes * volume),
    count(each.fullBoxes),
    count(each.boxes - each.fullBoxes),
    count(Math.round(each.cost)),
    mark(each),
  ]);
  const table = [[...head, ""], ...rows];
  const widths = head.map((_, i) => Math.max(...table.map((row) => (row[i] as string).length)));
  const lines = table.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const many = choice.compared > 1 ? `the cheapest of ${choice.compared} that were counted` : "only one is legal";
  return section(`Shapes of tiles: ${many}`, [
    ...lines,
    "The cost is the expected time in whole boxes. Kernels have the default shapes unless `mscc compile --grid` is given.",
  ]);
}

function comparisonLines({ comparison, pairs }: Explanation): string[] {
  const { winner, time, parts } = comparison;
  const share = `${percent(pairs.visited, pairs.dense)} of the dense pairs are visited`;
  const sum = `boxes ${parts.boxes.toFixed(2)}, masks ${parts.masks.toFixed(2)}, starts of tiles ${parts.tiles.toFixed(2)}`;
  const verdict = {
    sparse: `sparse wins: expected in ${time.toFixed(2)} of the time of dense attention by the same kernel (${sum}), since ${share}`,
    even: `neither wins: expected in ${time.toFixed(2)} of the time of dense attention by the same kernel (${sum}); ${share}`,
    dense: `dense wins: expected in ${time.toFixed(2)} times the time of dense attention by the same kernel (${sum}); ${share}`,
  };
  const other = `another program's dense kernel would have to be ${decimals(1 / time)} times as fast for each pair to draw level`;
  return section("Against dense attention", [verdict[winner], ...(winner === "sparse" ? [other] : [])]);
}

function paperLines({ heads, headDim }: Scene, { paper, counted }: Explanation): string[] {
  if (!paper) return [];
  const tokens = counted.q.reduce((so, extent) => so * extent, 1);
  const width = heads * headDim;
  const { formula, keysPerQuery, branch } = paper;
  const isOff = Math.abs(paper.counted / keysPerQuery - 1) > 0.005;
  const flops = (keys: number) => short(4 * tokens * keys * width);
  const rows = [
    [
      "keys per query",
      `${formula} = ${decimals(keysPerQuery)}; counted ${decimals(paper.counted)}, ${(paper.counted / keysPerQuery).toFixed(2)} of it`,
    ],
    ["attention", `4 s^2 h${formula.slice(1)} = ${flops(keysPerQuery)}FLOP; counted ${flops(paper.counted)}FLOP`],
    ["projections", `8 s h^2 = ${short(8 * tokens * width ** 2)}FLOP, for q, k, v and the output`],
  ] as const;
  const pooled =
    "This is the branch's own grid, pooled already: with a down factor r, the s of the High-Res grid is r^2 times as long.";
  return section(`In the MSC paper: ${branch === "regular" ? "" : `the ${branch} branch, `}${paper.what}`, [
    `s = ${count(tokens)} tokens, h = ${count(width)} channels of this branch`,
    ...aligned(rows),
    ...(paper.difference && isOff ? [`The two differ: ${paper.difference}.`] : []),
    "The paper counts both products of attention as one multiply-add each: 2 s^2 h where 4 s^2 h FLOPs are done.",
    ...(branch === "Low-Res" ? [pooled] : []),
  ]);
}

/** All sections of a pattern on a grid. */
export function reportLines(scene: Scene, facts: Explanation): string[] {
  return [
    ...patternLines(scene.plan),
    ...loopLines(scene.plan),
    ...costLines(scene, facts),
    ...shapeLines(scene),
    ...comparisonLines(facts),
    ...paperLines(scene, facts),
  ];
}
