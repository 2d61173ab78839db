/**
 * `npm run build && node dist/bench/gpu/prepare.js`: everything that a CUDA machine needs, in one folder: generated kernels, counts
 * of pairs, and the Python that builds, checks and times them. There it needs no Node.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeArtefacts } from "../../cli/artefacts.js";
import { run } from "../../cli/command-line.js";
import { compileVariant } from "../../cli/kernels.js";
import type { Manifest, ManifestCudaKernel } from "../../compiler/plan/manifest.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { TileShapes } from "../../compiler/plan/plan.js";
import { io, pairsOf, preparedVariant, readPatterns, root } from "./counts.js";
import { ODD_DIMS, ODD_VARIANTS, type Params, SETTINGS, type Setting, VARIANTS } from "./settings.js";

const USAGE = `npm run build && node dist/bench/gpu/prepare.js [--out out/mscc-gpu] [--tiles SETTING=QUERIES/KEYS ...]

  --tiles   compares a setting's sm_90a kernel with other tiles: --tiles window=1x8x16/1x4x16; may be given several times
  --quick   only what \`cuda.py --quick\` runs`;

/** Where the Python and the way to run it lie in the checkout, and in the folder too. */
const CARRIED = ["cuda.py", "run.sh", "README.md", "parts"];
const AXES = ["t", "y", "x"];

/** Runs `mscc compile`, whose list of files is not shown. */
async function compile(file: string, name: string, out: string, options: readonly string[]): Promise<void> {
  let said = "";
  const output = { write: (text: string) => (said += text) };
  const argv = ["compile", file, name, "--target", "cuda", "--out", out, ...options];
  if ((await run(argv, { ...io, stdout: output, stderr: output })) !== 0) throw new Error(`${argv.join(" ")}\n${said}`);
}

const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));

interface Request {
  readonly patterns: ReadonlyMap<string, Pattern>;
  readonly out: string;
  readonly quick: boolean;
}

/** The folders of a variant: all dtypes with head dim 64, bf16 with 128, and other dims of a few. */
function partsOf(name: string, quick: boolean): { readonly part: string; readonly options: readonly string[] }[] {
  const dtypes = quick ? "bf16,f32" : "f32,f16,bf16";
  const { head, value } = ODD_DIMS;
  const odd = ["--head-dim", head, "--value-dim", value, "--dtype", "bf16,f32"];
  return [
    { part: "variants", options: ["--head-dim", "64", "--dtype", dtypes] },
    ...(quick ? [] : [{ part: "wide", options: ["--head-dim", "128", "--dtype", "bf16"] }]),
    ...(quick || !ODD_VARIANTS.includes(name) ? [] : [{ part: "dims", options: odd }]),
  ];
}

/** The pattern of a name, all of which were read. */
const patternIn = ({ patterns }: Request, name: string) => patterns.get(name) as Pattern;

async function prepareVariants(request: Request) {
  const { out, quick } = request;
  const prepared = [];
  for (const each of VARIANTS) {
    const { file, name } = each;
    const parts = partsOf(name, quick);
    for (const { part, options } of parts) await compile(file, name, join(out, part), options);
    const folders = parts.map(({ part }) => `${part}/${name}`);
    prepared.push({ ...preparedVariant(patternIn(request, name), each), folders });
    console.log(`${name}: ${folders.join(", ")}`);
  }
  return prepared;
}

const assigned = (params: Params) => Object.entries(params).map(([name, value]) => `${name}=${value}`);

/** Counts of a folder of a setting, by kernel; what is the same is counted once. */
function counted(folder: string, pattern: Pattern, { grid, params }: Setting) {
  const known = new Map<string, ReturnType<typeof pairsOf>>();
  return (manifestIn(folder).cuda ?? []).map(({ symbol, queryTile: query, keyTile: key }: ManifestCudaKernel) => {
    const tiles = { query, key };
    const text = JSON.stringify(tiles);
    const pairs = known.get(text) ?? pairsOf(pattern, tiles, params, { size: { q: grid, k: grid } });
    known.set(text, pairs);
    return { symbol, ...pairs };
  });
}

