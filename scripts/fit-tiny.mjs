// Makes the weights of the preset `tiny` and its clip: a seeded trunk, and a head fitted in closed form on the footage. `npm run build && node scripts/fit-tiny.mjs [footage.y4m]`.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = (/** @type {string} */ path) => import(join(root, "dist", path));

const footage = process.argv[2] ?? join(root, "examples", "data", "pedestrians-64x48.y4m");

const { openGpu } = await dist("runtime/index.js");
const { throughHalves } = await dist("runtime/half.js");
const { readModel } = await dist("models/msc/compiled.js");
const { fitHead, fitHeadScale } = await dist("models/msc/fit.js");
const { openNetwork } = await dist("models/msc/network.js");
const { tiny } = await dist("models/msc/presets.js");
const { formatSafetensors } = await dist("models/msc/safetensors.js");
const { seededTrunk } = await dist("models/msc/trunk.js");
const { formatY4m, parseY4m } = await dist("models/video/y4m.js");

const SEED = 1;
const TRUNK = { sharpness: 8, ages: [[1], [1, 2]], content: 0.1, modulation: 0.3, feedForward: 0.1 };
const FIT = { frames: 8, windows: 150, seed: 2, penalty: 1e-6 };
const SCALE = { strength: 0.6, error: 0.15, penalty: 1e-7 };
/** Frames of the part that is not fitted on, which come with the package. */
const SHIPPED = 48;

const video = parseY4m(readFileSync(footage), footage);
const training = Math.floor(0.8 * video.frames);
const frames = Array.from({ length: video.frames }, (_, i) => video.frame(i));
const perFrame = video.width * video.height * 3;
const clip = new Float32Array(training * perFrame);
for (let i = 0; i < training; i++) clip.set(frames[i], i * perFrame);

// Stored as f16: the head is fitted on what the file holds.
const weights = new Map(
  [...seededTrunk(tiny, SEED, TRUNK)].map(([name, { shape, data }]) => [name, { shape, data: throughHalves(data) }]),
);
const read = async (/** @type {string} */ file) => readFileSync(join(root, "generated", "msc", file), "utf8");
const gpu = await openGpu();
try {
  const model = await readModel("tiny", read, "f32");
  const open = () => openNetwork(gpu.device, model, new Map([...weights].map(([name, { data }]) => [name, data])));
  /** @param {string} name @param {{ weight: Float32Array, bias: Float32Array }} fitted */
  const take = (name, { weight, bias }) => {
    for (const [part, data] of Object.entries({ weight, bias })) {
      const { shape } = weights.get(`${name}.${part}`);
      weights.set(`${name}.${part}`, { shape, data: throughHalves(data) });
    }
  };
  const trunk = await open();
  take("head.modulation", await fitHeadScale(trunk, SCALE));
  trunk.dispose();
  const network = await open();
  const grid = { y: video.height / tiny.patch.y, x: video.width / tiny.patch.x };
  let said = 0;
  const head = await fitHead(network, clip, grid, {
    ...FIT,
    onWindow: (/** @type {number} */ done, /** @type {number} */ total) => {
      if (performance.now() - said < 5000) return;
      said = performance.now();
      console.log(`window ${done} of ${total}`);
    },
  });
  take("head", head);
  network.dispose();
} finally {
  gpu.close();
}

const folder = join(root, "models", "msc", "tiny");
mkdirSync(folder, { recursive: true });
const stored = new Map([...weights].map(([name, tensor]) => [name, { ...tensor, dtype: "F16" }]));
const metadata = new Map(
  Object.entries({
    model: "tiny",
    seed: String(SEED),
    trained: "the head and its scale alone, by ridge regression",
    footage: "OpenCV vtest.avi",
  }),
);
const bytes = formatSafetensors(stored, metadata);
writeFileSync(join(folder, "weights.safetensors"), bytes);
const shipped = frames.slice(training, training + SHIPPED);
const { width, height, rate } = video;
writeFileSync(join(folder, "clip.y4m"), formatY4m({ width, height, rate, frames: shipped }));
console.log(
  `models/msc/tiny: weights of ${bytes.length} bytes, fitted on ${training} frames; ${SHIPPED} frames from frame ${training} on`,
);
