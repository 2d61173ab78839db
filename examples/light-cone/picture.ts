/** Composes the picture: the frames, the cone of one query in them, and how strongly it attends to each token. */
import { encode } from "fast-png";
import { drawing, element, label, pixels, rectangle } from "./svg.js";
import { crop, type View, viewOf } from "./view.js";

export interface PictureFrame {
  /** Number of the frame in the clip. */
  readonly number: number;
  readonly width: number;
  /** Three bytes per pixel. */
  readonly rgb: Uint8Array;
}

export interface Scene {
  /** Oldest first; one per position along t. */
  readonly frames: readonly PictureFrame[];
  /** Seconds from one frame to the next. */
  readonly seconds: number;
  readonly grid: readonly [t: number, y: number, x: number];
  readonly query: { readonly t: number; readonly y: number; readonly x: number };
  readonly params: { readonly frames: number; readonly radius: number; readonly speed: number };
  /** Indices of the keys that the query sees, and their weights. */
  readonly keys: readonly number[];
  readonly weights: readonly number[];
  /** The declaration's own sentence. */
  readonly sentence: string;
  /** What else the caption says, a line each. */
  readonly notes: readonly string[];
}

const [COLUMNS, MARGIN, GAP, TITLE, HEADER] = [4, 48, 28, 78, 168];
/** Height of the legend, and of a line of the caption. */
const [LEGEND, LINE] = [104, 32];
/** Width of a frame in the picture. */
const WIDTH = 512;
const color = { ground: "#14171c", text: "#f2f4f7", quiet: "#b6bec9", cone: "#35d0ff", query: "#ffffff" };

const percent = (share: number) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

/** Faint yellow to strong red; the root makes small weights visible. */
function heat(share: number): { readonly fill: string; readonly opacity: number } {
  const strength = Math.sqrt(share);
  const mix = (low: number, high: number) => Math.round(low + (high - low) * strength);
  return { fill: `rgb(${mix(255, 235)},${mix(225, 20)},${mix(60, 20)})`, opacity: 0.92 * strength };
}

/** Where a frame lies in the picture, and the tokens in it. */
interface Panel {
  readonly left: number;
  readonly top: number;
  /** Side of a token in the picture. */
  readonly cell: number;
  readonly view: View;
  /** Weight of each token that the query sees, by row * columns + column in the view. */
  readonly seen: ReadonlyMap<number, number>;
}

function panelsOf({ frames, grid, keys, weights }: Scene): Panel[] {
  const [, rows, columns] = grid;
  const view = viewOf(grid, keys);
  const cell = WIDTH / view.columns;
  return frames.map((_, t) => {
    const own = keys.flatMap((key, i) => {
      const token = key - t * rows * columns;
      if (token < 0 || token >= rows * columns) return [];
      const [row, column] = [Math.floor(token / columns) - view.row, (token % columns) - view.column];
      return [[row * view.columns + column, weights[i] as number] as const];
    });
    return {
      left: MARGIN + (t % COLUMNS) * (WIDTH + GAP),
      top: HEADER + Math.floor(t / COLUMNS) * (view.rows * cell + TITLE + GAP) + TITLE,
      cell,
      view,
      seen: new Map(own),
    };
  });
}

/** Darkens what lies outside the cone and draws the line between: by the tokens themselves, whatever the pattern. */
function coneOf({ left, top, cell, seen, view: { rows, columns } }: Panel): string[] {
  const dark: string[] = [];
  const edges: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = [left + column * cell, top + row * cell];
      const isSeen = (dy: number, dx: number) =>
        column + dx >= 0 && column + dx < columns && seen.has((row + dy) * columns + column + dx);
      if (!isSeen(0, 0)) {
        dark.push(`M${x} ${y}h${cell}v${cell}h${-cell}z`);
        continue;
      }
      if (!isSeen(-1, 0)) edges.push(`M${x} ${y}h${cell}`);
      if (!isSeen(1, 0)) edges.push(`M${x} ${y + cell}h${cell}`);
      if (!isSeen(0, -1)) edges.push(`M${x} ${y}v${cell}`);
      if (!isSeen(0, 1)) edges.push(`M${x + cell} ${y}v${cell}`);
    }
  }
  const line = { fill: "none", stroke: color.cone, "stroke-width": 4, "stroke-linecap": "square" };
  return [
    ...(dark.length > 0 ? [element("path", { d: dark.join(""), fill: "#000000", "fill-opacity": 0.62 })] : []),
    ...(edges.length > 0 ? [element("path", { d: edges.join(""), ...line })] : []),
  ];
}

function heatOf({ left, top, cell, seen, view: { columns } }: Panel, largest: number): string[] {
  return [...seen].map(([token, weight]) => {
    const { fill, opacity } = heat(weight / largest);
    const [x, y] = [left + (token % columns) * cell, top + Math.floor(token / columns) * cell];
    return rectangle(x, y, cell, cell, { fill, "fill-opacity": opacity });
  });
}

/** A white square with dark edges, so that it shows on any ground. */
const marker = (x: number, y: number, cell: number) => [
  rectangle(x - 1, y - 1, cell + 2, cell + 2, { fill: "none", stroke: "#000000", "stroke-width": 6 }),
  rectangle(x - 1, y - 1, cell + 2, cell + 2, { fill: "none", stroke: color.query, "stroke-width": 3 }),
];

