/** Plan -> claims: all that must hold for its kernels to compute what the pattern declares, in both roles. */
import type { Claim } from "../plan/claim.js";
import type { AttentionPlan } from "../plan/plan.js";
import { claimsOfIndices } from "./indices.js";
import { claimsOfIntegers } from "./integers.js";
import { claimsOfNest, claimsOfSteps } from "./nests.js";
import { domainOf } from "./premises.js";
import { specialised } from "./statement.js";

/** Every claim of a plan. */
export function obligationsOf(plan: AttentionPlan): Claim[] {
  const domain = domainOf(plan.pattern, plan.constants);
  const attend = specialised(plan.pattern.attend, plan.pattern, plan.constants);
  return [
    ...claimsOfNest(plan, plan.forward, attend, domain),
    ...claimsOfNest(plan, plan.backward, attend, domain),
    ...claimsOfSteps(plan, domain),
    ...claimsOfIntegers(plan, domain),
    ...claimsOfIndices(attend, plan.score, domain),
  ];
}
