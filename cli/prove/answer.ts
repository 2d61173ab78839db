/** Puts questions to a solver, one after another, and says how each answer was come by. */
import { decide, type Verdict } from "../../compiler/proof/decide.js";
import type { Question } from "../../compiler/proof/question.js";
import type { Io } from "../io.js";
import { withProgress } from "../progress.js";
import type { SparingSolver } from "./solver.js";

export type Found = Verdict["kind"];

/** What was found, how long that took, and how long it could have taken. */
export interface Decided {
  readonly verdict: Verdict;
  readonly milliseconds: number;
  readonly limit: number;
}

export interface Answer extends Decided {
  /** Whether the solver had nothing to do. */
  readonly cached: boolean;
}

/** Decides a question, with at most so many milliseconds for each attempt. */
export async function decided(question: Question, solver: SparingSolver, limit: number): Promise<Decided> {
  const start = performance.now();
  const verdict = await decide(question, solver, limit);
  return { verdict, milliseconds: Math.round(performance.now() - start), limit };
}

export async function answer(
  question: Question,
  solver: SparingSolver,
  limit: number,
  io: Pick<Io, "stderr">,
): Promise<Answer> {
  const before = solver.asked();
  const found = await withProgress(io, `looking for a proof: ${question.text}`, () => decided(question, solver, limit));
  return { ...found, cached: solver.asked() === before };
}

/** The worst of several: refuted, else unknown, else proved. */
export const worstOf = (found: readonly Found[]): Found =>
  found.includes("refuted") ? "refuted" : found.includes("unknown") ? "unknown" : "proved";

export const EXIT_CODE: { readonly [found in Found]: number } = { proved: 0, refuted: 1, unknown: 3 };
