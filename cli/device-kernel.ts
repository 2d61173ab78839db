/** The kernel of a pattern that a device runs best, compiled for one launch: what the commands that launch share. */
import type { KernelText } from "../backends/artefact/files.js";
import { ALL_KINDS, type KernelKind, KINDS, wgslTarget } from "../backends/wgsl/index.js";
import { compileAttention } from "../compiler/compile.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import type { TileShapes } from "../compiler/plan/plan.js";
import { tablesOfAttend } from "../compiler/schedule/choose.js";
import {
  type Assessed,
  assess,
  type CompiledKernel,
  firstToRun,
  type Gpu,
  kindName,
  type Needs,
  reasonsOf,
} from "../runtime/index.js";
import { adapterName } from "./adapter-name.js";
import type { Dims } from "./arguments/choices.js";
import { isOnTrial, type KindChoice } from "./arguments/kinds.js";
import type { Io } from "./io.js";
import { compileVariant } from "./kernels.js";
import { userError } from "./messages.js";
import { type LaunchSetting, refusalsOf } from "./refusals.js";
import { chooseFor } from "./schedule.js";

export interface DeviceRequest extends KindChoice, Dims {
  /** What to choose the tiles for; by default they are the documented ones. */
  readonly setting?: LaunchSetting;
}

export interface DeviceKernel extends CompiledKernel {
  /** `baseline`, or `subgroups of 8`. */
  readonly kind: string;
  /** Why none of the better ones; absent where it was forced, or is the best there is. */
  readonly why?: string;
}

/** Less than a second of counting. */
const STEPS = 1_000_000;

/** The tiles that visit least; undefined where nothing can be counted, or the launcher will refuse the launch. */
function tilesFor(pattern: Pattern, setting: LaunchSetting, io: Io): TileShapes | undefined {
  const read = tablesOfAttend(pattern);
  const tables = Object.fromEntries(Object.entries(setting.tables).filter(([name]) => read.has(name)));
  const input = { ...setting, tables };
  const { plan } = compileAttention(pattern, { target: wgslTarget });
  if (refusalsOf(plan, input).length > 0) return undefined;
  const { missing, tiles } = chooseFor(pattern, input, io, STEPS);
  return missing.length > 0 ? undefined : tiles;
}

const ofAdapter = (text: string) => text.replaceAll("the device", "the adapter");

/** What is said of a device that runs none of the kernels that are asked for. */
export function refused(gpu: Gpu, { dtype, profile }: KindChoice, all: readonly Assessed<Needs>[]) {
  const wanted = all.filter(({ kernel }) => profile === undefined || kernel.profile === profile);
  return userError("adapter-lacks", {
    adapter: adapterName(gpu),
    option: profile === undefined ? `--dtype ${dtype}` : `--profile ${profile}`,
    lacks: reasonsOf(wanted).map(ofAdapter),
    runs: all.filter(({ lacks }) => lacks.length === 0).map(({ kernel }) => kindName(kernel)),
  });
}

/** The kind of kernel that a device runs best, and why none of the better ones where it was not forced. */
export interface DeviceKind {
  readonly kind: KernelKind;
  readonly why?: string;
}

/**
 * Chooses among the kinds of one dtype, or of the profile that was named.
 * @throws UserError `adapter-lacks` where the device runs none of them, with what it lacks for each.
 */
export function kindForDevice(pattern: Pattern, gpu: Gpu, request: KindChoice & Dims): DeviceKind {
  const { dtype, profile, headDim, valueDim } = request;
  const kinds = (isOnTrial(request) ? ALL_KINDS : KINDS).filter((kind) => kind.dtype === dtype);
  const { kernels } = compileVariant(pattern, { dims: [{ headDim, valueDim }], kinds, cwd: "" }).manifest;
  const all = assess(gpu.device, kernels, gpu.device.adapterInfo);
  const wanted = all.filter(({ kernel }) => profile === undefined || kernel.profile === profile);
  const { kernel, why } = firstToRun(wanted);
  const kind = kernel && ALL_KINDS.find((each) => kindName(each) === kindName(kernel));
  if (!kind) throw refused(gpu, request, all);
  const isBest = profile !== undefined || kernel === wanted[0]?.kernel;
  return { kind, ...(isBest ? {} : { why: ofAdapter(why) }) };
}

/**
 * Compiles what a device runs best, of one dtype, or the profile that was named.
 * @throws UserError `adapter-lacks` where it runs none of them, with what it lacks for each.
 */
export function compileForDevice(pattern: Pattern, gpu: Gpu, request: DeviceRequest, io: Io): DeviceKernel {
  const { headDim, valueDim, setting } = request;
  const { kind, why } = kindForDevice(pattern, gpu, request);
  const tiles = setting && tilesFor(pattern, setting, io);
  const { manifest, kernels } = compileVariant(pattern, {
    dims: [{ headDim, valueDim }],
    kinds: [kind],
    schedules: [tiles ? { tiles } : {}],
    cwd: io.cwd,
  });
  return { manifest, ...(kernels[0] as KernelText), kind: kindName(kind), ...(why === undefined ? {} : { why }) };
}
