// Draws the figures of docs/msc.md from the footage and the shipped weights: `npm run build && node scripts/figures.mjs [footage.y4m]`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = (/** @type {string} */ path) => import(join(root, "dist", path));
const footage = process.argv[2] ?? join(root, "examples", "data", "pedestrians-64x48.y4m");

const { run } = await dist("cli/command-line.js");
const { openGpu } = await dist("runtime/index.js");
const { createCaches } = await dist("models/msc/branch-cache.js");
const { readModel } = await dist("models/msc/compiled.js");
const { layersOf } = await dist("models/msc/dimensions.js");
const { openNetwork } = await dist("models/msc/network.js");
const { normals } = await dist("models/msc/random.js");
const { parseSafetensors } = await dist("models/msc/safetensors.js");
const { createStage } = await dist("models/msc/stage.js");
const { parseY4m } = await dist("models/video/y4m.js");

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [560, 320, 56, 44, 40, 150];
const COLOURS = ["#1f6feb", "#c2410c", "#15803d", "#7e22ce", "#0e7490", "#a16207"];

/** @typedef {{ name: string, points: readonly (readonly [number, number])[], dashed?: boolean }} Line */

/**
 * A chart of lines. Scales are functions from values to parts of the plot's extent.
 * @param {{ title: string, x: string, y: string, lines: Line[], ticks: { x: number[], y: number[] }, scale: { x: (v: number) => number, y: (v: number) => number } }} chart
 */
function chart({ title, x, y, lines, ticks, scale }) {
  const across = (/** @type {number} */ v) => LEFT + scale.x(v) * (WIDTH - LEFT - RIGHT);
  const up = (/** @type {number} */ v) => HEIGHT - BOTTOM - scale.y(v) * (HEIGHT - BOTTOM - TOP);
  const n = (/** @type {number} */ v) => v.toFixed(1);
  const text = (/** @type {number} */ at, /** @type {number} */ to, /** @type {string} */ body, anchor = "middle") =>
    `<text x="${n(at)}" y="${n(to)}" text-anchor="${anchor}">${body}</text>`;
  const grid = [
    ...ticks.x.map((v) => `<path d="M${n(across(v))} ${TOP}V${HEIGHT - BOTTOM}"/>`),
    ...ticks.y.map((v) => `<path d="M${LEFT} ${n(up(v))}H${WIDTH - RIGHT}"/>`),
  ];
  const labels = [
    ...ticks.x.map((v) => text(across(v), HEIGHT - BOTTOM + 16, String(v))),
    ...ticks.y.map((v) => text(LEFT - 8, up(v) + 4, String(v), "end")),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x),
    text(LEFT - 44, TOP - 10, y, "start"),
    `<text x="${LEFT - 44}" y="18" font-weight="bold">${title}</text>`,
  ];
  const curves = lines.map(({ points, dashed }, i) => {
    const d = points.map(([a, b], j) => `${j === 0 ? "M" : "L"}${n(across(a))} ${n(up(b))}`).join("");
    const dash = dashed ? ' stroke-dasharray="6 4"' : "";
    return `<path d="${d}" stroke="${COLOURS[i % COLOURS.length]}"${dash}/>`;
  });
  const names = lines.map(({ name, dashed }, i) => {
    const at = TOP + 14 + 20 * i;
    const colour = COLOURS[i % COLOURS.length];
    const dash = dashed ? ' stroke-dasharray="6 4"' : "";
    return `<path d="M${WIDTH - RIGHT + 10} ${at}h22" stroke="${colour}" stroke-width="2"${dash}/>${text(WIDTH - RIGHT + 38, at + 4, name, "start")}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="DejaVu Sans, sans-serif" font-size="12" fill="#1f2328">
<title>${title}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
<g stroke="#d0d7de" fill="none">${grid.join("")}</g>
<g fill="none" stroke-width="2">${curves.join("")}</g>
${labels.join("\n")}
${names.join("\n")}
</svg>
`;
}

/** Mean square of an image [rows, columns, 3] averaged over r x r. @param {ArrayLike<number>} image */
function pooledPower(image, rows = 0, columns = 0, r = 1) {
  let total = 0;
  for (let y = 0; y < rows; y += r) {
    for (let x = 0; x < columns; x += r) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = 0; dy < r; dy++)
          for (let dx = 0; dx < r; dx++) sum += image[((y + dy) * columns + x + dx) * 3 + c] ?? 0;
        total += (sum / (r * r)) ** 2;
      }
    }
  }
  return total / ((rows / r) * (columns / r) * 3);
}

