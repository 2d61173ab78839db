/** What `mscc msc info` prints: the numbers of a model as tables. */
import type { Branch, Extents } from "./config.js";
import { headDimOf, layersOf } from "./dimensions.js";
import type { ForwardFlops, PaperTerms } from "./flops.js";
import type { BranchCache, ModelInfo } from "./info.js";

const count = (n: number): string => n.toLocaleString("en-US");

const UNITS = ["", "k", "M", "G", "T", "P", "E"];
/** `1.24 G`: three digits and the power of a thousand. */
function short(n: number, unit = ""): string {
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(n, 1)) / 3), 0), UNITS.length - 1);
  const digits = power === 0 ? count(Math.round(n)) : (n / 1000 ** power).toPrecision(3);
  return `${digits} ${UNITS[power]}${unit}`.trimEnd();
}

const ratio = (n: number): string => (n < 10 ? n.toFixed(2) : n < 100 ? n.toFixed(1) : count(Math.round(n)));
const extents = ({ t, y, x }: Extents): string => `${t} x ${y} x ${x}`;
const sum = (values: readonly number[]) => values.reduce((so, each) => so + each, 0);

type Row = readonly string[];

/** Columns that line up, those whose head begins with `>` at their right. */
function table(heads: Row, rows: readonly Row[]): string[] {
  const isRight = heads.map((head) => head.startsWith(">"));
  const all = [heads.map((head) => head.replace(/^>/, "")), ...rows];
  const widths = heads.map((_, i) => Math.max(...all.map((row) => (row[i] ?? "").length)));
  const cell = (text: string, i: number) => (isRight[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0));
  return all.map((row) => `  ${heads.map((_, i) => cell(row[i] ?? "", i)).join("  ")}`.trimEnd());
}

const section = (title: string, lines: readonly string[]): string[] => ["", title, ...lines];

/** Layers that follow each other and are alike, `first` of them to `last`. */
interface Run {
  readonly first: number;
  readonly last: number;
  readonly branches: readonly Branch[];
}

function runsOf({ config }: ModelInfo): Run[] {
  const runs: Run[] = [];
  for (const [l, { branches }] of layersOf(config).entries()) {
    const before = runs.at(-1);
    const isAlike = before && JSON.stringify(before.branches) === JSON.stringify(branches);
    if (isAlike) runs[runs.length - 1] = { ...before, last: l };
    else runs.push({ first: l, last: l, branches });
  }
  return runs;
}

const layersText = ({ first, last }: Run): string => (first === last ? `${first}` : `${first}-${last}`);

/** One row for each branch of each run; the run's name stands in its first row. */
const branchRows = (info: ModelInfo, row: (run: Run, branch: Branch, b: number) => Row): Row[] =>
  runsOf(info).flatMap((run) =>
    run.branches.map((branch, b) => [b === 0 ? layersText(run) : "", `${b}`, ...row(run, branch, b)]),
  );

function branchLines(info: ModelInfo): string[] {
  const rows = branchRows(info, ({ first }, branch, b) => {
    const values = Object.entries(branch.params).map(([name, value]) => `${name}=${value}`);
    return [
      `${branch.channels}`,
      `${branch.heads} x ${headDimOf(branch)}`,
      `${branch.down}`,
      extents(info.flops.layers[first]?.branches[b]?.grid as Extents),
      [branch.pattern, values.join(", ")].join(" ").trimEnd(),
    ];
  });
  return table(["layers", "branch", ">channels", ">heads", ">down", "grid", "pattern"], rows);
}

function parameterLines({ parameters }: ModelInfo): string[] {
  const { embedding, time, layers, head, total } = parameters;
  const rows = [
    ["embedding of patches", embedding],
    ["embedding of noise levels", time],
    [`${layers.length} ${layers.length === 1 ? "layer" : "layers"}`, sum(layers)],
    ["head", head],
    ["all", total],
  ] as const;
  return table(
    ["of", ">parameters"],
    rows.map(([name, n]) => [name, count(n)]),
  );
}

const BYTES = { f32: 4, f16: 2 };
const bytesIn = (n: number): Row => [short(BYTES.f32 * n, "B"), short(BYTES.f16 * n, "B")];

function cacheRow(caches: readonly BranchCache[]): Row[] {
  const kept = sum(caches.map(({ frames, perFrame }) => (typeof frames === "number" ? frames * perFrame : 0)));
  const growth = sum(caches.map(({ frames, perFrame }) => (typeof frames === "number" ? 0 : perFrame / frames.every)));
  const isConstant = growth === 0;
  return [
    ...(kept > 0 || isConstant
      ? [[isConstant ? "caches, however long the rollout" : "caches that are bounded", count(kept), ...bytesIn(kept)]]
      : []),
    ...(isConstant ? [] : [["caches that grow, for each frame", count(growth), ...bytesIn(growth)]]),
  ];
}

function memoryLines(info: ModelInfo): string[] {
  const { weights, caches, activations } = info.memory;
  const rows = branchRows(info, ({ first }, _, b) => {
    const cache = caches[first]?.[b];
    if (!cache) return [];
    const { frames, perFrame } = cache;
    const size = (n: number) => short(BYTES.f32 * n * perFrame, "B");
    if (typeof frames === "number") return [`${frames}`, size(1), size(frames)];
    return [frames.every === 1 ? "all" : `1 of ${frames.every}`, size(1), "grows"];
  });
  return [
    ...table(
      ["for", ">numbers", ">f32", ">f16"],
      [
        ["weights", count(weights), ...bytesIn(weights)],
        ...cacheRow(caches.flat()),
        ["intermediate results", count(activations), ...bytesIn(activations)],
      ],
    ),
    "",
    ...table(["layers", "branch", ">frames cached", ">each, in f32", ">a layer's cache"], rows),
  ];
}

