/** Plan -> proof that its kernels do what the pattern declares: every claim decided, and counted by kind. */
import type { Claim, ClaimKind } from "../../compiler/plan/claim.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { decide, type Verdict } from "../../compiler/proof/decide.js";
import { obligationsOf } from "../../compiler/proof/obligations.js";
import { asked } from "../../compiler/proof/question.js";
import { type Io, withProgress } from "../io.js";
import { type Found, worstOf } from "./answer.js";
import type { SparingSolver } from "./solver.js";
import { namedText } from "./wording.js";

/** The kinds of claims about kernels, with what they come to, in the order in which they are shown. */
export const MEANING: { readonly [kind in Exclude<ClaimKind, "question">]: string } = {
  coverage: "every pair that attends is visited",
  uniqueness: "none is visited twice",
  tiles: "tiles are skipped, or left unmasked, only where that is right",
  score: "the score is the declared one",
  integers: "no integer leaves 32 bits and no divisor is 0, or the launcher checks it",
  tables: "pairs that attend read within the tables",
};

/** A claim that is not proved. */
export interface Open {
  readonly claim: Claim;
  readonly verdict: Exclude<Verdict, { kind: "proved" }>;
}

export interface Translation {
  /** The worst of all claims. */
  readonly verdict: Found;
  /** For each kind that there are claims of, how many are proved, of how many. */
  readonly counts: ReadonlyMap<ClaimKind, { readonly proved: number; readonly total: number }>;
  readonly open: readonly Open[];
  readonly over: "integers" | "reals";
  readonly milliseconds: number;
  readonly cached: boolean;
}

async function decideAll(claims: readonly Claim[], solver: SparingSolver, milliseconds: number) {
  const decided: { readonly claim: Claim; readonly verdict: Verdict }[] = [];
  for (const claim of claims) decided.push({ claim, verdict: await decide(asked(claim), solver, milliseconds) });
  return decided;
}

/** Decides every claim about a plan, with at most so many milliseconds for each attempt. */
export async function translationOf(
  plan: AttentionPlan,
  solver: SparingSolver,
  milliseconds: number,
  io: Pick<Io, "stderr">,
): Promise<Translation> {
  const [start, before] = [performance.now(), solver.asked()];
  const claims = obligationsOf(plan);
  const decided = await withProgress(
    io,
    `proving ${claims.length} claims about the kernels of ${plan.pattern.name}`,
    () => decideAll(claims, solver, milliseconds),
  );
  const kinds = (Object.keys(MEANING) as ClaimKind[]).filter((kind) => claims.some((claim) => claim.kind === kind));
  const counts = kinds.map((kind) => {
    const own = decided.filter(({ claim }) => claim.kind === kind);
    return [
      kind,
      { proved: own.filter(({ verdict }) => verdict.kind === "proved").length, total: own.length },
    ] as const;
  });
  return {
    verdict: worstOf(decided.map(({ verdict }) => verdict.kind)),
    counts: new Map(counts),
    open: decided.flatMap(({ claim, verdict }) => (verdict.kind === "proved" ? [] : [{ claim, verdict }])),
    over: decided.some(({ verdict }) => verdict.kind === "proved" && verdict.over === "reals") ? "reals" : "integers",
    milliseconds: Math.round(performance.now() - start),
    cached: solver.asked() === before,
  };
}

export const countClaims = ({ counts }: Translation): number =>
  [...counts.values()].reduce((sum, { total }) => sum + total, 0);

/** `refuted, with ...` or `unknown: ...`. */
export function verdictText({ verdict }: Open): string {
  if (verdict.kind === "unknown") return `unknown: ${verdict.reason}`;
  const { variables, tables } = verdict.counterexample;
  const numbers = Object.entries(variables).filter(([name]) => !name.startsWith("entries."));
  const shapes = Object.entries(tables).map(([name, { shape }]) => `table ${name} of ${shape.join(" x ")}`);
  return `refuted, with ${[namedText(Object.fromEntries(numbers)), ...shapes].filter((part) => part !== "").join("; ")}`;
}

const OURS = "this is a bug in mscc: please report it, with the pattern and this message";

/** What a user can do about a claim that is not proved. */
export function adviceFor({ claim, verdict }: Open): string {
  if (verdict.kind === "unknown") {
    return "give more time with `--time-limit`, give the params bounds, or fix some of them with `--set`";
  }
  if (claim.kind === "tables") {
    return "state the extents of the table with `extents`, or keep the index within it for every pair that attends, say with `Math.min` and `Math.max`";
  }
  if (claim.kind === "integers") return `${OURS}; until it is mended, a \`max\` for the params may help`;
  return OURS;
}
