/** Refuses to prove things about a pattern that can never be launched: of nothing at all, anything is true. */
import { claimOfNoLaunch, type Domain } from "../../compiler/proof/premises.js";
import { userError } from "../messages.js";
import type { SparingSolver } from "./solver.js";

const isBounded = ({ min, max }: { readonly min?: number; readonly max?: number }) =>
  min !== undefined && max !== undefined;

/** Whether bounds or declared extents could leave no value at all. */
const couldBeEmpty = ({ params, tables }: Domain): boolean =>
  params.some(isBounded) || tables.some((table) => isBounded(table) || table.labels.some(({ extent }) => extent));

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
