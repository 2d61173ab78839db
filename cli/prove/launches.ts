/** Refuses to prove things about a pattern that can never be launched: of nothing at all, anything is true. */
import { claimOfNoLaunch, type Domain } from "../../compiler/proof/premises.js";
import { userError } from "../messages.js";
import type { SparingSolver } from "./solver.js";

/** Declared extents may leave no value, and bounds without an integer between them; other empty bounds are refused before. */
const couldBeEmpty = ({ tables }: Domain): boolean =>
  tables.some(({ labels, type, min, max }) => {
    const isGap = type === "int" && min !== undefined && max !== undefined && Math.ceil(min) > Math.floor(max);
    return isGap || labels.some(({ extent }) => extent);
  });

/** @throws UserError where the params and tables of the patterns have no values. */
export async function expectLaunches(
  domain: Domain,
  patterns: readonly string[],
  solver: SparingSolver,
  milliseconds: number,
): Promise<void> {
  if (!couldBeEmpty(domain)) return;
  const outcome = await solver.solve(claimOfNoLaunch(domain), milliseconds);
  if (outcome.kind === "holds") throw userError("prove-no-launch", { patterns: [...new Set(patterns)] });
}
