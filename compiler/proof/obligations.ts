/** Plan -> claims: all that must hold for its kernels to compute what the pattern declares, in both roles. */
import { bool, type Expr, eq, variable } from "../ir/expression.js";
import type { Claim, ClaimKind } from "../plan/claim.js";
import type { AttentionPlan } from "../plan/plan.js";
import { claimsOfIndices } from "./indices.js";
import { claimsOfIntegers } from "./integers.js";
import { claimsOfNest, claimsOfSteps, readsPairOnly } from "./nests.js";
import { type Domain, domainOf } from "./premises.js";
import { closed, specialised } from "./statement.js";

/** The kernel's logit is the declared one: the declared function with constants put in, before any rewriting. */
function claimOfScore(plan: AttentionPlan, attend: Expr, domain: Domain): Claim {
  const declared = specialised(plan.pattern.score ?? variable("s", "float"), plan.pattern, plan.constants);
  const text = "the score of every pair that attends is the declared one";
  return closed({ kind: "score", text, assumptions: [attend], goal: eq(plan.score, declared) }, domain);
}

/** Statements about the plan's shape, which no solver is needed for. */
function claimsOfShape({ forward, backward, score }: AttentionPlan, domain: Domain): Claim[] {
  const claim = (kind: ClaimKind, text: string, holds: boolean) =>
    closed({ kind, text, assumptions: [], goal: bool(holds) }, domain);
  const areRoles = forward.role === "query-tile" && backward.role === "key-tile";
  return [
    claim("coverage", "there are loops over keys for a tile of queries, and over queries for a tile of keys", areRoles),
    claim("score", "the score reads the pair alone", readsPairOnly(score)),
  ];
}

/** Every claim of a plan. */
export function obligationsOf(plan: AttentionPlan): Claim[] {
  const domain = domainOf(plan.pattern, plan.constants);
  const attend = specialised(plan.pattern.attend, plan.pattern, plan.constants);
  return [
    ...claimsOfShape(plan, domain),
    ...claimsOfNest(plan, plan.forward, attend, domain),
    ...claimsOfNest(plan, plan.backward, attend, domain),
    ...claimsOfSteps(plan, domain),
    ...claimsOfIntegers(plan, domain),
    claimOfScore(plan, attend, domain),
    ...claimsOfIndices(attend, plan.score, domain),
  ];
}
