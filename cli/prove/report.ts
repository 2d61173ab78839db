/** Answers to questions about patterns as text for a terminal. */
import type { Counterexample } from "../../compiler/plan/claim.js";
import { conditionOf } from "../../compiler/proof/questions.js";
import { aligned, indented } from "../panels.js";
import { adviceForUnknown } from "./advice.js";
import type { Answer, Found } from "./answer.js";
import type { Asked } from "./asking.js";
import { counterexampleLines, rowsOf } from "./counterexample.js";
import { drawingOf } from "./drawing.js";
import { type Scene, sceneOf } from "./scene.js";
import { scopeOf } from "./scope.js";
import { namedText, paragraph } from "./wording.js";

/** Colours a word, or leaves it. */
export type Paint = (text: string, kind: Found) => string;

const REALS = "floats are treated as real numbers: their rounding is not part of the proof";

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

function pictureOf(scene: Scene, names: readonly string[]): string[] {
  const drawing = drawingOf(scene, names);
  if (typeof drawing === "string") return ["", drawing];
  const { caption, lines, legend } = drawing;
  const at = scene.axes.shared ? "" : ` The query is at ${namedText(scene.query)} of its own grid.`;
  return ["", `${caption}${at}`, "", ...indented(lines), "", ...indented(aligned(legend))];
}

/** What is to be known about a proof beside its scope. */
export const notesOf = ({ over, cached }: { readonly over: "integers" | "reals"; readonly cached: boolean }) => [
  ...(over === "reals" ? [`note: ${REALS}`] : []),
  ...(cached ? ["note: known from earlier proofs"] : []),
];

function provedLines({ subjects, kind }: Asked, over: "integers" | "reals", cached: boolean): string[] {
  const places = ["every grid", kind === "nonempty" ? "every query" : "every query and key"] as const;
  return [...paragraph(scopeOf(subjects, subjects.map(conditionOf), places)), ...notesOf({ over, cached })];
}

function refutedLines(asked: Asked, counterexample: Counterexample): string[] {
  const scene = sceneOf(asked, counterexample);
  const names = asked.subjects.map(({ pattern }) => pattern.name);
  return ["", ...counterexampleLines(rowsOf(scene), reasonOf(asked, scene)), ...pictureOf(scene, names)];
}

function unknownLines({ subjects, question }: Asked, reason: string, answer: Answer): string[] {
  const params = subjects.flatMap(({ pattern }) => pattern.params);
  const advice = adviceForUnknown(reason, answer, question.proofs, params);
  return [...paragraph(reason), ...paragraph(`help: ${advice}`)];
}

/** The lines of an answer to a user's question. */
export function answerLines(asked: Asked, answer: Answer, paint: Paint): string[] {
  const { verdict, cached } = answer;
  const { text } = asked.question;
  const word = paint(verdict.kind, verdict.kind);
  switch (verdict.kind) {
    case "proved":
      return [`${word}: ${text}`, ...indented(provedLines(asked, verdict.over, cached))];
    case "refuted":
      return [`${word}: "${text}"`, ...indented(refutedLines(asked, verdict.counterexample))];
    case "unknown":
      return [`${word}: "${text}"`, ...indented(unknownLines(asked, verdict.reason, answer))];
  }
}
