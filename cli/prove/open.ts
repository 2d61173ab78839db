/** Claims about kernels that are not proved: whose fault that is, their counterexamples, and what can be done. */
import type { PatternParam } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { adviceFor } from "./advice.js";
import { type Read, readOf, readText, rowsOf, tableOf } from "./counterexample.js";
import { type Scene, sceneOf } from "./scene.js";
import type { Open } from "./translation.js";
import { namedText } from "./wording.js";

/** A claim that is refuted because the pattern reads outside a table: its own fault, not the compiler's. */
export type ReadsOutside = Open & { readonly verdict: { readonly kind: "refuted" } };

export const readsOutside = (open: Open): open is ReadsOutside =>
  open.verdict.kind === "refuted" && open.claim.kind === "tables";

/** Claims about which the same can be done. */
export interface Group {
  readonly advice: string;
  readonly open: readonly Open[];
}

export function groupsOf(open: readonly Open[], params: readonly PatternParam[]): Group[] {
  const groups = new Map<string, Open[]>();
  for (const each of open) {
    const advice = adviceFor(each, params);
    groups.set(advice, [...(groups.get(advice) ?? []), each]);
  }
  return [...groups].map(([advice, own]) => ({ advice, open: own }));
}

/** ``documents reads `bias` outside its table``. */
export function outsideText(pattern: string, open: readonly ReadsOutside[]): string {
  const tables = [...new Set(open.map(({ claim }) => tableOf(claim)))].map((name) => `\`${name}\``);
  return `${pattern} reads ${tables.join(", ")} outside ${tables.length > 1 ? "their tables" : "its table"}`;
}

/** The pair that reads outside a table, and what it reads. */
export function outsideOf(
  { claim, verdict }: ReadsOutside,
  { pattern, constants }: Pick<AttentionPlan, "pattern" | "constants">,
): { readonly scene: Scene; readonly read: Read } {
  const { counterexample } = verdict;
  return {
    scene: sceneOf({ subjects: [{ pattern, constants }] }, counterexample),
    read: readOf(claim, counterexample),
  };
}

/** Why a claim is open, in a line: the solver's reason, or the values for which the claim fails. */
export function detailOf({ verdict }: Open): string {
  if (verdict.kind === "unknown") return verdict.reason;
  const { variables, tables } = verdict.counterexample;
  const numbers = Object.entries(variables).filter(([name]) => !name.startsWith("entries."));
  const shapes = Object.entries(tables).map(([name, { shape }]) => `table ${name} of ${shape.join(" x ")}`);
  return `with ${[namedText(Object.fromEntries(numbers)), ...shapes].filter((part) => part !== "").join("; ")}`;
}

/** The rows of a counterexample that reads outside a table, with the sentence that says so. */
export function outsideRows(open: ReadsOutside, plan: AttentionPlan): { rows: [string, string][]; reason: string } {
  const { scene, read } = outsideOf(open, plan);
  return { rows: rowsOf(scene), reason: readText(read) };
}
