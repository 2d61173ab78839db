/** The pattern as functions: whether a query sees a key, or what it sees of a row of keys, and the logit. */
import { type Expr, TRUE } from "../../compiler/ir/expression.js";
import { print } from "../../compiler/ir/print.js";
import type { AttentionPlan, RowBounds } from "../../compiler/plan/plan.js";
import type { Dialect, Scalar } from "./dialect.js";
import { spell } from "./expression.js";
import { hoisted, type Part, typeOfPart } from "./hoist.js";
import { identifier } from "./identifier.js";
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
export const valuesOfParts = (
  dialect: Dialect,
  plan: AttentionPlan,
  parts: readonly Part[],
  put: (part: Part, value: string) => string,
): string[] => {
  const names = elementNames(dialect, plan);
  const here = (name: string) => (name === "head" || name === "batch" ? `at.${name}` : names(name));
  return parts.map((part) => put(part, spell(dialect, part.e, here)));
};

type Parameters = readonly (readonly [name: string, type: Scalar])[];

function emitMask(dialect: Dialect, plan: AttentionPlan, parameters: Parameters): string[] {
  const names = elementNames(dialect, plan);
  const ofPair: Parameters = [["region", "i32"], ...parameters];
  const define = (name: string, type: Scalar, comment: string, bodies: readonly string[]) =>
    `// ${comment}\n${dialect.fn(name, ofPair, type, returnByRegion(dialect, bodies))}`;
  const text = (e: Expr) => spell(dialect, e, names);
  const rows = rowsOf(plan);
  if (!rows) {
    if (!isMasked(plan)) return [];
    const { rows: ofRow, columns, attends } = hoisted(plan);
    const parts = [...ofRow, ...columns];
    const own = (name: string) => parts.find((part) => part.variable === name)?.name ?? names(name);
    const more = parts.map((part) => [part.name, typeOfPart(part)] as const);
    const bodies = returnByRegion(
      dialect,
      attends.map((e) => spell(dialect, e, own)),
    );
    const comment = `// The pattern: whether a query sees a key. Regions share no pair.${parts.map(meaning).join("")}`;
    return [`${comment}\n${dialect.fn("attends", [...ofPair, ...more], "bool", bodies)}`];
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
export function emitPatternFunctions(dialect: Dialect, plan: AttentionPlan): string {
  const names = [...positions(plan, "q"), ...positions(plan, "k"), "head", "batch"];
  const parameters = names.map((name) => [name, "i32"] as const);
  const logit = spell(dialect, plan.score, elementNames(dialect, plan));
  const score = dialect.fn("score", [["s", "f32"], ...parameters], "f32", `  return ${logit};`);
  const comment = "// The logit of a pair that attends; s is the scaled dot product.";
  return [...emitMask(dialect, plan, parameters), ...(isScored(plan) ? [`${comment}\n${score}`] : [])].join("\n\n");
}
