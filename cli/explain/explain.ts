/** One run of `mscc explain`: the derived loops of a pattern and, on a grid, what they cost; or how an operation is computed. */
import { wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { print } from "../../compiler/ir/print.js";
import { describeLoops } from "../../compiler/plan/describe.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { type TileCandidate, tablesOfAttend } from "../../compiler/schedule/choose.js";
import { LaunchError } from "../../runtime/launcher/messages.js";
import { type GridOptions, gridsOf } from "../arguments/grids.js";
import { optionsOfOther } from "../arguments/kinds-of-options.js";
import { runValues, setValues } from "../arguments/params.js";
import { tableFiles } from "../arguments/tables.js";
import { isOperation, readEither } from "../declared.js";
import { showDiagnostics } from "../faults.js";
import { line, type Session } from "../io.js";
import { tell, throwAny } from "../messages.js";
import { readTables } from "../operands.js";
import { type LaunchSetting, refusalsOf } from "../refusals.js";
import { chooseFor } from "../schedule.js";
import { type Explanation, explanationOf, type Scene } from "./facts.js";
import { loopLines, patternLines, reportLines } from "./report.js";

export interface ExplainRequest extends GridOptions {
  readonly file: string;
  readonly variant: string | undefined;
  readonly set: readonly string[];
  readonly table: readonly string[];
  readonly heads: number;
  readonly headDim: number;
  readonly format: string;
  /** Extents of a tensor operation. */
  readonly size?: string;
  /** Options that were typed, such as `--grid`. */
  readonly given: readonly string[];
}

/** The grid with all that is needed to count on it; undefined where no grid is given. */
function settingOf(pattern: Pattern, request: ExplainRequest, cwd: string): LaunchSetting | undefined {
  const problems: Diagnostic[] = [];
  const { name, axes } = pattern;
  const { q, k } = gridsOf(pattern, request, problems);
  if (problems.length === 0 && (q === undefined) !== (k === undefined)) {
    problems.push(tell("grid-key-missing", { pattern: name, axes: axes.key }));
  }
  const [set = new Map<string, number>()] = setValues([pattern], request.set, problems);
  const files = tableFiles(pattern, request.table, problems);
  throwAny(problems);
  if (!q || !k) return undefined;
  const params = runValues(pattern, set, problems);
  const names = [...tablesOfAttend(pattern)].filter((each) => !files.has(each));
  if (names.length > 0) problems.push(tell("table-not-given", { pattern: name, names }));
  throwAny(problems);
  return { size: { q, k }, params, tables: readTables(pattern, files, cwd) };
}

function patternData({ pattern, score }: AttentionPlan) {
  const { name, sentence, place, attend } = pattern;
  return {
    variant: name,
    source: `${place.file}:${place.line}`,
    sentence,
    attend: print(attend),
    ...(score.kind === "var" ? {} : { score: print(score) }),
  };
}

function sceneData({ plan, size, params, heads, headDim, choice }: Scene, facts: Explanation) {
  const { tiles, compared, candidates, fallback } = choice;
  const { paper, ...numbers } = facts;
  const shapes = candidates.map((each) => ({ ...each, isDefault: each === fallback }));
  return {
    ...patternData(plan),
    loops: describeLoops(plan),
    grid: size,
    params,
    heads,
    headDim,
    ...numbers,
    shapes: { chosen: tiles, compared, candidates: shapes },
    ...(paper ? { paper } : {}),
  };
}

/** Without a grid: the loops alone, for the default tiles. */
function explainLoops(plan: AttentionPlan, { file, format }: ExplainRequest, { io }: Session): void {
  if (format === "json") {
    line(io.stdout, JSON.stringify({ ...patternData(plan), loops: describeLoops(plan) }, null, 2));
    return;
  }
  const { name, axes, params } = plan.pattern;
  const extents = (names: readonly string[]) => names.map((axis) => `${axis}=16`).join(",");
  const values = params.filter((param) => param.default === undefined).map((param) => ` --set ${param.name}=2`);
  const grid = `--grid ${extents(axes.query)}${axes.shared ? "" : ` --key-grid ${extents(axes.key)}`}`;
  const hint = `What it costs depends on the grid: mscc explain ${file} ${name} ${grid}${values.join("")}`;
  for (const text of [...patternLines(plan), ...loopLines(plan), "", hint]) line(io.stdout, text);
}

/** @throws UserError, HostError, LaunchError where something cannot be explained. */
export async function explain(request: ExplainRequest, session: Session): Promise<void> {
  const { file, variant, heads, headDim, format } = request;
  const { io } = session;
  const declared = await readEither("explain", file, variant, session);
  throwAny(optionsOfOther(request.given, [declared.name], isOperation(declared)));
  if (isOperation(declared)) {
    const { explainTensor } = await import("../tensor/explain.js");
    return explainTensor(declared, request, session);
  }
  const pattern = declared;
  const setting = settingOf(pattern, request, io.cwd);
  const { plan: first, warnings } = compileAttention(pattern, { target: wgslTarget });
  showDiagnostics(warnings, session);
  if (!setting) return explainLoops(first, request, session);
  const refusals = refusalsOf(first, setting);
  if (refusals.length > 0) throw new LaunchError(`mscc ${pattern.name}`, refusals);
  const { size, params, tables } = setting;
  const choice = chooseFor(pattern, { size, params, tables }, io);
  const { plan } = compileAttention(pattern, { target: wgslTarget, tiles: choice.tiles });
  const scene = { pattern, plan, size, params, heads, headDim, choice };
  const facts = explanationOf(scene, choice.candidates[0] as TileCandidate);
  if (format === "json") line(io.stdout, JSON.stringify(sceneData(scene, facts), null, 2));
  else for (const text of reportLines(scene, facts)) line(io.stdout, text);
}
