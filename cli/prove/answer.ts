/** Puts questions to a solver, one after another, and says how each answer was come by. */
import { decide, type Verdict } from "../../compiler/proof/decide.js";
import type { Question } from "../../compiler/proof/question.js";
import { type Io, withProgress } from "../io.js";
import type { SparingSolver } from "./solver.js";

export type Found = Verdict["kind"];

export interface Answer {
  readonly verdict: Verdict;
  readonly milliseconds: number;
  /** Whether the solver had nothing to do. */
  readonly cached: boolean;
}

export async function answer(
  question: Question,
  solver: SparingSolver,
  milliseconds: number,
  io: Pick<Io, "stderr">,
): Promise<Answer> {
  const [start, before] = [performance.now(), solver.asked()];
  const verdict = await withProgress(io, `looking for a proof: ${question.text}`, () =>
    decide(question, solver, milliseconds),
  );
  return { verdict, milliseconds: Math.round(performance.now() - start), cached: solver.asked() === before };
}

/** The worst of several: refuted, else unknown, else proved. */
export const worstOf = (found: readonly Found[]): Found =>
  found.includes("refuted") ? "refuted" : found.includes("unknown") ? "unknown" : "proved";

export const EXIT_CODE: { readonly [found in Found]: number } = { proved: 0, refuted: 1, unknown: 3 };
