/** Compiled variant -> its manifest with what was proved of it, and one diagnostic for each claim that was not. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Manifest } from "../../compiler/plan/manifest.js";
import type { Session } from "../io.js";
import type { CompiledVariant } from "../kernels.js";
import { tell } from "../messages.js";
import type { SparingSolver } from "./solver.js";
import { adviceFor, translationOf, verdictText } from "./translation.js";

export interface Proved {
  readonly manifest: Manifest;
  readonly provedIn: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** Decides every claim about a variant's plan. */
export async function proved(
  { plan, manifest }: CompiledVariant,
  solver: SparingSolver,
  milliseconds: number,
  { io }: Pick<Session, "io">,
): Promise<Proved> {
  const { counts, open, milliseconds: provedIn } = await translationOf(plan, solver, milliseconds, io);
  const diagnostics = open.map((each) => {
    const facts = {
      pattern: manifest.name,
      claim: each.claim.text,
      verdict: verdictText(each),
      advice: adviceFor(each),
    };
    return tell("not-proved", facts);
  });
  const claims = Object.fromEntries([...counts].map(([kind, { total }]) => [kind, total]));
  const { kernels, ...rest } = manifest;
  return { manifest: { ...rest, proved: { solver: solver.name, claims }, kernels }, provedIn, diagnostics };
}
