/** A question: claims that would prove it, and claims whose counterexamples refute it. */
import { type Expr, float, int, le, nodesOf } from "../ir/expression.js";
import type { Claim } from "../plan/claim.js";

/** Something to decide: it is so where one of `proofs` holds, and not so where `failure` has a counterexample. */
export interface Question {
  /** What is asked, as the sentence that is true if it is so. */
  readonly text: string;
  readonly proofs: readonly Claim[];
  /**
   * A claim whose counterexamples are those of the question with numbers up to the bound, which may be infinite;
   * undefined where so large ones are not tried.
   */
  readonly failure: (bound: number) => Claim | undefined;
}

export const nodesOfClaim = ({ assumptions, goal }: Claim): Expr[] => nodesOf(...assumptions, goal);

/** The claim about numbers up to a bound only: every variable and every entry of a table that is read. */
export function bounded(claim: Claim, bound: number): Claim {
  if (bound === Number.POSITIVE_INFINITY) return claim;
  const values = nodesOfClaim(claim).filter((e) => (e.kind === "var" || e.kind === "lookup") && e.type !== "bool");
  const limits = values.flatMap((e) => {
    const literal = e.type === "int" ? int : float;
    return [le(literal(-bound), e), le(e, literal(bound))];
  });
  return { ...claim, assumptions: [...limits, ...claim.assumptions] };
}

/** Whether a claim holds. */
export const asked = (claim: Claim): Question => ({
  text: claim.text,
  proofs: [claim],
  failure: (bound) => bounded(claim, bound),
});
