/** A fault to plant in the compiler: one place of its source changed, and what the prover must refute because of it. */
import type { ClaimKind } from "../../../compiler/plan/claim.js";
import type { Change } from "./changed-modules.js";
import type { PatternName } from "./patterns.js";

export interface Fault extends Change {
  /** What the compiler then gets wrong, as a sentence without its full stop. */
  readonly sentence: string;
  /** A pattern on which it shows. */
  readonly pattern: PatternName;
  /** A claim of this kind is refuted. */
  readonly kind: ClaimKind;
}

/** Faults of one file. */
export const faultsIn = (file: string, faults: readonly Omit<Fault, "file">[]): Fault[] =>
  faults.map((fault) => ({ file, ...fault }));
