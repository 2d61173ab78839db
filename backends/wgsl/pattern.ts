/** The pattern as WGSL functions: whether a query sees a key, or what it sees of a row of keys, and the logit. */
import { type Expr, TRUE } from "../../compiler/ir/expression.js";
import { print } from "../../compiler/ir/print.js";
import type { AttentionPlan, RowBounds } from "../../compiler/plan/plan.js";
import { spell } from "./expression.js";
import { hoisted, type Part, typeOfPart } from "./hoist.js";
import { identifier } from "./interface.js";
import { elementNames, hasLattice, returnByRegion } from "./loops.js";

/** Positions of a query and a key, in the order in which every function of the pattern takes them. */
const positions = (plan: AttentionPlan, side: "q" | "k"): string[] =>
  plan.pattern.axes[side === "q" ? "query" : "key"].map((axis) => `${side}_${identifier(axis)}`);

/** The arguments of a function of a query and a key. */
export const pairArguments = (plan: AttentionPlan): string =>
  [...positions(plan, "q"), ...positions(plan, "k"), "at.head", "at.batch"].join(", ");

export const isMasked = (plan: AttentionPlan) => plan.forward.regions.some((region) => region.attend !== TRUE);
export const isScored = (plan: AttentionPlan) => plan.score.kind !== "var";

/** Bounds of a row for every region, where the mask is a compare of bounds; else pairs are tested one by one. */
export function rowsOf(plan: AttentionPlan): readonly RowBounds[] | undefined {
  const rows = plan.forward.regions.map(({ row }) => row);
  const isDense = !hasLattice(plan, plan.pattern.axes.key.length - 1);
  return isDense && rows.every((row) => row !== undefined) ? rows : undefined;
}

const TESTS = {
  sees: ["bool", "Whether a query sees any key where the outer key axes stand still. Regions share no pair."],
  first_seen: ["i32", "First position along the innermost key axis that it sees."],
  last_seen: ["i32", "Last such position."],
} as const;

/** Which of the functions of a row a plan needs. */
export const needsOf = (rows: readonly RowBounds[]) => ({
  sees: rows.some(({ sees }) => sees !== TRUE),
  first_seen: rows.some(({ lower }) => lower),
  last_seen: rows.some(({ upper }) => upper),
});

const meaning = ({ name, e }: Part): string => `\n// ${name} is ${print(e)}.`;

/** Statements that compute parts of the query, or of the key, whose coordinates are declared. */
export const declareParts = (
  plan: AttentionPlan,
  parts: readonly Part[],
  assign: (name: string) => string,
): string[] => {
  const names = elementNames(plan);
  const here = (name: string) => (name === "head" || name === "batch" ? `at.${name}` : names(name));
  return parts.map(({ name, e }) => `${assign(name)} = ${spell(e, here)};`);
};

function emitMask(plan: AttentionPlan, parameters: string): string[] {
  const names = elementNames(plan);
  const define = (name: string, type: string, comment: string, bodies: readonly string[]) =>
    `// ${comment}\nfn ${name}(region: i32, ${parameters}) -> ${type} {\n${returnByRegion(bodies)}\n}`;
  const text = (e: Expr) => spell(e, names);
  const rows = rowsOf(plan);
  if (!rows) {
    if (!isMasked(plan)) return [];
    const { rows: ofRow, columns, attends } = hoisted(plan);
    const parts = [...ofRow, ...columns];
    const own = (name: string) => parts.find((part) => part.variable === name)?.name ?? names(name);
    const more = parts.map((part) => `, ${part.name}: ${typeOfPart(part)}`).join("");
    const bodies = returnByRegion(attends.map((e) => spell(e, own)));
    const comment = `// The pattern: whether a query sees a key. Regions share no pair.${parts.map(meaning).join("")}`;
    return [`${comment}\nfn attends(region: i32, ${parameters}${more}) -> bool {\n${bodies}\n}`];
  }
  const needs = needsOf(rows);
  const bodies = {
    sees: rows.map(({ sees }) => text(sees)),
    first_seen: rows.map(({ lower }) => (lower ? text(lower) : "0")),
    last_seen: rows.map(({ upper }) => (upper ? text(upper) : "2147483647")),
  };
  return (["sees", "first_seen", "last_seen"] as const).flatMap((name) =>
    needs[name] ? [define(name, TESTS[name][0], TESTS[name][1], bodies[name])] : [],
  );
}

/** Every function of the pattern that the kernel calls. */
export function emitPatternFunctions(plan: AttentionPlan): string {
  const names = [...positions(plan, "q"), ...positions(plan, "k"), "head", "batch"];
  const parameters = names.map((name) => `${name}: i32`).join(", ");
  const score = `// The logit of a pair that attends; s is the scaled dot product.\nfn score(s: f32, ${parameters}) -> f32 {\n  return ${spell(plan.score, elementNames(plan))};\n}`;
  return [...emitMask(plan, parameters), ...(isScored(plan) ? [score] : [])].join("\n\n");
}
