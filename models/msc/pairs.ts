/** Exact numbers of the pairs that the branches' patterns attend to, counted with the compiler: for the tool, not for browsers. */
import { compileAttention } from "../../compiler/compile.js";
import { countPairs } from "../../compiler/plan/count.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { Target } from "../../compiler/target.js";
import type { CountPairs } from "./flops.js";

/**
 * Counts on a grid by walking the loops that a kernel of the target walks, with its default tiles; what was counted
 * before is not counted again.
 */
export function pairCounter(patterns: { readonly [name: string]: Pattern }, target: Target): CountPairs {
  const counts = new Map<string, ReturnType<CountPairs>>();
  return (name, params, { t, y, x }) => {
    const key = JSON.stringify([name, Object.entries(params).sort(), t, y, x]);
    const before = counts.get(key);
    if (before) return before;
    const pattern = patterns[name];
    if (!pattern) throw new Error(`no pattern ${name}`);
    const { plan } = compileAttention(pattern, { target });
    const { useful, visited, dense } = countPairs(plan, { size: { q: [t, y, x], k: [t, y, x] }, params });
    counts.set(key, { useful, visited, dense });
    return { useful, visited, dense };
  };
}
