/** The configuration of an MSC model and its validation, which runs wherever the model does. */
import type { Manifest, ManifestParam } from "../../compiler/plan/manifest.js";
import type { Problem } from "../../runtime/launcher/messages.js";
import { ModelError, shown } from "../messages.js";
import {
  type Fields,
  fieldsOf,
  foreignPath,
  isGiven,
  listAt,
  numberAt,
  pathOf,
  type Report,
  required,
} from "./config-fields.js";
import { configProblem } from "./config-messages.js";

/** Extents along frames, rows and columns. */
export interface Extents {
  readonly t: number;
  readonly y: number;
  readonly x: number;
}

/** A branch attends over its own channels, on the grid or on one that is `down` times coarser in space. */
export interface Branch {
  readonly channels: number;
  readonly heads: number;
  readonly down: number;
  /** Name of a declared pattern. */
  readonly pattern: string;
  readonly params: { readonly [name: string]: number };
}

export interface Layer {
  readonly branches: readonly Branch[];
}

export interface MscConfig {
  /** In kebab-case. */
  readonly name: string;
  /** Channels of the clip. */
  readonly channels: number;
  readonly patch: Extents;
  /** The usual grid of tokens: what is left of a clip once it is cut into patches. */
  readonly grid: Extents;
  readonly width: number;
  readonly depth: number;
  /** Hidden width of the feed-forward part as a multiple of `width`. */
  readonly feedForward: number;
  readonly rotary: { readonly base: number };
  /** One layer, used for every layer, or `depth` of them. */
  readonly layers: readonly Layer[];
}

/** What the model must know of a compiled pattern; a manifest holds it, and so does what the compiler reads. */
export interface ConfigPattern {
  readonly params: readonly ManifestParam[];
  readonly axes: Manifest["axes"];
  readonly tables: readonly { readonly name: string }[];
}

export type PatternSet = { readonly [name: string]: ConfigPattern };

const CONFIG = {
  known: ["name", "channels", "patch", "grid", "width", "depth", "feedForward", "rotary", "layers"],
  example: 'such as { "name": "small", "patch": {...}, "grid": {...}, "width": 128, "depth": 4, "layers": [...] }',
};
const EXTENTS = { known: ["t", "y", "x"], example: 'such as { "t": 1, "y": 4, "x": 4 }' };
const ROTARY = { known: ["base"], example: 'such as { "base": 10000 }' };
const LAYER = { known: ["branches"], example: 'such as { "branches": [...] }' };
const BRANCH_EXAMPLE = '{ "channels": 64, "heads": 2, "down": 1, "pattern": "frameCausal" }';
const BRANCH = { known: ["channels", "heads", "down", "pattern", "params"], example: `such as ${BRANCH_EXAMPLE}` };

/** No model that a GPU holds comes near these; they keep what is computed from a configuration exact. */
const MOST = { channels: 65536, extent: 65536, patch: 256, down: 1024, depth: 1024, feedForward: 64 };
const MOST_HEAD_DIM = 256;
const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

const whole = (max: number, fallback?: number) => ({ isWhole: true, min: 1, max, fallback });

function readName(fields: Fields): string {
  const expected = { what: 'a name in kebab-case, such as "base" or "three-scale"' };
  const given = required(fields, "name", expected);
  if (given === undefined) return "";
  if (typeof given === "string" && given.length <= 64 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(given)) return given;
  fields.report(configProblem("config-value", "name", shown(given), expected));
  return "";
}

function readExtents(parent: Fields, name: string, most: number, what: string): Extents {
  const given = required(parent, name, { what: `an object, ${EXTENTS.example}` });
  const fields = given === undefined ? undefined : fieldsOf(given, pathOf(parent, name), EXTENTS, parent.report);
  const extent = (axis: string, unit: string) =>
    fields ? numberAt(fields, axis, { ...whole(most), help: `${what} at least one ${unit}` }) : Number.NaN;
  return { t: extent("t", "frame"), y: extent("y", "row"), x: extent("x", "column") };
}

