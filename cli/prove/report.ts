/** Answers as text for a terminal. */
import { nodesOf } from "../../compiler/ir/expression.js";
import { domainOf } from "../../compiler/proof/premises.js";
import { conditionOf, domainOfBoth, type Subject } from "../../compiler/proof/questions.js";
import { aligned, indented } from "../panels.js";
import type { Answer, Found } from "./answer.js";
import type { Asked } from "./asking.js";
import { drawingOf } from "./drawing.js";
import { type Scene, sceneOf } from "./scene.js";
import { adviceFor, countClaims, MEANING, type Translation, verdictText } from "./translation.js";
import { boundsText, namedText, numberText } from "./wording.js";

/** Colours a word, or leaves it. */
export type Paint = (text: string, kind: Found) => string;

const REALS = "floats are treated as real numbers: their rounding is not part of the proof";

/** For what a proof holds: all that the patterns read. */
function scopeOf(subjects: Asked["subjects"], kind: Asked["kind"]): string {
  const [mine, other] = subjects;
  const { params, tables } = other ? domainOfBoth(mine, other) : domainOf(mine.pattern, mine.constants);
  const nodes = nodesOf(...subjects.map(conditionOf));
  const reads = (name: string) => nodes.some((e) => e.kind === "var" && e.name === name);
  const fixed = fixedOf(subjects).map(([name, value]) => `${name}=${numberText(value)}`);
  const bounds = [...fixed, ...params.filter(({ name }) => reads(name)).map(boundsText)];
  const read = tables.filter(({ name }) =>
    nodes.some((e) => (e.kind === "lookup" || e.kind === "search") && e.table === name),
  );
  const parts = [
    "every grid",
    ...["head", "batch"].filter(reads).map((name) => `every ${name}`),
    kind === "nonempty" ? "every query" : "every query and key",
    ...(bounds.length > 0 ? [`all params within their bounds (${bounds.join(", ")})`] : []),
    ...(read.length > 0
      ? [`all values of ${read.map(({ name }) => name).join(", ")} that keep the table's promises`]
      : []),
  ];
  const last = parts.length > 2 ? `, and ${parts.pop()}` : "";
  return `for ${parts.join(", ")}${last}`;
}

/** The params that are fixed, each once. */
const fixedOf = (subjects: readonly Subject[]) => [
  ...new Map(subjects.flatMap(({ constants }) => [...constants])).entries(),
];

/** Why the pair of the counterexample refutes what was asked. */
function reasonOf({ kind, axis = "", subjects }: Asked, { query, key, keyGrid, sees, axes }: Scene): string {
  const [mine, other] = subjects.map(({ pattern }) => pattern.name);
  if (kind === "causal") {
    const later = (key?.[axis] ?? 0) - (query[axis] ?? 0);
    return `The query sees this key, which lies ${later} later on ${axis}.`;
  }
  if (kind === "nonempty") {
    const keys = axes.key.reduce((product, each) => product * (keyGrid[each] as number), 1);
    return keys === 1
      ? "The query does not see the only key of the grid."
      : `The query sees none of the ${keys} keys of the grid.`;
  }
  if (kind === "disjoint") return `This pair attends in both ${mine} and ${other}.`;
  const inMine = sees[0]?.(axes.key.map((each) => key?.[each] ?? 0));
  return `This pair attends in ${inMine ? mine : other}, and not in ${inMine ? other : mine}.`;
}

const MOST_ENTRIES = 16;

/** Values of a table as nested lists, small ones only. */
function tableValues({ shape, data }: Scene["tables"][string]): string {
  if (data.length > MOST_ENTRIES) return `${shape.join(" x ")} values, too many to write out`;
  const write = (offset: number, [extent, ...inner]: readonly number[]): string => {
    if (extent === undefined) return numberText(data[offset] as number);
    const step = inner.reduce((product, each) => product * each, 1);
    return `[${Array.from({ length: extent }, (_, i) => write(offset + i * step, inner)).join(", ")}]`;
  };
  return write(0, shape);
}

function rowsOf({ axes, grid, keyGrid, params, query, key, launch, tables }: Scene): [string, string][] {
  const { head, heads = 1, batch, batches = 1 } = launch;
  return [
    ["grid", `${namedText(grid)}${axes.shared ? "" : " of the queries"}`],
    ...(axes.shared ? [] : [["", `${namedText(keyGrid)} of the keys`] as [string, string]]),
    ...(Object.keys(params).length > 0 ? [["params", namedText(params)] as [string, string]] : []),
    ["query", namedText(query)],
    ...(key ? [["key", namedText(key)] as [string, string]] : []),
    ...(head === undefined ? [] : [["head", `${head} (of ${heads}, counted from 0)`] as [string, string]]),
    ...(batch === undefined ? [] : [["batch", `${batch} (of ${batches}, counted from 0)`] as [string, string]]),
    ...Object.entries(tables).map(([name, values]): [string, string] => [name, tableValues(values)]),
  ];
}

function pictureOf(scene: Scene, names: readonly string[]): string[] {
  const drawing = drawingOf(scene, names);
  if (typeof drawing === "string") return ["", drawing];
  const { caption, lines, legend } = drawing;
  const at = scene.axes.shared ? "" : ` The query is at ${namedText(scene.query)} of its own grid.`;
  return ["", `${caption}${at}`, "", ...indented(lines), "", ...indented(aligned(legend))];
}

/** The lines of an answer to a user's question. */
export function answerLines(asked: Asked, { verdict }: Answer, paint: Paint): string[] {
  const { subjects, question, kind } = asked;
  const head = `${paint(verdict.kind, verdict.kind)}: ${question.text}`;
  if (verdict.kind === "proved") {
    return [head, `  ${scopeOf(subjects, kind)}`, ...(verdict.over === "reals" ? [`  note: ${REALS}`] : [])];
  }
  if (verdict.kind === "unknown") {
    const isOpen = subjects.some(({ pattern, constants }) => pattern.params.length > constants.size);
    const advice = `give more time with \`--time-limit\`${isOpen ? ", or fix params with `--set`" : ""}`;
    return [head, `  ${verdict.reason}`, `  help: ${advice}`];
  }
  const scene = sceneOf(asked, verdict.counterexample);
  const names = subjects.map(({ pattern }) => pattern.name);
  const lines = [
    "The smallest counterexample found:",
    "",
    ...indented(aligned(rowsOf(scene))),
    "",
    reasonOf(asked, scene),
  ];
  return [head, "", ...indented([...lines, ...pictureOf(scene, names)])];
}

/** The lines of the check of a translation. */
export function translationLines(name: string, translation: Translation, paint: Paint): string[] {
  const { verdict, counts, open, over, milliseconds } = translation;
  const rows = [...counts].map(([kind, { proved, total }]) => [kind, `${proved} of ${total} proved`, kind] as const);
  const widest = Math.max(...rows.map(([, count]) => count.length));
  const lines = rows.map(
    ([kind, count]) => [kind, `${count.padEnd(widest)}  ${MEANING[kind as keyof typeof MEANING]}`] as const,
  );
  const claims = countClaims(translation);
  return [
    `${paint(verdict, verdict)}: the kernels of ${name} do what it declares`,
    ...indented(aligned(lines)),
    `  ${claims} claims in ${milliseconds} ms, for every grid and all params within their bounds`,
    ...(over === "reals" ? [`  note: ${REALS}`] : []),
    ...open.flatMap((each) => [
      "",
      `  not proved (${each.claim.kind}): ${each.claim.text}`,
      `    ${verdictText(each)}`,
      `    help: ${adviceFor(each)}`,
    ]),
  ];
}