async function prepareSetting(setting: Setting, request: Request) {
  const { out, quick } = request;
  const { id, file, variant, grid, params, heads, title } = setting;
  const dims = quick ? "128" : Object.keys(heads).join(",");
  const options = ["--head-dim", dims, "--dtype", "bf16", ...assigned(params).flatMap((each) => ["--set", each])];
  const extents = AXES.map((axis, i) => `${axis}=${grid[i]}`).join(",");
  await compile(file, variant, join(out, "settings", id), [...options, "--grid", extents]);
  const folder = `settings/${id}/${variant}`;
  const kernels = counted(join(out, folder), patternIn(request, variant), setting);
  console.log(`${title}: ${folder}`);
  return { ...setting, builds: [{ label: "chosen", folder, kernels }] };
}

function tilesOf(text: string, setting: Setting): TileShapes {
  const [query = [], key = []] = text.split("/").map((part) => part.split("x").map(Number));
  const isBox = (extents: readonly number[]) => extents.length === setting.grid.length && extents.every((n) => n >= 1);
  if (!isBox(query) || !isBox(key)) throw new Error(`--tiles ${setting.id}=${text}: expected such as 1x8x16/1x4x16`);
  return { query, key };
}

/** A setting's sm_90a kernels with tiles that the user names. */
function prepareTiles(text: string, setting: Setting, request: Request) {
  const tiles = tilesOf(text, setting);
  const pattern = patternIn(request, setting.variant);
  const dims = Object.keys(setting.heads).map((dim) => ({ headDim: Number(dim), valueDim: Number(dim) }));
  const compiled = compileVariant(pattern, {
    ...{ dims, kinds: [], cuda: [{ profile: "sm_90a", dtype: "bf16" }], cwd: root },
    constants: new Map(Object.entries(setting.params)),
    tilesFor: () => tiles,
  });
  const label = text.replace("/", "-");
  writeArtefacts([compiled], join(request.out, "settings", `${setting.id}-${label}`));
  const folder = `settings/${setting.id}-${label}/${setting.variant}`;
  console.log(`${setting.title}: ${folder}`);
  return { label: text, folder, kernels: counted(join(request.out, folder), pattern, setting) };
}

async function prepare(out: string, quick: boolean, sweeps: readonly string[]): Promise<void> {
  for (const folder of ["variants", "wide", "dims", "settings", "parts"])
    rmSync(join(out, folder), { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const request = { patterns: await readPatterns(), out, quick };
  const variants = await prepareVariants(request);
  const settings = [];
  for (const setting of SETTINGS) settings.push(await prepareSetting(setting, request));
  for (const sweep of sweeps) {
    const [id, text = ""] = sweep.split("=");
    const setting = settings.find((each) => each.id === id);
    if (!setting) throw new Error(`--tiles ${sweep}: expected one of ${SETTINGS.map((each) => each.id).join(", ")}`);
    setting.builds.push(prepareTiles(text, setting, request));
  }
  const { mscc } = manifestIn(join(out, "variants", "dense"));
  writeFileSync(join(out, "prepared.json"), `${JSON.stringify({ mscc, quick, variants, settings }, null, 2)}\n`);
  for (const name of CARRIED) {
    const filter = (path: string) => !path.includes("__pycache__");
    cpSync(join(root, "bench", "gpu", name), join(out, name), { recursive: true, filter });
  }
  console.log(`prepared: ${out}; on a CUDA machine: python3 ${join(out, "cuda.py")}`);
}

try {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: "out/mscc-gpu" },
      quick: { type: "boolean", default: false },
      tiles: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) console.log(USAGE);
  else await prepare(resolve(root, values.out), values.quick, values.tiles);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 1;
}
