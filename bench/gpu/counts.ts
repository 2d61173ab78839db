/** Pairs of queries and keys, counted for the Python side. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cudaTarget } from "../../backends/cuda/index.js";
import { CUDA_KINDS } from "../../backends/cuda/kinds.js";
import { readNamed } from "../../cli/declared.js";
import { compileAttention } from "../../compiler/compile.js";
import { type CountInput, countPairs, type PairCount } from "../../compiler/plan/count.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { TileShapes } from "../../compiler/plan/plan.js";
import { type CheckedVariant, type Params, VARIANTS } from "./settings.js";

/** The checkout, seen from the sources and from dist. */
export const root = ["../../", "../../../"]
  .map((up) => fileURLToPath(new URL(up, import.meta.url)))
  .find((folder) => existsSync(`${folder}package.json`)) as string;
export const io = { stdout: process.stdout, stderr: process.stderr, cwd: root };

/** Every declared pattern by name, all read with one TypeScript project. */
export async function readPatterns(): Promise<ReadonlyMap<string, Pattern>> {
  const wanted = VARIANTS.map(({ file, name }) => ({ file, variant: name }));
  const found = await readNamed("cuda.py", wanted, { io, argv: [], exitWith: () => {} });
  return new Map(found.map((pattern) => [pattern.name, pattern]));
}

/** Pairs of one head that attend, and that a kernel with these tiles computes. */
export function pairsOf(
  pattern: Pattern,
  tiles: TileShapes,
  params: Params,
  input: Pick<CountInput, "size" | "tables">,
): PairCount {
  const [kind] = CUDA_KINDS;
  if (!kind) throw new Error("there are no kinds of CUDA kernels");
  const constants = new Map(Object.entries(params));
  const { plan } = compileAttention(pattern, { target: cudaTarget(kind, 64, 64), tiles, constants });
  return countPairs(plan, { ...input, params });
}

const ones = (extents: readonly number[]) => extents.map(() => 1);

/** A variant with the pairs of its small grid, which the patterns as Python has them must count too. */
export function preparedVariant(pattern: Pattern, { name, params, grid, keyGrid = grid, tables = {} }: CheckedVariant) {
  const input = { size: { q: grid, k: keyGrid }, tables };
  const tiles = { query: ones(grid), key: ones(keyGrid) };
  const useful = params.map((each) => pairsOf(pattern, tiles, each, input).useful);
  return { name, params, counted: { grid, keyGrid, tables, useful } };
}
