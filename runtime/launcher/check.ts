/** Every check of a launch, before any GPU work: all faults are collected, each names what it is about. */
import { problem } from "./attention-messages.js";
import { type BindingLimit, leastLimit } from "./binding-limit.js";
import { type Bound, denseLayout, type Layout } from "./layout.js";
import type { Problem } from "./messages.js";
import { checkGrid, checkTables } from "./numbers.js";
import { checkLayout, checkShapes, checkSharing, dimensionsOf } from "./operands.js";
import { checkParams } from "./params.js";
import { checkRanges, scopeOf } from "./ranges.js";
import { type Slab, slabsOf } from "./slabs.js";
import { boxesOfTile, partLayouts, sizeOf, splitsOf } from "./splits.js";
import { tilesPerAxis } from "./tiles.js";
import type { BindOptions, CompiledKernel } from "./types.js";
import type { Numbers } from "./uniforms.js";

const NAMES = ["q", "k", "v", "output", "lse"] as const;

/** 32-bit words of all tables. */
export const tableWords = ({ manifest }: CompiledKernel, { tables = {} }: BindOptions): number =>
  manifest.tables.reduce((sum, { name }) => sum + (tables[name]?.data?.length ?? 0), 0);

/** The least of what limits a binding. */
function bindingLimit(limits: GPUSupportedLimits, { maxBindingSize }: BindOptions, problems: Problem[]): BindingLimit {
  const least = limits.minStorageBufferOffsetAlignment;
  if (maxBindingSize !== undefined && !(maxBindingSize >= least)) {
    problems.push(problem("binding-size-invalid", maxBindingSize, least));
  }
  return leastLimit(limits, maxBindingSize);
}

export interface Checked {
  readonly numbers: Numbers;
  /** The operands that were given, and those that the launch owns. */
  readonly layouts: { readonly [name: string]: Layout };
  readonly tiles: number;
  readonly splits: number;
  /** Empty where there are problems. */
  readonly slabs: readonly Slab[];
  readonly problems: readonly Problem[];
}

/** Every check, without any GPU work. */
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
  const params = checkParams(manifest.params, options.params, problems);
  const tables = options.tables ?? {};
  const known = params.size === manifest.params.length ? params : undefined;
  if (grid) checkTables(manifest, tables, { grid, params: known }, problems);
  const scale = options.scale ?? 1 / Math.sqrt(kernel.headDim);
  if (!Number.isFinite(Math.fround(scale))) problems.push(problem("scale-invalid", scale));
  const scope = problems.length === 0 && grid ? scopeOf(manifest, grid, params, tables) : undefined;
  if (scope) checkRanges(manifest.checks, scope, problems);
  const perHead = grid ? tilesPerAxis(kernel, grid).reduce((product, tiles) => product * tiles, 1) : 0;
  const tiles = grid ? grid.batches * grid.heads * perHead : 0;
  const boxes = () => (scope && grid ? boxesOfTile(manifest, kernel, grid, scope) : 1);
  const wanted = splitsOf(compiled, options, tiles, boxes, problems);
  if (tiles * wanted > 2 ** 31 - 1) problems.push(problem("too-many-tiles", tiles * wanted));
  const limit = bindingLimit(limits, options, problems);
  const words = tableWords(compiled, options);
  if (words * 4 > limit.bytes) problems.push(problem("tables-too-large", words * 4, limit));
  const alignment = limits.minStorageBufferOffsetAlignment;
  const divided = (splits: number): Pick<Checked, "layouts" | "splits" | "slabs" | "problems"> => {
    const found: Problem[] = [];
    const layouts = shapesHold ? { ...bound, ...ownLayouts(compiled, limits, options, splits, found) } : bound;
    const isSound = scope && grid && problems.length + found.length === 0;
    const slabs = isSound ? slabsOf({ compiled, grid, scope, layouts, limit, alignment, splits }, found) : [];
    return { layouts, splits, slabs, problems: [...problems, ...found] };
  };
  const numbers = { grid: grid as Numbers["grid"], params, tables, scale };
  const made = divided(wanted);
  // Nobody asked for splits that do not fit.
  const isUnasked = options.splits === undefined && wanted > 1 && made.problems.length > 0;
  return { numbers, tiles, ...(isUnasked ? divided(1) : made) };
}

/** What the launch makes itself: an LSE where none is given, and what splits write before it is joined. */
function ownLayouts(
  { manifest, kernel }: CompiledKernel,
  { maxBufferSize }: GPUSupportedLimits,
  { q, lse }: BindOptions,
  splits: number,
  problems: Problem[],
): { readonly [name: string]: Layout } {
  const rows = q.shape.slice(0, -1);
  const own = lse ? {} : { lse: denseLayout(dimensionsOf(manifest, "lse"), rows, 4) };
  if (own.lse && sizeOf(own.lse) > maxBufferSize) {
    problems.push(problem("buffer-too-large", "lse", sizeOf(own.lse), maxBufferSize));
  }
  if (!(splits > 1)) return own;
  const parts = partLayouts(manifest, kernel, rows, splits);
  if (sizeOf(parts.parts) > maxBufferSize) {
    problems.push(problem("splits-too-large", splits, sizeOf(parts.parts), maxBufferSize));
  }
  return { ...own, ...parts };
}
