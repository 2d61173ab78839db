/** The solver of one command: loaded when a claim first needs it, spared the claims that were proved before, closed at the end. */
import { emitScript } from "../../backends/smt/emit.js";
import { installedZ3, loadZ3, SolverMissing } from "../../backends/smt/z3.js";
import type { Solver } from "../../compiler/plan/claim.js";
import type { Session } from "../io.js";
import { userError } from "../messages.js";
import { optionalPackage } from "../tool.js";
import { type Proofs, proofsFolder, proofsOf } from "./proofs.js";

export interface SparingSolver extends Solver {
  /** How many claims were really put to the solver so far. */
  readonly asked: () => number;
}

/** Loads a solver at the first claim that is not known to hold. */
export function sparing(name: string, load: () => Promise<Solver>, proofs: Proofs): SparingSolver {
  let loaded: Promise<Solver> | undefined;
  let asked = 0;
  return {
    name,
    asked: () => asked,
    solve: async (claim, milliseconds) => {
      const script = emitScript(claim);
      const content = `${script.text}\n${script.lemmas}`;
      if (proofs.has(content)) return { kind: "holds" };
      asked++;
      loaded ??= load();
      const outcome = await (await loaded).solve(claim, milliseconds);
      if (outcome.kind === "holds") proofs.add(content);
      return outcome;
    },
    close: async () => {
      // What went wrong while loading was thrown to whoever asked.
      const solver = await loaded?.catch(() => undefined);
      await solver?.close();
    },
  };
}

const PACKAGE = "z3-solver";

const missing = () => userError("no-solver", { install: optionalPackage(PACKAGE) });

async function load(): Promise<Solver> {
  try {
    return await loadZ3();
  } catch (error) {
    throw error instanceof SolverMissing ? missing() : error;
  }
}

/**
 * Gives work a solver, and ends it afterwards so that the process can exit.
 * @throws UserError where the package is not installed
 */
export async function withSolver<T>(
  { io }: Pick<Session, "io">,
  cache: boolean,
  work: (solver: SparingSolver) => Promise<T>,
): Promise<T> {
  const version = installedZ3();
  if (version === undefined) throw missing();
  const name = `${PACKAGE} ${version}`;
  const solver = sparing(name, load, proofsOf(name, cache ? proofsFolder(io.env) : undefined));
  try {
    return await work(solver);
  } finally {
    await solver.close();
  }
}
