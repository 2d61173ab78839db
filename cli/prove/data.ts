/** Answers as plain data, for `--format json`. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Verdict } from "../../compiler/proof/decide.js";
import type { Answer } from "./answer.js";
import type { Asked } from "./asking.js";
import { outsideOf, readsOutside } from "./open.js";
import { type Scene, sceneOf } from "./scene.js";
import type { Open, Translation } from "./translation.js";

const tablesOf = (tables: ReturnType<typeof sceneOf>["tables"]) =>
  Object.fromEntries(
    Object.entries(tables).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }]),
  );

/** Head and batch stand beside the grid where a pattern reads them. */
function placesOf({ axes, grid, keyGrid, params, query, key, launch, tables }: Scene) {
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
    ...(verdict.kind === "refuted" ? { counterexample: placesOf(sceneOf(asked, verdict.counterexample)) } : {}),
    milliseconds,
    cached,
  };
}

/** A pair and what it reads where the pattern is at fault; else all values of the claim, whose names docs/proofs.md explains. */
function counterexampleOf(open: Open, plan: AttentionPlan) {
  if (readsOutside(open)) {
    const { scene, read } = outsideOf(open, plan);
    return { counterexample: { ...placesOf(scene), read } };
  }
  if (open.verdict.kind === "unknown") return {};
  const { variables, tables } = open.verdict.counterexample;
  return { counterexample: { variables, tables: tablesOf(tables) } };
}

export function translationData({ plan, verdict, counts, checks, open, over, milliseconds, cached }: Translation) {
  return {
    question: { kind: "translation", text: `the kernels of ${plan.pattern.name} do what it declares` },
    verdict,
    ...(verdict === "proved" ? { over } : {}),
    claims: Object.fromEntries(counts),
    checks,
    open: open.map((each) => ({
      kind: each.claim.kind,
      text: each.claim.text,
      ...foundOf(each.verdict),
      ...counterexampleOf(each, plan),
    })),
    milliseconds,
    cached,
  };
}
