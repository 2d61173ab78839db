/** Exact numbers of the pairs that the branches' patterns attend to, counted with the compiler: for the tool, not for browsers. */
import { compileAttention } from "../../compiler/compile.js";
import type { TableValues } from "../../compiler/ir/evaluate.js";
import { variablesOf } from "../../compiler/ir/expression.js";
import { environmentOf } from "../../compiler/plan/count.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { TileShapes } from "../../compiler/plan/plan.js";
import { type Counted, visitCounter } from "../../compiler/schedule/visits.js";
import { slotTable, slotted } from "../../compiler/slots.js";
import type { Target } from "../../compiler/target.js";
import type { Extents } from "./config.js";
import type { CountPairs, Pairs } from "./flops.js";
import { networkFault } from "./network-messages.js";

/** Of the model's kernels. A tile of queries is of one frame, and so is a box of keys: what a pattern says of a slot's frame is then exact. */
export const MODEL_TILES: TileShapes = { query: [1, 4, 8], key: [1, 4, 8] };

const PAIRS: TileShapes = { query: [1, 1, 1], key: [1, 1, 1] };

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

/** Steps of a count, some seconds: axes that nothing ties together are counted apart, so only odd patterns on vast grids take more. */
const MOST_STEPS = 1e8;

/** What the loops of a pattern visit on a grid, per head. */
function pairsOf(
  pattern: Pattern,
  { params, heads }: Parameters<CountPairs>[0],
  { t, y, x }: Extents,
  target: Target,
): Required<Pairs> {
  const [grid, zero] = [
    [t, y, x],
    [0, 0, 0],
  ];
  const size = { q: grid, k: grid };
  const meter = { steps: 0, limit: MOST_STEPS };
  // Heads that are alike are counted once.
  const counted = variablesOf(pattern.attend).has("head") ? Array.from({ length: heads }, (_, head) => head) : [0];
  const count = (of: Pattern, tiles: TileShapes, what: Counted, tables: TableValues) => {
    const { plan } = compileAttention(of, { target, tiles });
    const counter = visitCounter(plan.forward, of.axes, tiles, what, { tables, meter });
    const visits = counted.map((head) => {
      const input = { size, params, tables, head };
      return counter(environmentOf(plan, input, { q: zero, k: zero }, size));
    });
    if (meter.steps > MOST_STEPS) throw networkFault("grid-uncounted", pattern.name, grid, MOST_STEPS);
    return (visits.reduce((sum, each) => sum + each, 0) / counted.length) * product(tiles.query) * product(tiles.key);
  };
  const frames = { shape: [t], data: Int32Array.from({ length: t }, (_, i) => i) };
  return {
    useful: count(pattern, PAIRS, "pairs", {}),
    // In its own slot each frame of a whole clip, as the kernels have it.
    visited: count(slotted(pattern, "t"), MODEL_TILES, "boxes", { [slotTable("t")]: frames }),
    dense: product(grid) ** 2,
  };
}

/**
 * Counts for kernels of a target; what was counted before is not counted again.
 * @throws ModelError `grid-uncounted` where a count takes too long.
 */
export function pairCounter(patterns: { readonly [name: string]: Pattern }, target: Target): CountPairs {
  const counts = new Map<string, Pairs>();
  return (branch, grid) => {
    const { pattern: name, params, heads } = branch;
    const key = JSON.stringify([name, Object.entries(params).sort(), heads, grid.t, grid.y, grid.x]);
    const pattern = patterns[name];
    if (!pattern) throw new Error(`no pattern ${name}`);
    const pairs = counts.get(key) ?? pairsOf(pattern, branch, grid, target);
    counts.set(key, pairs);
    return pairs;
  };
}
