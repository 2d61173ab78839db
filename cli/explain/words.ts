/** What the derived loops come to, axis by axis, in words. */
import { type Expr, FALSE, nodesOf, TRUE, variablesOf } from "../../compiler/ir/expression.js";
import { print } from "../../compiler/ir/print.js";
import type { AttentionPlan, Loop, Region } from "../../compiler/plan/plan.js";

const readsSide = (parts: readonly Expr[], start: string) =>
  parts.some((e) => [...variablesOf(e)].some((name) => name.startsWith(start)));

/** Names of the outer axes whose boxes the ends of a loop read. */
function outerAxes({ lower, upper }: Loop): string[] {
  const names = [lower, upper].flatMap((e) => [...variablesOf(e)]);
  return [...new Set(names.flatMap((name) => /^k\.([^.]+)\./.exec(name)?.[1] ?? []))];
}

/** The end of a range without the limits of the operand. */
const inner = (e: Expr): Expr =>
  e.kind === "binary" && (e.op === "max" || e.op === "min") && e.a.kind === "var" && /^(origin|last)\./.test(e.a.name)
    ? e.b
    : e;

/** How the positions of one axis are found. */
function axisWords(loop: Loop): string {
  const { lower, upper, step, scanned, live } = loop;
  const filtered = live === TRUE ? "" : "; boxes in which no pair can attend are skipped";
  if (scanned) return `the whole axis, since the pattern does not bound it${filtered}`;
  if (inner(lower) === inner(upper)) return `the one position ${print(inner(lower))}${filtered}`;
  const tables = nodesOf(lower, upper).flatMap((e) => (e.kind === "search" ? [e.table] : []));
  const outer = outerAxes(loop);
  const range = readsSide([lower, upper], "q.")
    ? "a range that moves with the tile"
    : "a range, the same for every tile";
  const words = [
    loop.residue ? `every ${print(step)}-th position of ${range}` : range,
    ...(outer.length > 0 ? [`changes with ${outer.join(" and ")}`] : []),
    ...(tables.length > 0 ? [`is found by binary search in ${[...new Set(tables)].join(" and ")}`] : []),
  ];
  return `${words.join(words.length > 2 ? ", " : " and ")}${filtered}`;
}

function maskWords({ full }: Region): string {
  if (full === TRUE) return "every pair of a visited box attends, and none is tested";
  if (full === FALSE) return "every pair of a visited box is tested";
  return "pairs are tested only in boxes that may hold some that do not attend";
}

/** One row per axis and one for the mask; regions are told apart where there are several. */
export function loopWords({ forward, pattern, dense }: AttentionPlan): readonly (readonly [string, string])[] {
  if (dense) return [["", "every query sees every key: this is dense attention"]];
  const { regions } = forward;
  return regions.flatMap((region, i) => [
    ...(regions.length > 1 ? [[`region ${i + 1}`, ""] as const] : []),
    ...region.loops.map((loop, axis) => [pattern.axes.key[axis] as string, axisWords(loop)] as const),
    ["mask", maskWords(region)] as const,
  ]);
}
