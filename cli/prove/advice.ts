/** What a user can do about a question that is not decided, or about a claim on kernels that is not proved. */
import { variablesOf } from "../../compiler/ir/expression.js";
import type { Claim } from "../../compiler/plan/claim.js";
import type { PatternParam } from "../../compiler/plan/pattern.js";
import { nodesOfClaim } from "../../compiler/proof/question.js";
import type { Decided } from "./answer.js";
import type { Open } from "./translation.js";

/** Attempts share the limit, so that less than all of it may be spent where each used up its time. */
const ranOut = (reason: string, { milliseconds, limit }: Pick<Decided, "milliseconds" | "limit">) =>
  reason.includes("the limit is") && milliseconds >= limit / 2;

/** Time helps only where time was short, values only where some are open, and no functions only where there are some. */
export function adviceForUnknown(
  reason: string,
  spent: Pick<Decided, "milliseconds" | "limit">,
  claims: readonly Claim[],
  params: readonly PatternParam[],
): string {
  const read = new Set(claims.flatMap((claim) => nodesOfClaim(claim).flatMap((e) => [...variablesOf(e)])));
  const isOpen = params.some(({ name }) => read.has(name));
  const functions = [...new Set(reason.match(/Math\.\w+/g))];
  const parts = [
    ...(ranOut(reason, spent) ? ["give more time with `--time-limit`"] : []),
    ...(isOpen ? ["give the params bounds, or fix some of them with `--set`"] : []),
    ...(functions.length > 0
      ? [`write the condition without ${functions.map((name) => `\`${name}\``).join(", ")}`]
      : []),
  ];
  if (parts.length > 0) return parts.join("; or ");
  return "write the condition with fewer products and quotients of variables; more time would not help";
}

const OURS = "this is a bug in mscc: please report it, with the pattern and this message";

/** What a user can do about a claim that is not proved. */
export function adviceFor({ claim, verdict, ...spent }: Open, params: readonly PatternParam[]): string {
  if (verdict.kind === "unknown") return adviceForUnknown(verdict.reason, spent, [claim], params);
  if (claim.kind === "tables") {
    return "state the extents of the table with `extents`, or keep the index within it for every pair that attends, say with `Math.min` and `Math.max`";
  }
  if (claim.kind === "integers") return `${OURS}; until it is mended, a \`max\` for the params may help`;
  return OURS;
}
