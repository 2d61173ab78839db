/** What the launcher would refuse of a setting: tables that do not fit, integers that could leave 32 bits, divisors that could be 0. */
import type { Manifest } from "../../compiler/plan/manifest.js";
import type { Problem } from "../../runtime/launcher/messages.js";
import { checkTables, type Grid } from "../../runtime/launcher/numbers.js";
import { checkRanges, scopeOf } from "../../runtime/launcher/ranges.js";
import { headsOf, type Tables } from "./tables.js";
import type { Setting, Subject } from "./view.js";

/** The part of a manifest that the checks read. */
export type Checked = Pick<Manifest, "tables" | "checks">;

function gridOf({ pattern: { axes } }: Subject, { size }: Setting, heads: number): Grid {
  const side = (names: readonly string[], extent: readonly number[]) => ({
    axes: names,
    origin: extent.map(() => 0),
    extent,
    size: extent,
  });
  return { q: side(axes.query, size.q), k: side(axes.key, size.k), batches: 1, heads, keyHeads: 1 };
}

export function problemsOf(subject: Subject, setting: Setting, tables: Tables, checked: Checked): Problem[] {
  const problems: Problem[] = [];
  const grid = gridOf(subject, setting, headsOf(subject, setting.head, tables));
  const params = new Map(Object.entries(setting.params));
  checkTables(checked, tables, { grid, params }, problems);
  if (problems.length === 0) checkRanges(checked.checks, scopeOf(checked, grid, params, tables), problems);
  return problems;
}