function titleOf(scene: Scene, t: number, { left, top, seen }: Panel): string[] {
  const { frames, query, params, seconds } = scene;
  const age = query.t - t;
  const when = age === 0 ? "the query's own frame" : `${(age * seconds).toFixed(1)} s earlier`;
  const share = [...seen.values()].reduce((sum, weight) => sum + weight, 0);
  const reach = params.radius + params.speed * age;
  const detail =
    seen.size > 0
      ? `reach ${reach}: ${seen.size} tokens, ${percent(share)} of the weight`
      : `not visible: age must be below frames = ${params.frames}`;
  const style = { size: 22, color: seen.size > 0 ? color.text : color.quiet };
  return [
    label(left, top - 46, `age ${age}`, { size: 26, color: color.text, bold: true }),
    label(left + WIDTH, top - 46, `frame ${frames[t]?.number}, ${when}`, {
      size: 20,
      color: color.quiet,
      anchor: "end",
    }),
    label(left, top - 16, detail, style),
  ];
}

function panelOf(scene: Scene, t: number, panel: Panel, largest: number): string[] {
  const { width, rgb } = scene.frames[t] as PictureFrame;
  const { left, top, cell, view } = panel;
  const patch = width / scene.grid[2];
  const size = { width: view.columns * patch, height: view.rows * patch };
  const png = encode({ ...size, data: crop(rgb, width, patch, view), channels: 3, depth: 8 });
  const [x, y] = [left + (scene.query.x - view.column) * cell, top + (scene.query.y - view.row) * cell];
  return [
    ...titleOf(scene, t, panel),
    pixels(left, top, WIDTH, view.rows * cell, png),
    ...heatOf(panel, largest),
    ...coneOf(panel),
    ...(t === scene.query.t ? marker(x, y, cell) : []),
  ];
}

function headerOf(scene: Scene): string[] {
  const { params } = scene;
  const growth = `${params.speed} token${params.speed === 1 ? "" : "s"} per frame`;
  return [
    label(MARGIN, 66, "Where one token looks: a past light cone in real video", {
      size: 40,
      color: color.text,
      bold: true,
    }),
    label(
      MARGIN,
      112,
      `The query is one 4 x 4-pixel token on a walking man (white square, last frame). It looks back in time, but only inside its cone (blue),`,
      { size: 24, color: color.quiet },
    ),
    label(
      MARGIN,
      144,
      `which widens by ${growth} of age. The redder a token, the more attention it gets: the man where he was before, and dark coats near him.`,
      { size: 24, color: color.quiet },
    ),
  ];
}

/** Swatches that name what is drawn, and the scale of the weights. */
function legendOf(top: number, largest: number): string[] {
  const text = { size: 22, color: color.text };
  const swatch = (x: number, words: string, drawn: readonly string[]) => [
    ...drawn,
    label(x + 44, top + 24, words, text),
  ];
  const bar = { left: 1480, width: 700 };
  const steps = Array.from({ length: 100 }, (_, i) => {
    const { fill, opacity } = heat((i + 0.5) / 100);
    const [x, width] = [bar.left + (i * bar.width) / 100, bar.width / 100 + 0.5];
    return rectangle(x, top, width, 30, { fill, "fill-opacity": opacity });
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((at) =>
    label(bar.left + at * bar.width, top + 58, percent(at * largest), {
      size: 20,
      color: color.text,
      anchor: "middle",
    }),
  );
  return [
    ...swatch(MARGIN, "the query", marker(MARGIN + 4, top + 4, 22)),
    ...swatch(MARGIN + 220, "edge of the cone", [
      rectangle(MARGIN + 224, top + 4, 24, 24, { fill: "#9aa0a8", stroke: color.cone, "stroke-width": 4 }),
    ]),
    ...swatch(MARGIN + 520, "outside the cone: not seen", [
      rectangle(MARGIN + 522, top + 2, 28, 28, { fill: "#9aa0a8" }),
      rectangle(MARGIN + 522, top + 2, 28, 28, { fill: "#000000", "fill-opacity": 0.62 }),
    ]),
    label(bar.left - 24, top + 24, "weight of a token", { ...text, anchor: "end" }),
    rectangle(bar.left, top, bar.width, 30, { fill: "#9aa0a8" }),
    ...steps,
    ...ticks,
  ];
}

/** The whole picture as SVG. Its text is set in DejaVu Sans. */
export function pictureOf(scene: Scene): string {
  const { params, sentence, notes, frames } = scene;
  const panels = panelsOf(scene);
  const largest = Math.max(...scene.weights);
  const columns = Math.min(COLUMNS, frames.length);
  const width = Math.max(2 * MARGIN + columns * WIDTH + (columns - 1) * GAP, 2 * MARGIN + COLUMNS * WIDTH);
  const last = panels.at(-1) as Panel;
  const bottom = last.top + last.view.rows * last.cell + 40;
  const values = `frames = ${params.frames}, radius = ${params.radius}, speed = ${params.speed}; reach = radius + speed x age`;
  const caption = [`lightCone: ${sentence}`, values, ...notes];
  return drawing(width, bottom + LEGEND + LINE * caption.length + 20, color.ground, [
    ...headerOf(scene),
    ...panels.flatMap((panel, t) => panelOf(scene, t, panel, largest)),
    ...legendOf(bottom, largest),
    ...caption.map((line, i) =>
      label(MARGIN, bottom + LEGEND + LINE * i, line, {
        size: 22,
        color: i === 0 ? color.text : color.quiet,
        bold: i === 0,
      }),
    ),
  ]);
}
