/** One run of `mscc bench`: a pattern on a grid, timed on the adapter beside dense attention by the same kernel. */
import { manifestOf } from "../../backends/artefact/manifest.js";
import { type KernelKind, wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import { variablesOf } from "../../compiler/ir/expression.js";
import { countPairs } from "../../compiler/plan/count.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { TileChoice } from "../../compiler/schedule/choose.js";
import { type Gpu, kindName, LaunchError, openGpu } from "../../runtime/index.js";
import type { HeadPair } from "../arguments/heads.js";
import { isOnTrial, type KindChoice } from "../arguments/kinds.js";
import { kindForDevice } from "../device-kernel.js";
import { line, type Session } from "../io.js";
import { compileVariant, type Schedule } from "../kernels.js";
import { userError } from "../messages.js";
import { withProgress } from "../progress.js";
import { chooseFor } from "../schedule.js";
import { problemsOf } from "../show/checks.js";
import { drawTables, type Tables } from "../show/tables.js";
import { toolVersion } from "../tool.js";
import { densePattern, type Slab, slabOf } from "./dense.js";
import { type Launched, type OpenLaunch, openLaunch, type PlannedKernel } from "./launching.js";
import { median, roundsWithin, timeInTurn, warmTimer } from "./timing.js";

export interface BenchRequest extends HeadPair {
  readonly size: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly params: { readonly [name: string]: number };
  /** Those that were given. */
  readonly tables: Tables;
  readonly headDim: number;
  readonly kind: KindChoice;
}

/** What `--format json` prints. */
export interface Benchmark {
  readonly variant: string;
  readonly grid: BenchRequest["size"];
  readonly heads: number;
  readonly headDim: number;
  readonly dtype: KernelKind["dtype"];
  readonly profile: string;
  /** Median of one warm run. */
  readonly milliseconds: number;
  /** Of the pairs that attend, and of those that the kernel computes, over all heads. */
  readonly usefulFlops: number;
  readonly visitedFlops: number;
  readonly denseMilliseconds: number;
}

/** What the text says besides. */
export interface Circumstances {
  readonly adapter: string;
  /** `baseline`, `subgroups of 8`. */
  readonly kind: string;
  readonly rounds: number;
  readonly tiles: { readonly query: readonly number[]; readonly key: readonly number[] };
  /** Part of the queries that dense attention was run for. */
  readonly denseShare: number;
  /** Median over the rounds of dense time by the pattern's. */
  readonly speedup: number;
  /** Tables with values that were drawn. */
  readonly drawn: readonly string[];
}

/** All rounds together, in milliseconds; and one run of dense attention, which is cut down to that. */
const ENOUGH = 10_000;
const LONGEST_DENSE = 3_000;

/** What the launcher would refuse, before anything is counted. */
function checkRequest(pattern: Pattern, { size, params }: BenchRequest, tables: Tables): void {
  const { plan } = compileAttention(pattern, { target: wgslTarget });
  const setting = { size, params, query: size.q.map(() => 0), head: 0 };
  const problems = problemsOf(plan, setting, tables, manifestOf(plan, [], toolVersion()));
  if (problems.length > 0) throw new LaunchError(`mscc ${pattern.name}`, problems);
}

/** Before anything is counted: whether the adapter has buffers for it. */
function checkMemory(gpu: Gpu, { size, heads, keyHeads, headDim }: BenchRequest, { dtype }: KernelKind): void {
  const limit = gpu.device.limits.maxBufferSize;
  const shapes = { q: [1, heads, ...size.q, headDim], k: [1, keyHeads, ...size.k, headDim] };
  for (const [operand, shape] of Object.entries(shapes)) {
    const bytes = (dtype === "f32" ? 4 : 2) * product(shape);
    if (bytes > limit) throw userError("bench-too-large", { operand, shape, bytes, limit });
  }
}

function kernelOf(pattern: Pattern, schedule: Schedule, headDim: number, kind: KernelKind) {
  const dims = [{ headDim, valueDim: headDim }];
  const request = { dims, kinds: [kind], schedules: [schedule], cwd: process.cwd() };
  const { manifest, kernels, plans } = compileVariant(pattern, request);
  const [[made], [plan]] = [kernels, plans];
  if (!made || !plan) throw new Error("no kernel was made");
  return { compiled: { manifest, ...made }, plan };
}

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

/** Positions in whole tiles. */
const padded = (extents: readonly number[], tile: readonly number[]) =>
  product(extents.map((extent, i) => Math.ceil(extent / (tile[i] as number)) * (tile[i] as number)));

/**
 * Pairs over all heads. The choice of tiles has counted them where the grid is not too large for it and all heads see
 * the same; else they are counted here, however long that takes.
 */
function pairsOf(
  { plan }: PlannedKernel,
  choice: TileChoice,
  request: BenchRequest,
  tables: Tables,
  io: Session["io"],
) {
  const { size, params, heads } = request;
  const { name, attend } = plan.pattern;
  if (plan.dense) {
    const visited = padded(size.q, plan.tiles.query) * padded(size.k, plan.tiles.key);
    return { useful: product(size.q) * product(size.k) * heads, visited: visited * heads };
  }
  const [best] = choice.candidates;
  const byHead = variablesOf(attend).has("head");
  if (best && !choice.cropped && !byHead) {
    const inBox = product(best.tiles.query) * product(best.tiles.key);
    return { useful: choice.useful * heads, visited: best.boxes * inBox * heads };
  }
  if (choice.cropped) line(io.stderr, `counting the pairs of ${name} on the whole grid`);
  const counts = Array.from({ length: byHead ? heads : 1 }, (_, head) =>
    countPairs(plan, { size, params, tables, head }),
  );
  const sum = (part: "useful" | "visited") => (counts.reduce((so, each) => so + each[part], 0) * heads) / counts.length;
  return { useful: sum("useful"), visited: sum("visited") };
}

/** The dense launch, of all queries or of as many as are expected to take `LONGEST_DENSE`. */
function denseSlab(dense: PlannedKernel, { size, heads }: BenchRequest, msPerPair: number): Slab {
  const { query, key } = dense.plan.tiles;
  const expected = padded(size.q, query) * padded(size.k, key) * heads * msPerPair;
  return slabOf(size.q, query, LONGEST_DENSE / expected);
}

interface Kernels {
  readonly own: PlannedKernel;
  readonly dense: PlannedKernel;
  readonly visited: number;
}

/** Times both in turn; dense attention at its full size. */
async function timeBoth(gpu: Gpu, kernels: Kernels, request: BenchRequest, tables: Tables, session: Session) {
  const { own, dense, visited } = kernels;
  const open: OpenLaunch[] = [];
  const launchOf = async (kernel: PlannedKernel, more: Pick<Launched, "queries" | "params" | "tables">) => {
    open.push(await openLaunch(gpu, kernel.compiled, { ...request, ...more }));
    return warmTimer(gpu.device, (open.at(-1) as OpenLaunch).launch);
  };
  const name = own.plan.pattern.name;
  try {
    return await withProgress(session.io, `timing ${name} and dense attention ...`, async () => {
      const ownTimer = await launchOf(own, { queries: request.size.q, params: request.params, tables });
      const once = await ownTimer();
      const slab = denseSlab(dense, request, once / visited);
      const denseTimer = await launchOf(dense, { queries: slab.extents, params: {}, tables: {} });
      const rounds = roundsWithin(ENOUGH, once + (await denseTimer()));
      const rows = await timeInTurn([ownTimer, denseTimer], rounds);
      const column = (i: number) => rows.map((row) => row[i] as number);
      return {
        rounds,
        milliseconds: median(column(0)),
        denseMilliseconds: median(column(1)) / slab.share,
        denseShare: slab.share,
        speedup: median(rows.map(([a = Number.NaN, b = Number.NaN]) => b / slab.share / a)),
      };
    });
  } finally {
    for (const each of open) each.close();
  }
}

/** @throws UserError, HostError, LaunchError where something cannot be run. */
export async function bench(
  pattern: Pattern,
  request: BenchRequest,
  session: Session,
): Promise<{ readonly benchmark: Benchmark; readonly circumstances: Circumstances }> {
  const { size, params, heads, headDim } = request;
  const tables = drawTables({ pattern }, request, heads, request.tables);
  checkRequest(pattern, request, tables);
  // First of all, so that nobody waits for a count only to hear that there is no adapter.
  const gpu = await openGpu({ experimental: isOnTrial(request.kind) });
  try {
    const { kind } = kindForDevice(pattern, gpu, { ...request.kind, headDim, valueDim: headDim });
    checkMemory(gpu, request, kind);
    const choice = chooseFor(pattern, { size, params, tables }, session.io);
    const { tiles } = choice;
    const own = kernelOf(pattern, { tiles }, headDim, kind);
    const dense = kernelOf(densePattern(pattern), {}, headDim, kind);
    const { useful, visited } = pairsOf(own, choice, request, tables, session.io);
    const { rounds, denseShare, speedup, ...times } = await timeBoth(
      gpu,
      { own, dense, visited },
      request,
      tables,
      session,
    );
    const flops = (pairs: number) => 4 * headDim * pairs;
    const benchmark = {
      ...{ variant: pattern.name, grid: size, heads, headDim, dtype: kind.dtype, profile: kind.profile },
      milliseconds: times.milliseconds,
      ...{ usefulFlops: flops(useful), visitedFlops: flops(visited) },
      denseMilliseconds: times.denseMilliseconds,
    };
    const adapter = gpu.info.device || gpu.info.description || gpu.info.vendor;
    const drawn = pattern.tables.map(({ name }) => name).filter((name) => !request.tables[name]);
    return { benchmark, circumstances: { adapter, kind: kindName(kind), rounds, tiles, denseShare, speedup, drawn } };
  } finally {
    gpu.close();
  }
}