const video = parseY4m(readFileSync(footage), footage);
const FACTORS = [1, 2, 4, 8, 16];
const frames = Array.from({ length: 40 }, (_, i) => video.frame(Math.floor((i * video.frames) / 40)));
const noise = normals(1, "figure", video.width * video.height * 3);
/** Signal-to-noise ratio at noise of deviation 1. @param {number} r */
const ratioAt = (r) => {
  const signal =
    frames.reduce((sum, frame) => sum + pooledPower(frame, video.height, video.width, r), 0) / frames.length;
  return signal / pooledPower(noise, video.height, video.width, r);
};
const gains = FACTORS.map((r) => /** @type {const} */ ([r, ratioAt(r) / ratioAt(1)]));
const log = (/** @type {number} */ most) => (/** @type {number} */ v) => Math.log2(v) / Math.log2(most);
writeFileSync(
  join(root, "docs", "pictures", "signal-to-noise.svg"),
  chart({
    title: "Pooling gains signal over noise",
    x: "down factor r",
    y: "gain of the signal-to-noise ratio",
    lines: [
      { name: "measured", points: gains },
      { name: "r squared", points: FACTORS.map((r) => [r, r * r]), dashed: true },
    ],
    ticks: { x: FACTORS, y: [1, 4, 16, 64, 256] },
    scale: { x: log(16), y: log(256) },
  }),
);
console.log("gain of signal-to-noise:", gains.map(([r, gain]) => `r=${r}: ${gain.toFixed(2)}`).join(", "));

// Gates: what a branch is multiplied by at each noise level, the mean over its channels.
const LEVELS = 64;
const { tensors } = parseSafetensors(readFileSync(join(root, "models", "msc", "tiny", "weights.safetensors")), "tiny");
const read = async (/** @type {string} */ file) => readFileSync(join(root, "generated", "msc", file), "utf8");
const gpu = await openGpu();
const model = await readModel("tiny", read, "f32");
const network = await openNetwork(gpu.device, model, new Map([...tensors].map(([name, { data }]) => [name, data])));
const stage = createStage(network, createCaches(network, { t: LEVELS, y: 1, x: 1 }), {
  frames: LEVELS,
  keep: ["condition"],
});
const levels = Array.from({ length: LEVELS }, (_, i) => i / (LEVELS - 1));
stage.place(0);
stage.forward(levels, levels);
const condition = await stage.read("condition");
const { width } = model.file.config;
const lines = layersOf(model.file.config).flatMap(
  (/** @type {{ branches: { channels: number }[] }} */ { branches }, /** @type {number} */ l) => {
    const { data } = tensors.get(`layers.${l}.modulation.weight`);
    const { data: bias } = tensors.get(`layers.${l}.modulation.bias`);
    let first = 6 * width;
    return branches.map(({ channels }, b) => {
      const rows = Array.from({ length: channels }, (_, c) => first + c);
      first += channels;
      const gate = (/** @type {number} */ level, /** @type {number} */ row) => {
        let logit = bias[row];
        for (let k = 0; k < width; k++) logit += data[row * width + k] * (condition[level * width + k] ?? 0);
        return 1 + Math.tanh(0.5 * logit);
      };
      const points = levels.map(
        (tau, i) => /** @type {const} */ ([tau, rows.reduce((sum, row) => sum + gate(i, row), 0) / channels]),
      );
      return { name: `layer ${l}, branch ${b}`, points, dashed: b === 1 };
    });
  },
);
gpu.close();
const values = lines.flatMap((/** @type {Line} */ { points }) => points.map(([, value]) => value));
const [low, high] = [Math.floor(Math.min(...values) * 20) / 20, Math.ceil(Math.max(...values) * 20) / 20];
writeFileSync(
  join(root, "docs", "pictures", "gates.svg"),
  chart({
    title: "What a branch is multiplied by",
    x: "noise level of the frame",
    y: "mean gate",
    lines,
    ticks: {
      x: [0, 0.25, 0.5, 0.75, 1],
      y: Array.from({ length: 5 }, (_, i) => Number((low + ((high - low) * i) / 4).toFixed(3))),
    },
    scale: { x: (v) => v, y: (v) => (v - low) / (high - low) },
  }),
);

// What each branch of tiny sees, by `mscc show`.
const io = { stdout: { write: () => true }, stderr: process.stderr, cwd: root, env: process.env };
const shown = [
  ["light-cone.ts", "lightCone", "t=5,y=24,x=32", "t=4,y=12,x=16", ["frames=3", "radius=1", "speed=1"]],
  ["sinks-window.ts", "sinksWindow", "t=8,y=12,x=16", "t=7,y=6,x=8", ["sinks=1", "frames=4", "radius=8"]],
];
for (const [file, variant, grid, query, set] of shown) {
  const params = /** @type {string[]} */ (set).flatMap((each) => ["--set", each]);
  const argv = [
    "show",
    `dsl/variants/${file}`,
    variant,
    "--grid",
    grid,
    "--query",
    query,
    ...params,
    "-o",
    `docs/pictures/tiny-${variant}.svg`,
  ];
  if ((await run(argv, io)) !== 0) process.exitCode = 1;
}
