/**
 * `npm run build && node dist/bench/gpu/prepare.js`: everything that a CUDA machine needs, in one folder: generated kernels, counts
 * of pairs, and the Python that builds, checks and times them. There it needs no Node.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cudaTarget } from "../../backends/cuda/index.js";
import { CUDA_KINDS } from "../../backends/cuda/kinds.js";
import { writeArtefacts } from "../../cli/artefacts.js";
import { run } from "../../cli/command-line.js";
import { readDeclared } from "../../cli/declared.js";
import { compileVariant } from "../../cli/kernels.js";
import { compileAttention } from "../../compiler/compile.js";
import { type CountInput, countPairs } from "../../compiler/plan/count.js";
import type { Manifest, ManifestCudaKernel } from "../../compiler/plan/manifest.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { TileShapes } from "../../compiler/plan/plan.js";
import {
  type CheckedVariant,
  ODD_DIMS,
  ODD_VARIANTS,
  type Params,
  SETTINGS,
  type Setting,
  VARIANTS,
} from "./settings.js";

const USAGE = `npm run build && node dist/bench/gpu/prepare.js [--out out/mscc-gpu] [--tiles SETTING=QUERIES/KEYS ...]

  --tiles   compares a setting's sm_90a kernel with other tiles: --tiles window=1x8x16/1x4x16; may be given several times
  --quick   only what \`cuda.py --quick\` runs`;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const io = { stdout: process.stdout, stderr: process.stderr, cwd: root };
/** Where the Python and the way to run it lie in the checkout, and in the folder too. */
const CARRIED = ["cuda.py", "run.sh", "README.md", "parts"];
const AXES = ["t", "y", "x"];

const patterns = new Map<string, Pattern>();

async function patternOf(file: string, name: string): Promise<Pattern> {
  const known = patterns.get(name);
  if (known) return known;
  const { patterns: found, diagnostics } = await readDeclared(file, [name], { io, argv: [], exitWith: () => {} });
  const [pattern] = found;
  if (!pattern) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  patterns.set(name, pattern);
  return pattern;
}

/** Runs `mscc compile`, whose list of files is not shown. */
async function compile(file: string, name: string, out: string, options: readonly string[]): Promise<void> {
  let said = "";
  const output = { write: (text: string) => (said += text) };
  const argv = ["compile", file, name, "--target", "cuda", "--out", out, ...options];
  if ((await run(argv, { ...io, stdout: output, stderr: output })) !== 0) throw new Error(`${argv.join(" ")}\n${said}`);
}

const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));

/** Pairs of one head that attend, and that a kernel with these tiles computes. */
function pairsOf(pattern: Pattern, tiles: TileShapes, params: Params, input: Pick<CountInput, "size" | "tables">) {
  const [kind] = CUDA_KINDS;
  if (!kind) throw new Error("there are no kinds of CUDA kernels");
  const constants = new Map(Object.entries(params));
  const { plan } = compileAttention(pattern, { target: cudaTarget(kind, 64, 64), tiles, constants });
  return countPairs(plan, { ...input, params });
}

const one = (extents: readonly number[]) => extents.map(() => 1);

/** The pairs of a small grid, which the patterns as Python has them must count too. */
async function countsOf({ file, name, params, grid, keyGrid = grid, tables }: CheckedVariant) {
  const pattern = await patternOf(file, name);
  const input = { size: { q: grid, k: keyGrid }, ...(tables ? { tables } : {}) };
  const tiles = { query: one(grid), key: one(keyGrid) };
  return params.map((each) => pairsOf(pattern, tiles, each, input).useful);
}

interface Request {
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

async function prepareVariants({ out, quick }: Request) {
  const prepared = [];
  for (const each of VARIANTS) {
    const { file, name, params, grid, keyGrid = grid, tables = {} } = each;
    const parts = partsOf(name, quick);
    for (const { part, options } of parts) await compile(file, name, join(out, part), options);
    const folders = parts.map(({ part }) => `${part}/${name}`);
    prepared.push({ name, folders, params, counted: { grid, keyGrid, tables, useful: await countsOf(each) } });
    console.log(`${name}: ${folders.join(", ")}`);
  }
  return prepared;
}

const assigned = (params: Params) => Object.entries(params).map(([name, value]) => `${name}=${value}`);

/** Counts of a folder of a setting, by kernel; what is the same is counted once. */
function counted(folder: string, pattern: Pattern, { grid, params }: Setting, only?: string) {
  const known = new Map<string, ReturnType<typeof pairsOf>>();
  return (manifestIn(folder).cuda ?? [])
    .filter(({ architecture }: ManifestCudaKernel) => only === undefined || architecture === only)
    .map(({ symbol, queryTile: query, keyTile: key }: ManifestCudaKernel) => {
      const tiles = { query, key };
      const text = JSON.stringify(tiles);
      const pairs = known.get(text) ?? pairsOf(pattern, tiles, params, { size: { q: grid, k: grid } });
      known.set(text, pairs);
      return { symbol, ...pairs };
    });
}

async function prepareSetting(setting: Setting, { out, quick }: Request) {
  const { id, file, variant, grid, params, heads, title } = setting;
  const dims = quick ? "128" : Object.keys(heads).join(",");
  const options = ["--head-dim", dims, "--dtype", "bf16", ...assigned(params).flatMap((each) => ["--set", each])];
  const extents = AXES.map((axis, i) => `${axis}=${grid[i]}`).join(",");
  await compile(file, variant, join(out, "settings", id), [...options, "--grid", extents]);
  const folder = `settings/${id}/${variant}`;
  const kernels = counted(join(out, folder), await patternOf(file, variant), setting);
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
async function prepareTiles(text: string, setting: Setting, { out }: Request) {
  const tiles = tilesOf(text, setting);
  const pattern = await patternOf(setting.file, setting.variant);
  const dims = Object.keys(setting.heads).map((dim) => ({ headDim: Number(dim), valueDim: Number(dim) }));
  const compiled = compileVariant(pattern, {
    ...{ dims, kinds: [], cuda: [{ profile: "sm_90a", dtype: "bf16" }], cwd: root },
    constants: new Map(Object.entries(setting.params)),
    tilesFor: () => tiles,
  });
  const label = text.replace("/", "-");
  writeArtefacts([compiled], join(out, "settings", `${setting.id}-${label}`));
  const folder = `settings/${setting.id}-${label}/${setting.variant}`;
  console.log(`${setting.title}: ${folder}`);
  return { label: text, folder, kernels: counted(join(out, folder), pattern, setting) };
}

async function prepare(out: string, quick: boolean, sweeps: readonly string[]): Promise<void> {
  for (const folder of ["variants", "wide", "dims", "settings", "parts"])
    rmSync(join(out, folder), { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const request = { out, quick };
  const variants = await prepareVariants(request);
  const settings = [];
  for (const setting of SETTINGS) settings.push(await prepareSetting(setting, request));
  for (const sweep of sweeps) {
    const [id, text = ""] = sweep.split("=");
    const setting = settings.find((each) => each.id === id);
    if (!setting) throw new Error(`--tiles ${sweep}: expected one of ${SETTINGS.map((each) => each.id).join(", ")}`);
    setting.builds.push(await prepareTiles(text, setting, request));
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