function readRotary(parent: Fields): { base: number } {
  if (!isGiven(parent, "rotary")) return { base: 10_000 };
  const fields = fieldsOf(parent.values.rotary, "rotary", ROTARY, parent.report);
  return {
    base: fields ? numberAt(fields, "base", { isWhole: false, min: 1, max: 1e9, fallback: 10_000 }) : Number.NaN,
  };
}

/** Why a branch cannot have a pattern; undefined where it can. */
function patternFault(path: string, name: string, { axes, tables }: ConfigPattern): Problem | undefined {
  const grid = (names: readonly string[]) => names.join(", ");
  if (!axes.shared || grid(axes.query) !== "t, y, x") {
    const found = axes.shared ? grid(axes.query) : `queries of ${grid(axes.query)} and keys of ${grid(axes.key)}`;
    return configProblem("config-pattern-axes", path, name, found);
  }
  const names = tables.map((table) => table.name);
  return names.length > 0 ? configProblem("config-pattern-tables", path, name, names) : undefined;
}

/** The name of a known pattern; an empty one where there is none. */
function readPattern(fields: Fields, patterns: PatternSet): string {
  const known = Object.entries(patterns).flatMap(([name, each]) => (patternFault("", name, each) ? [] : [name]));
  const expected = { what: "the name of a pattern", help: `patterns: ${known.join(", ") || "none"}` };
  const given = required(fields, "pattern", expected);
  const path = pathOf(fields, "pattern");
  if (typeof given === "string") {
    const declared = Object.hasOwn(patterns, given) ? patterns[given] : undefined;
    const fault = declared && patternFault(path, given, declared);
    if (fault) fields.report(fault);
    if (declared) return given;
    fields.report(configProblem("config-pattern", path, given, known));
  } else if (given !== undefined) {
    fields.report(configProblem("config-value", path, shown(given), expected));
  }
  return "";
}

function readParams(parent: Fields, name: string, { params }: ConfigPattern): Branch["params"] {
  const path = pathOf(parent, "params");
  const given = isGiven(parent, "params") ? parent.values.params : {};
  const known = params.map((param) => param.name);
  const example = known.length > 0 ? `such as { "${known[0]}": 1 }` : `empty, since ${name} has no params`;
  // Names that the pattern does not have are reported in words of their own.
  const own = typeof given === "object" && given !== null ? Object.keys(given) : [];
  const fields = fieldsOf(given, path, { known: [...known, ...own], example }, parent.report);
  if (!fields) return {};
  for (const each of own.filter((key) => !known.includes(key))) {
    parent.report(configProblem("config-param", foreignPath(fields, each), each, name, known));
  }
  const fallbackOf = (param: ConfigPattern["params"][number]) => param.value ?? param.default;
  const missing = params.filter((param) => !isGiven(fields, param.name) && fallbackOf(param) === undefined);
  if (missing.length > 0) {
    const names = missing.map((param) => param.name);
    parent.report(configProblem("config-param-missing", pathOf(parent, "params"), names, name));
  }
  const present = params.filter((param) => !missing.includes(param));
  return Object.fromEntries(
    present.map((param) => {
      const isWhole = param.type === "int";
      const min = param.value ?? param.min ?? (isWhole ? INT32.min : undefined);
      const max = param.value ?? param.max ?? (isWhole ? INT32.max : undefined);
      const help =
        param.value === undefined ? {} : { help: `the pattern was compiled with ${param.name} = ${param.value}` };
      return [param.name, numberAt(fields, param.name, { isWhole, min, max, fallback: fallbackOf(param), ...help })];
    }),
  );
}

const isHeadDim = (dim: number) => dim % 2 === 0 && dim >= 2 && dim <= MOST_HEAD_DIM;

/** The numbers of heads that suit, nearest to the given one below and above. */
function suitingHeads(channels: number, heads: number): number[] {
  const all = Array.from({ length: channels }, (_, i) => i + 1);
  const suiting = all.filter((each) => channels % each === 0 && isHeadDim(channels / each));
  const [below, above] = [suiting.filter((each) => each < heads).at(-1), suiting.find((each) => each > heads)];
  return [below, above].filter((each) => each !== undefined);
}

