/** `mscc compile`: patterns -> folders of kernels; once, or again at every save. */
import { join } from "node:path";
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { TensorDispatch } from "../../compiler/plan/manifest.js";
import { timeLimit } from "../arguments/assignments.js";
import { checkFormat, dimPairs } from "../arguments/choices.js";
import { DTYPES, PROFILES } from "../arguments/kinds.js";
import { givenOptions } from "../arguments/kinds-of-options.js";
import { repeated } from "../arguments/repeated.js";
import { kindsOfTargets, TARGETS } from "../arguments/targets.js";
import type { Build, BuildRequest } from "../build.js";
import { showDiagnostics } from "../faults.js";
import { line, type Session } from "../io.js";
import { throwAny } from "../messages.js";

interface Options {
  readonly target: string;
  readonly out: string;
  readonly headDim: string;
  readonly valueDim?: string;
  readonly dtype?: string;
  readonly profile?: string;
  readonly set: readonly string[];
  readonly grid: readonly string[];
  readonly keyGrid: readonly string[];
  readonly watch?: boolean;
  readonly lines?: boolean;
  readonly proved?: boolean;
  readonly timeLimit: string;
  readonly format: string;
}

const EXAMPLE = `
The kernels of one variant serve every grid, and every value of params that are not set. There is one for each kind of
device: load() of the emitted module takes the best that its device runs, and says why if asked. With --grid the shapes of the
tiles are those that visit least on it, for params with a value; without it they are compact boxes over the innermost
axes. Several grids may give several kernels, of which each launch takes the one that suits its own. With --proved nothing is written unless it is proved
that the kernels compute what the patterns declare (docs/proofs.md); the manifest says what was proved.
Tensor operations are compiled beside the patterns, to WGSL, for all extents; head dims and grids are the patterns' alone.

Examples:
  mscc compile patterns.ts
  mscc compile patterns.ts lightCone --head-dim 64,128 --set frames=4 --out generated
  mscc compile patterns.ts lightCone --set frames=4 --set radius=2 --set speed=1 --grid t=16,y=32,x=32
  mscc compile patterns.ts --target wgsl,cuda --head-dim 128
  mscc compile patterns.ts --target cuda --dtype bf16,f32 --profile sm_80
  mscc compile patterns.ts --proved
  mscc compile operations.ts linear gelu --dtype f32,f16
  mscc compile patterns.ts --watch`;

function requestOf(
  file: string,
  variants: readonly string[],
  options: Options,
  given: readonly string[],
): BuildRequest {
  const problems: Diagnostic[] = [];
  const { format, grid: grids, keyGrid: keyGrids, set, out } = options;
  const { wgsl: kinds, cuda } = kindsOfTargets(options, problems);
  checkFormat(format, problems);
  const dims = dimPairs(options.headDim, options.valueDim, problems);
  const milliseconds = timeLimit(options.timeLimit, problems);
  throwAny(problems);
  return {
    file,
    variants,
    dims,
    kinds,
    cuda,
    lines: options.lines === true,
    set,
    out,
    grids,
    keyGrids,
    given,
    ...(options.proved ? { proved: milliseconds } : {}),
  };
}

/** `8x32x32`, or `8x32x32 on 8x16x16` where the keys have another grid. */
function gridText({ q, k }: { readonly q: readonly number[]; readonly k: readonly number[] }): string {
  const [queries, keys] = [q.join("x"), k.join("x")];
  return queries === keys ? queries : `${queries} on ${keys}`;
}

const isFailed = ({ diagnostics }: Build) => diagnostics.some(({ severity }) => severity === "error");

/** One entry per kernel of an operation. */
const operationKernels = ({ operations }: Build, { out }: BuildRequest) =>
  operations.flatMap(({ manifest, plan, kernels, milliseconds }) =>
    kernels.map(({ kernel: { file, dtype, profile, subgroupSize, dispatch } }) => ({
      variant: manifest.name,
      target: "wgsl" as const,
      file: join(out, manifest.name, file),
      dtype,
      profile,
      ...(subgroupSize === undefined ? {} : { subgroupSize }),
      schedule: plan.schedule.kind,
      dispatch,
      milliseconds: Math.round(milliseconds / kernels.length),
    })),
  );

/** One entry per kernel of a pattern, in the order written. */
const kernelsOf = ({ variants }: Build, { out }: BuildRequest) =>
  variants.flatMap(({ manifest, kernels, cuda, milliseconds }) => {
    const each = Math.round(milliseconds / (kernels.length + cuda.length));
    const inFolder = (file: string) => join(out, manifest.name, file);
    const wgsl = kernels.map(({ kernel }) => ({
      variant: manifest.name,
      target: "wgsl" as const,
      file: inFolder(kernel.file),
      headDim: kernel.headDim,
      valueDim: kernel.valueDim,
      dtype: kernel.dtype,
      profile: kernel.profile,
      ...(kernel.subgroupSize === undefined ? {} : { subgroupSize: kernel.subgroupSize }),
      ...(kernel.subgroupMatrix === undefined ? {} : { subgroupMatrix: kernel.subgroupMatrix }),
      queryTile: kernel.queryTile,
      keyTile: kernel.keyTile,
      ...(kernel.grids ? { grids: kernel.grids } : {}),
      milliseconds: each,
    }));
    const ofCuda = cuda.map(({ kernel: { file, headDim, valueDim, dtype, architecture, queryTile, keyTile } }) => ({
      variant: manifest.name,
      target: "cuda" as const,
      file: inFolder(file),
      ...{ headDim, valueDim, dtype, profile: architecture, queryTile, keyTile },
      milliseconds: each,
    }));
    return [...wgsl, ...ofCuda];
  });

