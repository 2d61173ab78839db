/** Options of `mscc show` -> what is drawn. Faults are collected and reported together. */
import { statSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { manifestOf } from "../../backends/artefact/manifest.js";
import { wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { LaunchError } from "../../runtime/launcher/messages.js";
import { wholeNumber } from "../arguments/assignments.js";
import { gridsOf, queryOf } from "../arguments/grids.js";
import { runValues, setValues } from "../arguments/params.js";
import { tableFiles } from "../arguments/tables.js";
import { tell, throwAny } from "../messages.js";
import { readTables } from "../operands.js";
import { toolVersion } from "../tool.js";
import { type Checked, problemsOf } from "./checks.js";
import { defaultGrid, defaultKeyGrid, defaultQuery } from "./defaults.js";
import { headsOf, openTables, type Tables, tablesOf } from "./tables.js";
import type { Setting } from "./view.js";

export interface ShowOptions {
  readonly grid?: string;
  readonly keyGrid?: string;
  readonly query?: string;
  readonly set: readonly string[];
  readonly table: readonly string[];
  readonly head: string;
  readonly output?: string;
  readonly format?: string;
}

/** What is drawn, and how it was chosen. */
export interface ShowRequest {
  readonly plan: AttentionPlan;
  readonly checked: Checked;
  readonly setting: Setting;
  readonly given: Tables;
  /** All tables: those given, and the others drawn. */
  readonly tables: Tables;
}

export type PictureKind = "svg" | "html";

const KINDS: { readonly [extension: string]: PictureKind } = { ".svg": "svg", ".html": "html", ".htm": "html" };

/** What `-o` asks for, by its extension. */
export function pictureKind(file: string, cwd: string, problems: Diagnostic[]): PictureKind {
  const kind = KINDS[extname(file).toLowerCase()];
  const folder = statSync(dirname(resolve(cwd, file)), { throwIfNoEntry: false });
  if (!kind) problems.push(tell("show-extension", { file, extension: extname(file) }));
  else if (!folder?.isDirectory()) problems.push(tell("output-no-folder", { file, folder: dirname(file) }));
  return kind ?? "svg";
}

/** Every key is looked at, and held in memory. */
const MOST_KEYS = 2 ** 22;

function sizeOf(pattern: Pattern, options: ShowOptions, problems: Diagnostic[]): Setting["size"] {
  const { axes, name } = pattern;
  const before = problems.length;
  const grids = gridsOf(pattern, options, problems);
  if (problems.length === before && !axes.shared && (grids.q === undefined) !== (grids.k === undefined)) {
    problems.push(tell("grid-key-missing", { pattern: name, axes: axes.key }));
  }
  const q = grids.q ?? defaultGrid(axes.query);
  const k = axes.shared ? q : (grids.k ?? defaultKeyGrid(axes.key));
  const keys = k.reduce((product, extent) => product * extent, 1);
  if (keys > MOST_KEYS) problems.push(tell("show-too-large", { keys, limit: MOST_KEYS }));
  return { q, k };
}

/** All that the options say without a table being read. */
function choicesOf(pattern: Pattern, options: ShowOptions) {
  const problems: Diagnostic[] = [];
  const size = sizeOf(pattern, options, problems);
  const query = queryOf(pattern, options.query, size.q, defaultQuery(size.q), problems);
  const [set = new Map<string, number>()] = setValues([pattern], options.set, problems);
  const params = problems.length > 0 ? {} : runValues(pattern, set, problems);
  const files = tableFiles(pattern, options.table, problems);
  const open = openTables({ pattern }).filter((name) => !files.has(name));
  if (open.length > 0) problems.push(tell("table-not-given", { pattern: pattern.name, names: open }));
  const head = wholeNumber(options.head, 0);
  if (head === undefined) problems.push(tell("show-head", { given: options.head }));
  throwAny(problems);
  return { files, setting: { size, query, params, head: head ?? 0 } };
}

/** @throws UserError, HostError, LaunchError with every fault of one kind. */
export function requestOf(pattern: Pattern, options: ShowOptions, cwd: string): ShowRequest {
  const { files, setting } = choicesOf(pattern, options);
  const { plan } = compileAttention(pattern, { target: wgslTarget });
  const given = readTables(pattern, files, cwd);
  const heads = headsOf(plan, setting.head, given);
  if (setting.head >= heads) throwAny([tell("show-head-outside", { head: setting.head, heads })]);
  const tables = tablesOf(plan, setting, given);
  const checked = manifestOf(plan, [], toolVersion());
  const problems = problemsOf(plan, setting, tables, checked);
  if (problems.length > 0) throw new LaunchError(`mscc ${pattern.name}`, problems);
  return { plan, checked, setting, given, tables };
}