function checkHeads(path: string, channels: number, heads: number, report: Report): void {
  const headDim = channels / heads;
  if (Number.isNaN(headDim) || isHeadDim(headDim)) return;
  const suiting = suitingHeads(channels, heads);
  if (Number.isInteger(headDim)) report(configProblem("config-head-dim", path, headDim, suiting));
  else report(configProblem("config-heads", path, heads, channels, suiting));
}

function readBranch(given: unknown, path: string, patterns: PatternSet, report: Report): Branch | undefined {
  const fields = fieldsOf(given, path, BRANCH, report);
  if (!fields) return undefined;
  const channels = numberAt(fields, "channels", whole(MOST.channels));
  const heads = numberAt(fields, "heads", whole(MOST.channels));
  checkHeads(path, channels, heads, report);
  const down = numberAt(fields, "down", whole(MOST.down, 1));
  const pattern = readPattern(fields, patterns);
  const declared = pattern === "" ? undefined : patterns[pattern];
  const params = declared ? readParams(fields, pattern, declared) : {};
  return { channels, heads, down, pattern, params };
}

function readLayer(given: unknown, path: string, width: number, patterns: PatternSet, report: Report): Layer {
  const fields = fieldsOf(given, path, LAYER, report);
  const list = fields && listAt(fields, "branches", { what: `a list of branches, such as [${BRANCH_EXAMPLE}]` });
  if (!list) return { branches: [] };
  const branches = list.map(([entry, place]) => readBranch(entry, place, patterns, report));
  if (branches.length === 0) report(configProblem("config-branches", `${path}.branches`));
  const channels = branches.map((branch) => branch?.channels ?? Number.NaN);
  const sum = channels.reduce((so, each) => so + each, 0);
  // A width or a number of channels that is no number was reported already.
  const isOff = branches.length > 0 && !Number.isNaN(sum) && !Number.isNaN(width) && sum !== width;
  if (isOff) report(configProblem("config-width", `${path}.branches`, channels, width));
  return { branches: branches.filter((branch) => branch !== undefined) };
}

function readLayers(fields: Fields, width: number, depth: number, patterns: PatternSet): Layer[] {
  const list = listAt(fields, "layers", { what: 'a list of layers, such as [{ "branches": [...] }]' });
  if (!list) return [];
  const isCounted = list.length === depth || list.length === 1;
  if (!Number.isNaN(depth) && !isCounted) fields.report(configProblem("config-layers", "layers", list.length, depth));
  return list.map(([entry, path]) => readLayer(entry, path, width, patterns, fields.report));
}

/**
 * The configuration with its defaults filled in: channels 3, feedForward 4, rotary.base 10000, down 1, and the defaults
 * that patterns give to their params. That a pattern is causal in frames is for `mscc prove` to say, not for this.
 * @throws ModelError with all faults.
 */
export function validateConfig(given: unknown, patterns: PatternSet): MscConfig {
  const problems: Problem[] = [];
  const fields = fieldsOf(given, "", CONFIG, (problem) => problems.push(problem));
  if (!fields) throw new ModelError(problems);
  const name = readName(fields);
  const channels = numberAt(fields, "channels", whole(MOST.channels, 3));
  const patch = readExtents(fields, "patch", MOST.patch, "a patch holds");
  const grid = readExtents(fields, "grid", MOST.extent, "a model works on");
  const width = numberAt(fields, "width", whole(MOST.channels));
  const depth = numberAt(fields, "depth", whole(MOST.depth));
  const feedForward = numberAt(fields, "feedForward", whole(MOST.feedForward, 4));
  const rotary = readRotary(fields);
  const layers = readLayers(fields, width, depth, patterns);
  if (problems.length > 0) throw new ModelError(problems);
  return { name, channels, patch, grid, width, depth, feedForward, rotary, layers };
}
