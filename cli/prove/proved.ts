/** Compiled variant -> its manifest with what was proved of it, and diagnostics for the claims that were not. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Manifest } from "../../compiler/plan/manifest.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Session } from "../io.js";
import type { CompiledVariant } from "../kernels.js";
import { tell } from "../messages.js";
import { aligned } from "../panels.js";
import { detailOf, type Group, groupsOf, outsideRows, outsideText, readsOutside } from "./open.js";
import type { SparingSolver } from "./solver.js";
import { countClaims, type Open, type Translation, translationOf } from "./translation.js";

export interface Proved {
  readonly manifest: Manifest;
  readonly provedIn: number;
  /** All of it is known from earlier proofs. */
  readonly provedBefore: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

function noteOf(open: Open, plan: AttentionPlan): string {
  const head = `${open.verdict.kind}: "${open.claim.text}"`;
  if (!readsOutside(open)) return `${head}\n${detailOf(open)}`;
  const { rows, reason } = outsideRows(open, plan);
  return [head, ...aligned(rows), reason].join("\n");
}

/** One diagnostic for all claims about which the same can be done. */
function diagnosticOf({ open, advice }: Group, plan: AttentionPlan, total: number): Diagnostic {
  const pattern = plan.pattern.name;
  const claims = open.map((each) => noteOf(each, plan));
  const outside = open.filter(readsOutside);
  if (outside.length > 0) return tell("reads-outside", { what: outsideText(pattern, outside), claims, advice });
  return tell("not-proved", { pattern, claims, total, advice });
}

/** How many claims of each kind there are about all plans. */
function claimsOf(found: readonly Translation[]): { [kind: string]: number } {
  const claims: { [kind: string]: number } = {};
  for (const { counts } of found) {
    for (const [kind, { total }] of counts) claims[kind] = (claims[kind] ?? 0) + total;
  }
  return claims;
}

/** Decides every claim about a variant's plans. */
export async function proved(
  { plans, manifest }: CompiledVariant,
  solver: SparingSolver,
  milliseconds: number,
  { io }: Pick<Session, "io">,
): Promise<Proved> {
  const found: Translation[] = [];
  for (const plan of plans) found.push(await translationOf(plan, solver, milliseconds, io));
  const claims = claimsOf(found);
  const overReals = found.some(({ over }) => over === "reals");
  const { kernels, ...rest } = manifest;
  return {
    manifest: {
      ...rest,
      proved: { solver: solver.name, ...(overReals ? { over: "reals" as const } : {}), claims },
      kernels,
    },
    provedIn: found.reduce((sum, each) => sum + each.milliseconds, 0),
    provedBefore: found.every(({ cached }) => cached),
    diagnostics: found.flatMap((each) =>
      groupsOf(each.open, each.plan.pattern.params).map((group) => diagnosticOf(group, each.plan, countClaims(each))),
    ),
  };
}
