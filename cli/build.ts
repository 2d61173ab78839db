/** One build of `mscc compile`: reads a file, compiles its patterns, writes their folders; nothing if anything is wrong. */

import { resolve } from "node:path";
import type { CudaKind } from "../backends/cuda/kinds.js";
import type { KernelKind } from "../backends/wgsl/index.js";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import type { Target } from "../compiler/target.js";
import type { Dims } from "./arguments/choices.js";
import { gridList } from "./arguments/grids.js";
import { setValues } from "./arguments/params.js";
import { writeArtefacts } from "./artefacts.js";
import { readDeclared } from "./declared.js";
import { diagnosticsOf } from "./faults.js";
import type { Session } from "./io.js";
import { type CompiledVariant, compileVariant } from "./kernels.js";
import { schedulesFor, tilesOn } from "./schedule.js";

export interface BuildRequest {
  readonly file: string;
  /** Grids to choose the tiles for; without any, the default tiles. */
  readonly grids: readonly string[];
  /** Grids of the keys, one for each grid, of patterns whose keys have their own. */
  readonly keyGrids: readonly string[];
  /** Exports to compile; all patterns of the file if empty. */
  readonly variants: readonly string[];
  readonly dims: readonly Dims[];
  /** Kernels to make of each pattern, best first. */
  readonly kinds: readonly KernelKind[];
  readonly cuda: readonly CudaKind[];
  /** Whether CUDA kernels name the lines of the pattern. */
  readonly lines: boolean;
  readonly set: readonly string[];
  readonly out: string;
  /** Proves every variant before anything is written, with so many milliseconds for each attempt. */
  readonly proved?: number;
}

export interface BuiltVariant extends CompiledVariant {
  readonly milliseconds: number;
  /** How long the proof took. */
  readonly provedIn?: number;
  /** All of the proof is known from earlier ones. */
  readonly provedBefore?: boolean;
}

export interface Build {
  readonly variants: readonly BuiltVariant[];
  readonly diagnostics: readonly Diagnostic[];
  /** Absolute paths of what was read. */
  readonly files: readonly string[];
}

const isError = ({ severity }: Diagnostic) => severity === "error";

/** Compiles every pattern; the faults of all are collected. */
function compileAll(patterns: readonly Pattern[], request: BuildRequest, session: Session, found: Diagnostic[]) {
  const grids = patterns.map((pattern) => gridList(pattern, request, found));
  const values = setValues(patterns, request.set, found);
  if (found.some(isError)) return [];
  const { dims, kinds, cuda, lines } = request;
  const { cwd } = session.io;
  return patterns.flatMap((pattern, i): BuiltVariant[] => {
    const start = performance.now();
    try {
      const constants = values[i] ?? new Map<string, number>();
      const own = grids[i] ?? [];
      const schedules = schedulesFor(pattern, own, constants, found, session.io);
      const tilesFor = (target: Target) => tilesOn(pattern, own[0], constants, session.io, target);
      const compiled = compileVariant(pattern, { dims, kinds, cuda, lines, constants, schedules, tilesFor, cwd });
      found.push(...compiled.warnings);
      return [{ ...compiled, milliseconds: performance.now() - start }];
    } catch (error) {
      found.push(...diagnosticsOf(error, session));
      return [];
    }
  });
}

/** The variants with their proofs in their manifests; what is not proved goes to `found`. */
async function proveAll(
  variants: readonly BuiltVariant[],
  patterns: readonly Pattern[],
  milliseconds: number,
  session: Session,
  found: Diagnostic[],
): Promise<BuiltVariant[]> {
  const [{ withSolver }, { proved }] = await Promise.all([import("./prove/solver.js"), import("./prove/proved.js")]);
  return withSolver(session, true, async (solver) => {
    const done: BuiltVariant[] = [];
    for (const [i, variant] of variants.entries()) {
      const { diagnostics, ...proof } = await proved(variant, solver, milliseconds, session);
      found.push(...diagnostics.map((each) => ({ ...each, where: (patterns[i] as Pattern).place })));
      done.push({ ...variant, ...proof });
    }
    return done;
  });
}

/** Never throws: what goes wrong is among the diagnostics, and then nothing was written. */
export async function buildFile(request: BuildRequest, session: Session): Promise<Build> {
  const { cwd } = session.io;
  const found: Diagnostic[] = [];
  let files: readonly string[] = [resolve(cwd, request.file)];
  try {
    const declared = await readDeclared(request.file, request.variants, session);
    files = [...new Set([...files, ...declared.files])];
    found.push(...declared.diagnostics);
    if (found.some(isError)) return { variants: [], diagnostics: found, files };
    const compiled = compileAll(declared.patterns, request, session, found);
    if (found.some(isError)) return { variants: [], diagnostics: found, files };
    const variants =
      request.proved === undefined
        ? compiled
        : await proveAll(compiled, declared.patterns, request.proved, session, found);
    if (found.some(isError)) return { variants: [], diagnostics: found, files };
    writeArtefacts(variants, resolve(cwd, request.out));
    return { variants, diagnostics: found, files };
  } catch (error) {
    return { variants: [], diagnostics: [...found, ...diagnosticsOf(error, session)], files };
  }
}
