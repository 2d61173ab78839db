/** Plan -> proof that its kernels do what the pattern declares: every claim decided, and counted by kind. */
import { checksOf } from "../../compiler/plan/checks.js";
import type { Claim, ClaimKind } from "../../compiler/plan/claim.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Verdict } from "../../compiler/proof/decide.js";
import { obligationsOf } from "../../compiler/proof/obligations.js";
import { domainOf } from "../../compiler/proof/premises.js";
import { asked } from "../../compiler/proof/question.js";
import type { Io } from "../io.js";
import { withProgress } from "../progress.js";
import { type Decided, decided, type Found, worstOf } from "./answer.js";
import { expectLaunches } from "./launches.js";
import type { SparingSolver } from "./solver.js";

/** The kinds of claims about kernels, with what they come to, in the order in which they are shown. */
export const MEANING: { readonly [kind in Exclude<ClaimKind, "question">]: string } = {
  coverage: "every pair that attends is visited",
  uniqueness: "none is visited twice",
  tiles: "tiles are skipped, or left unmasked, only where that is right",
  score: "the score is the declared one",
  integers: "no integer leaves 32 bits, no divisor is 0",
  tables: "pairs that attend read within the tables",
};

export type KernelClaimKind = keyof typeof MEANING;

/** A claim with what was found of it. */
interface DecidedClaim extends Decided {
  readonly claim: Claim;
}

/** A claim that is not proved. */
export interface Open extends DecidedClaim {
  readonly verdict: Exclude<Verdict, { kind: "proved" }>;
}

export interface Translation {
  readonly plan: AttentionPlan;
  /** The worst of all claims. */
  readonly verdict: Found;
  /** For each kind that there are claims of, how many are proved, of how many. */
  readonly counts: ReadonlyMap<KernelClaimKind, { readonly proved: number; readonly total: number }>;
  /** How many checks of integers are left to the launcher, which knows grid and params. */
  readonly checks: number;
  readonly open: readonly Open[];
  readonly over: "integers" | "reals";
  readonly milliseconds: number;
  readonly cached: boolean;
}

const isOpen = (found: DecidedClaim): found is Open => found.verdict.kind !== "proved";

function countsOf(claims: readonly DecidedClaim[]): Translation["counts"] {
  const kinds = (Object.keys(MEANING) as KernelClaimKind[]).map((kind) => {
    const own = claims.filter(({ claim }) => claim.kind === kind);
    return [kind, { proved: own.filter((each) => !isOpen(each)).length, total: own.length }] as const;
  });
  return new Map(kinds.filter(([, { total }]) => total > 0));
}

/** Decides every claim about a plan, with at most so many milliseconds for each attempt. */
export async function translationOf(
  plan: AttentionPlan,
  solver: SparingSolver,
  milliseconds: number,
  io: Pick<Io, "stderr">,
): Promise<Translation> {
  const [start, before] = [performance.now(), solver.asked()];
  await expectLaunches(domainOf(plan.pattern, plan.constants), [plan.pattern.name], solver, milliseconds);
  const claims = obligationsOf(plan);
  const decideAll = async (done: () => void) => {
    const found: DecidedClaim[] = [];
    for (const claim of claims) {
      found.push({ claim, ...(await decided(asked(claim), solver, milliseconds)) });
      done();
    }
    return found;
  };
  const text = `proving ${claims.length} claims about the kernels of ${plan.pattern.name}`;
  const found = await withProgress(io, text, decideAll, claims.length);
  return {
    plan,
    verdict: worstOf(found.map(({ verdict }) => verdict.kind)),
    counts: countsOf(found),
    checks: checksOf(plan).length,
    open: found.filter(isOpen),
    over: found.some(({ verdict }) => verdict.kind === "proved" && verdict.over === "reals") ? "reals" : "integers",
    milliseconds: Math.round(performance.now() - start),
    cached: solver.asked() === before,
  };
}

export const countClaims = ({ counts }: Pick<Translation, "counts">): number =>
  [...counts.values()].reduce((sum, { total }) => sum + total, 0);
