/** One build of `mscc compile`: reads a file, compiles what it declares, writes the folders; nothing if anything is wrong. */

import { resolve } from "node:path";
import type { CudaKind } from "../backends/cuda/kinds.js";
import type { KernelKind } from "../backends/wgsl/index.js";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import type { Tensor } from "../compiler/plan/tensor.js";
import type { Target } from "../compiler/target.js";
import type { Dims } from "./arguments/choices.js";
import { gridList } from "./arguments/grids.js";
import { optionsOfOther } from "./arguments/kinds-of-options.js";
import { setValues } from "./arguments/params.js";
import { writeArtefacts } from "./artefacts.js";
import { type Declared, readDeclared } from "./declared.js";
import { diagnosticsOf } from "./faults.js";
import type { Session } from "./io.js";
import { type CompiledVariant, compileVariant } from "./kernels.js";
import { tell } from "./messages.js";
import { schedulesFor, tilesOn } from "./schedule.js";
import { type CompiledOperation, compileOperation } from "./tensor/kernels.js";

export interface BuildRequest {
  readonly file: string;
  /** Grids to choose the tiles for; without any, the default tiles. */
  readonly grids: readonly string[];
  /** Grids of the keys, one for each grid, of patterns whose keys have their own. */
  readonly keyGrids: readonly string[];
  /** Exports to compile; all that the file declares if empty. */
  readonly variants: readonly string[];
  readonly dims: readonly Dims[];
  /** Kernels to make of each pattern, best first. */
  readonly kinds: readonly KernelKind[];
  readonly cuda: readonly CudaKind[];
  /** Whether CUDA kernels name the lines of the pattern. */
  readonly lines: boolean;
  readonly set: readonly string[];
  readonly out: string;
  /** Options that were typed, such as `--grid`. */
  readonly given?: readonly string[];
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

export interface BuiltOperation extends CompiledOperation {
  readonly milliseconds: number;
}

export interface Build {
  readonly variants: readonly BuiltVariant[];
  /** Tensor operations. */
  readonly operations: readonly BuiltOperation[];
  readonly diagnostics: readonly Diagnostic[];
  /** Absolute paths of what was read. */
  readonly files: readonly string[];
}

const isError = ({ severity }: Diagnostic) => severity === "error";

type Values = readonly ReadonlyMap<string, number>[];

/** Compiles every pattern; the faults of all are collected. */
function compilePatterns(
  patterns: readonly Pattern[],
  values: Values,
  request: BuildRequest,
  session: Session,
  found: Diagnostic[],
) {
  const grids = patterns.map((pattern) => gridList(pattern, request, found));
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

/** Compiles every tensor operation to WGSL. */
const compileOperations = (
  tensors: readonly Tensor[],
  values: Values,
  { kinds }: BuildRequest,
  { io: { cwd } }: Session,
  found: Diagnostic[],
) =>
  (kinds.length === 0 ? [] : tensors).map((tensor, i): BuiltOperation => {
    const start = performance.now();
    const constants = values[i] ?? new Map<string, number>();
    const compiled = compileOperation(tensor, { kinds, constants, cwd });
    found.push(...compiled.warnings);
    return { ...compiled, milliseconds: performance.now() - start };
  });

/** What is asked for that tensor operations do not have. */
function checkOperations({ patterns, tensors }: Declared, request: BuildRequest, found: Diagnostic[]): void {
  if (tensors.length === 0) return;
  const { file, kinds, cuda, proved, given = [] } = request;
  const [names, others] = [tensors, patterns].map((all) => all.map(({ name }) => name)) as [string[], string[]];
  if (others.length === 0) found.push(...optionsOfOther(given, names, true, false));
  if (proved !== undefined) found.push(tell("tensor-unproved", { file, names, others }));
  if (cuda.length === 0) return;
  const isWgslToo = kinds.length > 0;
  const diagnostic = tell("tensor-target", { names, others, isWgslToo });
  found.push(isWgslToo || others.length > 0 ? { ...diagnostic, severity: "warning" } : diagnostic);
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
  const failed = (): Build => ({ variants: [], operations: [], diagnostics: found, files });
  try {
    const declared = await readDeclared(request.file, request.variants, session);
    files = [...new Set([...files, ...declared.files])];
    found.push(...declared.diagnostics);
    if (found.some(isError)) return failed();
    const { patterns, tensors } = declared;
    checkOperations(declared, request, found);
    const values = setValues([...patterns, ...tensors], request.set, found);
    const compiled = compilePatterns(patterns, values, request, session, found);
    if (found.some(isError)) return failed();
    const operations = compileOperations(tensors, values.slice(patterns.length), request, session, found);
    const variants =
      request.proved === undefined ? compiled : await proveAll(compiled, patterns, request.proved, session, found);
    if (found.some(isError)) return failed();
    writeArtefacts([...variants, ...operations], resolve(cwd, request.out));
    return { variants, operations, diagnostics: found, files };
  } catch (error) {
    found.push(...diagnosticsOf(error, session));
    return failed();
  }
}
