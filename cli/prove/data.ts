/** Answers as plain data, for `--format json`. */
import type { Verdict } from "../../compiler/proof/decide.js";
import type { Answer } from "./answer.js";
import type { Asked } from "./asking.js";
import { sceneOf } from "./scene.js";
import type { Translation } from "./translation.js";

const tablesOf = (tables: ReturnType<typeof sceneOf>["tables"]) =>
  Object.fromEntries(
    Object.entries(tables).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }]),
  );

/** Head and batch stand beside the grid where a pattern reads them. */
function counterexampleOf(asked: Asked, verdict: Verdict & { kind: "refuted" }) {
  const { axes, grid, keyGrid, params, query, key, launch, tables } = sceneOf(asked, verdict.counterexample);
  return {
    grid,
    ...(axes.shared ? {} : { keyGrid }),
    params: Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)),
    ...launch,
    query,
    ...(key ? { key } : {}),
    tables: tablesOf(tables),
  };
}

const foundOf = (verdict: Verdict) => ({
  verdict: verdict.kind,
  ...(verdict.kind === "proved" ? { over: verdict.over } : {}),
  ...(verdict.kind === "unknown" ? { reason: verdict.reason } : {}),
});

export function answerData(asked: Asked, { verdict, milliseconds, cached }: Answer) {
  const { kind, axis, other, question } = asked;
  return {
    question: {
      kind,
      ...(axis === undefined ? {} : { axis }),
      ...(other === undefined ? {} : { other }),
      text: question.text,
    },
    ...foundOf(verdict),
    ...(verdict.kind === "refuted" ? { counterexample: counterexampleOf(asked, verdict) } : {}),
    milliseconds,
    cached,
  };
}

export function translationData(name: string, translation: Translation) {
  const { verdict, counts, open, over, milliseconds, cached } = translation;
  return {
    question: { kind: "translation", text: `the kernels of ${name} do what it declares` },
    verdict,
    ...(verdict === "proved" ? { over } : {}),
    claims: Object.fromEntries(counts),
    open: open.map(({ claim, verdict: each }) => ({
      kind: claim.kind,
      text: claim.text,
      ...foundOf(each),
      ...(each.kind === "refuted"
        ? { counterexample: { variables: each.counterexample.variables, tables: tablesOf(each.counterexample.tables) } }
        : {}),
    })),
    milliseconds,
    cached,
  };
}
