/** `mscc explain` of a tensor operation: its lines, how they are computed and why, and with extents what that costs. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { linesOf } from "../../compiler/plan/print-tensor.js";
import type { Tensor, TensorInput } from "../../compiler/plan/tensor.js";
import { kindName } from "../../runtime/index.js";
import { runValues, setValues } from "../arguments/params.js";
import { showDiagnostics } from "../faults.js";
import { line, type Session } from "../io.js";
import { throwAny } from "../messages.js";
import { count, decimals, numberText, short } from "../number-text.js";
import { aligned, indented, section } from "../panels.js";
import { type Extents, extentsText, givenExtents, labelsOf, requireExtents } from "./extents.js";
import { costOf, type TensorCost } from "./facts.js";
import { type CompiledOperation, compileOperation } from "./kernels.js";
import { KINDS, scheduleWords } from "./words.js";

export interface ExplainTensorRequest {
  readonly file: string;
  readonly set: readonly string[];
  /** Extents of axes and labels. */
  readonly size?: string;
  readonly format: string;
}

type Params = { readonly [name: string]: number };

interface Setting {
  readonly extents: Extents;
  readonly params: Params;
}

/** Extents with values of params; undefined where no extents are given. */
function settingOf(tensor: Tensor, { size, set }: ExplainTensorRequest): Setting | undefined {
  const problems: Diagnostic[] = [];
  const extents = givenExtents(tensor, size, problems);
  const [given = new Map<string, number>()] = setValues([tensor], set, problems);
  throwAny(problems);
  if (size === undefined) return undefined;
  requireExtents(tensor, labelsOf(tensor), extents, false, problems);
  const params = runValues(tensor, given, problems);
  throwAny(problems);
  return { extents, params };
}

const storageOf = ({ type, isExact }: Pick<TensorInput, "type" | "isExact">): string =>
  type === "int" ? "int32" : isExact ? "f32 in every kernel" : "f32, in kernels of f16 halves";

function operandRows({ axes, inputs, isExact }: Tensor): (readonly [string, string, string])[] {
  const shape = (names: readonly string[]) => `[${names.join(", ")}]`;
  return [
    ...inputs.map((input) => {
      const labels = input.labels.map(({ name }) => name);
      return [input.name, shape(labels), storageOf(input)] as const;
    }),
    ["output", shape(axes), storageOf({ type: "float", isExact })],
  ];
}

function costLines({ plan }: CompiledOperation, { extents, params }: Setting, cost: TensorCost): string[] {
  const { elements, flops, bytes, intensity, workgroups } = cost;
  const values = Object.entries(params).map(([name, value]) => `${name}=${numberText(value)}`);
  const chosen = values.length > 0 ? ` with ${values.join(", ")}` : "";
  const launches = workgroups.map((each) => `${count(each.workgroups)} (${kindName(each)})`);
  const rows = [
    ["elements", count(elements)],
    ["FLOPs", `${short(flops).trimEnd()}: a multiplication and its addition are 2, any other operation on floats 1,`],
    ["", "each once for every index that it depends on; indices are free"],
    [
      "bytes",
      `at least ${short(bytes.least)}B, each operand once; the baseline reads and writes ${short(bytes.kernel)}B, from caches too`,
    ],
    ["", `${decimals(intensity.least)} FLOPs for each byte of the former, ${decimals(intensity.kernel)} of the latter`],
    ["workgroups", launches.join(", ")],
  ] as const;
  return section(`What it costs with ${extentsText(plan.tensor, extents)}${chosen}`, aligned(rows));
}

function hintOf({ params, ...tensor }: Tensor, { file }: ExplainTensorRequest): string {
  const extents = labelsOf({ params, ...tensor }).map((label) => `${label}=16`);
  const values = params.filter((param) => param.default === undefined).map((param) => ` --set ${param.name}=2`);
  return `What it costs depends on the extents: mscc explain ${file} ${tensor.name} --size ${extents.join(",")}${values.join("")}`;
}

/** Columns of equal width. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join("  ")
      .trimEnd(),
  );
}

const lineOf = (text: string) => {
  const at = text.indexOf(" = ");
  return [text.slice(0, at), text.slice(at + 3)] as const;
};

function textLines(tensor: Tensor, compiled: CompiledOperation): string[] {
  const { name, place, sentence } = tensor;
  return [
    `${name}, ${place.file}:${place.line}: ${sentence}`,
    ...indented(aligned(linesOf(tensor).map(lineOf))),
    ...section(
      `How it is computed: ${KINDS[compiled.plan.schedule.kind]}`,
      aligned(scheduleWords(compiled.plan, compiled.kernels)),
    ),
    ...section("What it reads and writes", table(operandRows(tensor))),
  ];
}

function dataOf(tensor: Tensor, { plan, manifest, kernels }: CompiledOperation, setting?: Setting, cost?: TensorCost) {
  const { left: _left, right: _right, ...schedule } = { left: 0, right: 0, ...plan.schedule };
  return {
    variant: tensor.name,
    source: `${tensor.place.file}:${tensor.place.line}`,
    sentence: tensor.sentence,
    text: linesOf(tensor),
    schedule,
    words: Object.fromEntries(scheduleWords(plan, kernels)),
    axes: tensor.axes,
    inputs: manifest.inputs.map(({ name, type, labels, isExact }) => {
      return { name, type, labels: labels.map((label) => label.name), isExact };
    }),
    isExact: tensor.isExact,
    ...(setting && cost ? { size: Object.fromEntries(setting.extents), params: setting.params, ...cost } : {}),
  };
}

/** @throws UserError, LaunchError where something cannot be explained. */
export function explainTensor(tensor: Tensor, request: ExplainTensorRequest, session: Session): void {
  const { io } = session;
  const setting = settingOf(tensor, request);
  const compiled = compileOperation(tensor, { cwd: io.cwd });
  showDiagnostics(compiled.warnings, session);
  const cost = setting && costOf(compiled.plan, compiled.kernels, setting.extents, setting.params);
  if (request.format === "json") {
    line(io.stdout, JSON.stringify(dataOf(tensor, compiled, setting, cost), null, 2));
    return;
  }
  const more = setting && cost ? costLines(compiled, setting, cost) : ["", hintOf(tensor, request)];
  for (const text of [...textLines(tensor, compiled), ...more]) line(io.stdout, text);
}
