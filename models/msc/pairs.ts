/** Exact numbers of the pairs that the branches' patterns attend to, counted with the compiler: for the tool, not for browsers. */
import { compileAttention } from "../../compiler/compile.js";
import { environmentOf } from "../../compiler/plan/count.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { TileShapes } from "../../compiler/plan/plan.js";
import { type Counted, visitCounter } from "../../compiler/schedule/visits.js";
import type { Target } from "../../compiler/target.js";
import type { Branch, Extents } from "./config.js";
import type { CountPairs, Pairs } from "./flops.js";

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

/** What the loops of a pattern visit on a grid; axes that nothing ties together are counted apart, so large grids are quick. */
function pairsOf(pattern: Pattern, params: Branch["params"], { t, y, x }: Extents, target: Target): Required<Pairs> {
  const [grid, zero] = [
    [t, y, x],
    [0, 0, 0],
  ];
  const size = { q: grid, k: grid };
  const count = (counted: Counted, shapes?: TileShapes) => {
    const { plan } = compileAttention(pattern, { target, ...(shapes ? { tiles: shapes } : {}) });
    const { tiles, forward } = plan;
    const meter = { steps: 0, limit: Number.POSITIVE_INFINITY };
    const environment = environmentOf(plan, { size, params }, { q: zero, k: zero }, size);
    const visits = visitCounter(forward, pattern.axes, tiles, counted, { tables: {}, meter })(environment);
    return visits * product(tiles.query) * product(tiles.key);
  };
  const single = { query: [1, 1, 1], key: [1, 1, 1] };
  return { useful: count("pairs", single), visited: count("boxes"), dense: product(grid) ** 2 };
}

/** Counts for kernels of a target with its default tiles; what was counted before is not counted again. */
export function pairCounter(patterns: { readonly [name: string]: Pattern }, target: Target): CountPairs {
  const counts = new Map<string, Pairs>();
  return (name, params, grid) => {
    const key = JSON.stringify([name, Object.entries(params).sort(), grid.t, grid.y, grid.x]);
    const pattern = patterns[name];
    if (!pattern) throw new Error(`no pattern ${name}`);
    const pairs = counts.get(key) ?? pairsOf(pattern, params, grid, target);
    counts.set(key, pairs);
    return pairs;
  };
}