/** One entry per variant that was proved. */
const proofsOf = ({ variants }: Build) =>
  variants.flatMap(({ manifest: { name, proved }, provedIn, provedBefore }) =>
    proved === undefined ? [] : [{ variant: name, ...proved, milliseconds: provedIn, cached: provedBefore }],
  );

const dataOf = (build: Build, request: BuildRequest) => ({
  kernels: [...kernelsOf(build, request), ...operationKernels(build, request)],
  ...(request.proved === undefined ? {} : { proved: proofsOf(build) }),
  diagnostics: build.diagnostics,
});

/** What a workgroup computes. */
function dispatchText(dispatch: TensorDispatch): string {
  switch (dispatch.kind) {
    case "elements":
      return `map, ${dispatch.perWorkgroup} elements to a workgroup`;
    case "rows":
      return `reduce, a workgroup ${dispatch.axes.length > 0 ? `for each ${dispatch.axes.join(", ")}` : "for all"}`;
    case "tiles":
      return `contraction, tile ${dispatch.tile.join("x")} of ${dispatch.rows.join(", ")} by ${dispatch.columns.join(", ")}`;
  }
}

function showBuild(build: Build, request: BuildRequest, session: Session): void {
  showDiagnostics(build.diagnostics, session);
  for (const kernel of kernelsOf(build, request)) {
    const { file, queryTile, keyTile, milliseconds } = kernel;
    const grids = "grids" in kernel ? kernel.grids : undefined;
    const tiles = `query tile ${queryTile.join("x")}, key tile ${keyTile.join("x")}`;
    const chosenFor = grids ? ` for ${grids.map(gridText).join(" and ")}` : "";
    line(session.io.stdout, `${file}  ${tiles}${chosenFor}, ${milliseconds} ms`);
  }
  for (const { file, dispatch, milliseconds } of operationKernels(build, request)) {
    line(session.io.stdout, `${file}  ${dispatchText(dispatch)}, ${milliseconds} ms`);
  }
  for (const { variant, claims, milliseconds, cached } of proofsOf(build)) {
    const count = Object.values(claims).reduce((sum, each) => sum + each, 0);
    line(
      session.io.stdout,
      `${variant}: ${count} claims proved, ${milliseconds} ms${cached ? ", known from earlier proofs" : ""}`,
    );
  }
}

async function once(request: BuildRequest, format: string, session: Session): Promise<void> {
  const { buildFile } = await import("../build.js");
  const build = await buildFile(request, session);
  if (isFailed(build)) session.exitWith(1);
  if (format === "json") line(session.io.stdout, JSON.stringify(dataOf(build, request), null, 2));
  else showBuild(build, request, session);
}

/** With json, one line per build. */
async function again(request: BuildRequest, format: string, session: Session): Promise<void> {
  const { io } = session;
  const [{ buildFile }, { watch }] = await Promise.all([import("../build.js"), import("../watch.js")]);
  const rebuild = async () => {
    const start = performance.now();
    const build = await buildFile(request, session);
    if (format === "json") {
      line(io.stdout, JSON.stringify(dataOf(build, request)));
      return build.files;
    }
    const took = `${Math.round(performance.now() - start)} ms`;
    showBuild(build, request, session);
    const names = [...build.variants, ...build.operations].map(({ manifest }) => manifest.name).join(", ");
    const what = isFailed(build) ? "failed, nothing was written" : `compiled ${names}`;
    line(io.stdout, `${request.file}: ${what} (${took}); waiting for changes`);
    return build.files;
  };
  await watch(rebuild, io.signal);
}

export function compileCommand(program: Command, session: Session): void {
  program
    .command("compile")
    .description(
      "compile patterns and tensor operations: WGSL with an ES module and types, CUDA with a C header and a PyTorch module, a manifest",
    )
    .argument("<file>", "a TypeScript file that exports patterns or tensor operations")
    .argument("[variants...]", "names of exports; by default all that the file declares")
    .option("--target <list>", `languages to emit: ${TARGETS.join(", ")}`, "wgsl")
    .option("--out <folder>", "where the folders of the variants go", "generated")
    .option("--head-dim <list>", "length of query and key vectors, 1 to 256", "64")
    .option("--value-dim <list>", "length of value vectors; by default the head dim")
    .option(
      "--dtype <list>",
      `how operands are stored, but those that are declared exact: ${DTYPES.join(", ")}, in CUDA bf16 too (default: f32, in CUDA bf16)`,
    )
    .option(
      "--profile <list>",
      `kernels to make: ${PROFILES.join(", ")}; of CUDA: sm_90a, sm_80; by default all, of which a launch takes the best`,
    )
    .addOption(repeated("--set <name=value>", "compile a param in as a constant; repeat for several"))
    .addOption(repeated("--grid <extents>", "choose the tiles for a grid, such as t=16,y=32,x=32; repeat for several"))
    .addOption(repeated("--key-grid <extents>", "the grid of the keys, where they have their own; one for each --grid"))
    .option("--lines", "name the lines of the pattern in CUDA kernels (#line), for profilers and debuggers")
    .option("--proved", "write nothing unless it is proved that the kernels compute what is declared")
    .option("--time-limit <seconds>", "for each attempt at a proof with --proved", "10")
    .option("--watch", "compile again at every save of a file that was read")
    .option("--format <format>", "text, or json on stdout", "text")
    .addHelpText("after", EXAMPLE)
    .action(async (file: string, variants: readonly string[], options: Options, command: Command) => {
      const request = requestOf(file, variants, options, givenOptions(command));
      if (options.watch) await again(request, options.format, session);
      else await once(request, options.format, session);
    });
}
