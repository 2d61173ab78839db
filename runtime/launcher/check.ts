/** Every check of a launch, before any GPU work: all faults are collected, each names what it is about. */
import { type Problem, problem } from "./messages.js";
import { checkGrid, checkParams, checkTables } from "./numbers.js";
import { type Bound, checkLayout, checkShapes, checkSharing } from "./operands.js";
import { checkRanges } from "./ranges.js";
import type { BindOptions, CompiledKernel } from "./types.js";
import { type Numbers, tilesPerAxis } from "./uniforms.js";

const NAMES = ["q", "k", "v", "output", "lse"] as const;

/** 32-bit words of the buffers that a launch makes itself. */
export function ownWords({ manifest }: CompiledKernel, { q, lse, tables = {} }: BindOptions) {
  const rows = q?.shape?.slice(0, -1).reduce((product, extent) => product * extent, 1) ?? 0;
  const table = manifest.tables.reduce((sum, { name }) => sum + (tables[name]?.data?.length ?? 0), 0);
  return { lse: lse ? 0 : rows, tables: table };
}

export interface Checked {
  readonly numbers: Numbers;
  readonly bound: { readonly [name: string]: Bound };
  readonly tiles: number;
  readonly problems: readonly Problem[];
}

/** Every check, without any GPU work; `lse` absent stands for a dense buffer that does not exist yet. */
export function check(compiled: CompiledKernel, limits: GPUSupportedLimits, options: BindOptions): Checked {
  const { manifest, kernel } = compiled;
  const problems: Problem[] = [];
  const shapesHold = checkShapes(manifest, kernel, options, problems);
  const bound: Record<string, Bound> = {};
  if (shapesHold) {
    for (const name of NAMES) {
      const operand = options[name];
      const part = operand && checkLayout(manifest, kernel, limits, name, operand, problems);
      if (part) bound[name] = part;
    }
    checkSharing(bound, limits, problems);
  }
  const grid = shapesHold ? checkGrid(manifest, options, options, problems) : undefined;
  const params = checkParams(manifest, options.params, problems);
  const tables = options.tables ?? {};
  const known = params.size === manifest.params.length ? params : undefined;
  if (grid) checkTables(manifest, tables, { grid, params: known }, problems);
  const scale = options.scale ?? 1 / Math.sqrt(kernel.headDim);
  if (!Number.isFinite(Math.fround(scale))) problems.push(problem("scale-invalid", scale));
  if (problems.length === 0 && grid) checkRanges(manifest, grid, params, tables, problems);
  const perHead = grid ? tilesPerAxis(kernel, grid).reduce((product, tiles) => product * tiles, 1) : 0;
  const tiles = grid ? grid.batches * grid.heads * perHead : 0;
  for (const [name, words] of Object.entries(ownWords(compiled, options))) {
    const limit = limits.maxStorageBufferBindingSize;
    if (shapesHold && words * 4 > limit) problems.push(problem("binding-too-large", name, words * 4, limit));
  }
  if (tiles > 2 ** 31 - 1) problems.push(problem("too-many-tiles", tiles));
  return { numbers: { grid: grid as Numbers["grid"], params, tables, scale }, bound, tiles, problems };
}