/** FLOPs of a whole model by kind of work. */
function partsOf({ embedding, time, layers, head, total }: ForwardFlops) {
  const branches = layers.flatMap((layer) => layer.branches);
  const projections = sum(branches.map((each) => each.projections));
  const attention = sum(branches.map((each) => each.attention));
  const feedForward = sum(layers.map((each) => each.feedForward));
  const rest = embedding + time + head + sum(layers.map((each) => each.modulation));
  return { projections, attention, feedForward, rest, total };
}

function flopLines(info: ModelInfo): string[] {
  const rows = branchRows(info, ({ first }, _, b) => {
    const own = info.flops.layers[first]?.branches[b];
    if (!own) return [];
    const { useful, visited, dense } = own.pairs;
    return [
      count(Math.round(useful)),
      visited === undefined ? "" : count(Math.round(visited)),
      count(dense),
      short(own.projections),
      short(own.attention),
      own.visitedAttention === undefined ? "" : short(own.visitedAttention),
    ];
  });
  const heads = [">pairs seen", ">visited", ">dense", ">projections", ">attention", ">as visited"];
  return [
    ...table(["layers", "branch", ...heads], rows),
    "  Pairs are of one head (the average where heads differ), those visited with the padding of tiles; FLOPs are of one layer, two for each multiply-add.",
  ];
}

function comparisonLines(info: ModelInfo): string[] {
  const [own, single] = [partsOf(info.flops), partsOf(info.singleScale)];
  const row = (name: string, key: keyof typeof own): Row => [
    name,
    short(own[key]),
    short(single[key]),
    own[key] === single[key] ? "the same" : `1 / ${ratio(single[key] / own[key])}`,
  ];
  return [
    ...table(
      ["FLOPs", ">this model", ">one scale", ">of it"],
      [
        row("attention", "attention"),
        row("projections", "projections"),
        row("feed-forward", "feedForward"),
        row("embeddings, modulation, head", "rest"),
        row("all", "total"),
      ],
    ),
    "  One scale: a model of the same width and depth in which every token sees every other.",
  ];
}

function paperLines(info: ModelInfo): string[] {
  const rows = runsOf(info).flatMap((run): Row[] => {
    const paper = info.paper[run.first];
    if (!paper) return [];
    const { branches = [] } = info.flops.layers[run.first] ?? {};
    const high = run.branches.findIndex(({ pattern }) => pattern === "localWindow");
    const counted = (b: number) => short(branches[b]?.attention ?? 0);
    const row = (name: string, { projections, attention }: PaperTerms, count: string): Row => [
      name,
      short(projections),
      short(attention.printed),
      short(attention.consistent),
      short(attention.flops),
      count,
    ];
    const { regular, highRes, lowRes } = paper;
    const all = [
      row("regular", regular, ""),
      row(`High-Res half, w^2 v = ${ratio(highRes.windows)}`, highRes, counted(high)),
      row(`Low-Res half, r = ${lowRes.r}, d = ${lowRes.d}`, lowRes, counted(1 - high)),
    ];
    return all.map((each, i) => [i === 0 ? layersText(run) : "", ...each]);
  });
  if (rows.length === 0) return [];
  const heads = [
    "layers",
    "of one layer",
    ">projections",
    ">attention, printed",
    ">consistent",
    ">in FLOPs",
    ">counted",
  ];
  return section("In the MSC paper", [
    ...table(heads, rows),
    "  Regular: 8 s h^2 + 2 s^2 h. High-Res: 2 s h^2 + s^2 h / (2 w^2 v). Low-Res: 2 s h^2 / r^2 + s^2 h / (2 r^2 d).",
    "  Printed attention terms come from 2 s^2 (h/2)^2 / (w^2 v), with h^2 where h is meant, and r^2 where pooled queries",
    "  and keys give r^4; consistent ones are s^2 h / (w^2 v) and s^2 h / (r^4 d). They count both products as one",
    "  multiply-add each: in FLOPs they are twice as much. w^2 v is the number of windows that the grid holds. What is",
    "  counted is less, since the formulas know neither of causality nor of borders.",
  ]);
}

/** The text, without a newline at its end. */
export function formatInfo(info: ModelInfo): string {
  const { config, grid, clip, parameters, flops } = info;
  const { name, depth, width, channels, patch } = config;
  return [
    `${name}: ${depth} ${depth === 1 ? "layer" : "layers"} of width ${width}, ${count(parameters.total)} parameters`,
    `  clip    ${extents(clip)} (frames, rows, columns), ${channels} ${channels === 1 ? "channel" : "channels"}`,
    `  tokens  ${extents(grid)} = ${count(flops.tokens)}, from patches of ${extents(patch)}`,
    ...section("Branches", branchLines(info)),
    ...section("Parameters", parameterLines(info)),
    ...section("Memory", memoryLines(info)),
    ...section(`FLOPs of the branches, one forward pass of ${extents(grid)} tokens`, flopLines(info)),
    ...section("Against one scale with full attention", comparisonLines(info)),
    ...paperLines(info),
  ].join("\n");
}
