/** The check of a translation as text for a terminal. */
import { conditionOf } from "../../compiler/proof/questions.js";
import { aligned, indented } from "../panels.js";
import { counterexampleLines } from "./counterexample.js";
import { detailOf, type Group, groupsOf, outsideRows, outsideText, readsOutside } from "./open.js";
import { notesOf, type Paint } from "./report.js";
import { scopeOf } from "./scope.js";
import { countClaims, type KernelClaimKind, MEANING, type Open, type Translation } from "./translation.js";
import { paragraph } from "./wording.js";

/** A pattern that reads outside its tables is at fault itself, unless something else is refuted too. */
function headOf({ plan: { pattern }, verdict, open }: Translation): string {
  const refuted = open.filter((each) => each.verdict.kind === "refuted");
  if (refuted.length > 0 && refuted.every(readsOutside)) return outsideText(pattern.name, refuted);
  const text = `the kernels of ${pattern.name} do what it declares`;
  return verdict === "proved" ? text : `"${text}"`;
}

const meaningOf = (kind: KernelClaimKind, { checks }: Translation) =>
  kind === "integers"
    ? `${MEANING[kind]}; ${checks === 1 ? "1 check is" : `${checks} checks are`} left to the launcher`
    : MEANING[kind];

function countLines(translation: Translation): string[] {
  const rows = [...translation.counts].map(([kind, { proved, total }]) => ({
    kind,
    count: `${proved} of ${total} proved`,
  }));
  const widest = Math.max(...rows.map(({ count }) => count.length));
  return aligned(rows.map(({ kind, count }) => [kind, `${count.padEnd(widest)}  ${meaningOf(kind, translation)}`]));
}

/** How many claims are proved, and for what: nothing, where one is open. */
function sumLines(translation: Translation): string[] {
  const { plan, verdict, open, milliseconds } = translation;
  const claims = countClaims(translation);
  if (verdict !== "proved") return [`${claims - open.length} of ${claims} claims proved, in ${milliseconds} ms`];
  const subject = { pattern: plan.pattern, constants: plan.constants };
  const scope = scopeOf([subject], [conditionOf(subject), plan.score], ["every grid that the launcher accepts"]);
  return [`${claims} claims proved in ${milliseconds} ms`, ...paragraph(scope)];
}

function openLines(open: Open, { plan }: Translation): string[] {
  const head = `${open.verdict.kind}: "${open.claim.text}"`;
  if (!readsOutside(open)) return [...paragraph(head), ...indented(paragraph(detailOf(open)))];
  const { rows, reason } = outsideRows(open, plan);
  return [...paragraph(head), "", ...indented(counterexampleLines(rows, reason)), ""];
}

const groupLines = ({ advice, open }: Group, translation: Translation): string[] => [
  "",
  ...open.flatMap((each) => openLines(each, translation)),
  ...paragraph(`help: ${advice}`),
];

export function translationLines(translation: Translation, paint: Paint): string[] {
  const { verdict, open, plan } = translation;
  return [
    `${paint(verdict, verdict)}: ${headOf(translation)}`,
    ...indented([
      ...countLines(translation),
      ...sumLines(translation),
      ...notesOf(translation),
      ...groupsOf(open, plan.pattern.params).flatMap((group) => groupLines(group, translation)),
    ]),
  ];
}
