/** Holes that the prover once had, or that are easy to have: names, empty launches, NaN, overflow, wrong shapes of plans. */
import { afterAll, expect, it } from "vitest";
import { loadZ3 } from "../../backends/smt/z3.js";
import { proofsOf } from "../../cli/prove/proofs.js";
import { sparing } from "../../cli/prove/solver.js";
import { compileAttention } from "../../compiler/compile.js";
import { add, int, intVar, sub, unary } from "../../compiler/ir/expression.js";
import type { AttentionPlan, Region } from "../../compiler/plan/plan.js";
import { decide } from "../../compiler/proof/decide.js";
import { obligationsOf } from "../../compiler/proof/obligations.js";
import { claimOfNoLaunch, domainOf } from "../../compiler/proof/premises.js";
import { asked } from "../../compiler/proof/question.js";
import { isCausal, isEqual, isNonempty } from "../../compiler/proof/questions.js";
import { HEAD, patternOf } from "../frontend/sources.js";

const target = { name: "test", queriesPerTile: 4, keysPerTile: 4 };
const solver = sparing("z3", loadZ3, proofsOf("z3"));
afterAll(() => solver.close());

const subjectOf = (fields: string) => ({
  pattern: patternOf(`${HEAD}export const near = attention({ axes: ["t"], ${fields} });\n`),
  constants: new Map<string, number>(),
});
const planOf = (fields: string) => compileAttention(subjectOf(fields).pattern, { target }).plan;

/** What is decided of each claim of a plan, without those that are proved. */
async function openClaims(plan: AttentionPlan): Promise<string[]> {
  const open: string[] = [];
  for (const claim of obligationsOf(plan)) {
    const { kind } = await decide(asked(claim), solver, 5000);
    if (kind !== "proved") open.push(`${kind}: ${claim.text}`);
  }
  return open;
}

it("a param called heads is not how many heads there are", async () => {
  const one = subjectOf(
    "params: { heads: int({ min: 1, max: 1 }) }, attend: ({ q, k, head, heads }) => (head < heads ? k.t <= q.t : k.t >= q.t)",
  );
  expect((await decide(isCausal(one, "t"), solver, 5000)).kind).toBe("refuted");
  const two = subjectOf(
    "params: { heads: int({ min: 2, max: 2 }) }, attend: ({ q, k, head, heads }) => k.t === q.t && (head <= 1 || heads > 5)",
  );
  expect((await decide(isNonempty(two), solver, 5000)).kind).toBe("refuted");
  const plan = planOf(
    'params: { heads: int({ min: 8, max: 8 }) }, tables: { w: table("head") }, attend: ({ q, k }) => k.t <= q.t, score: ({ s, w, head }) => s + w(head - head + 7)',
  );
  expect(await openClaims(plan)).toEqual(["refuted: every pair that attends reads `w(7)` within the table"]);
});

it("params may be called as the claims' own variables are", async () => {
  const names = ["n", "start", "step", "lower", "residue", "at", "i", "index"];
  for (const name of names) {
    const params = `params: { ${name}: float({ min: 0 }) }`;
    const score = `score: ({ s, ${name} }) => s * ${name}`;
    expect(
      await openClaims(planOf(`${params}, attend: ({ q, k }) => k.t <= q.t && (q.t - k.t) % 2 === 0, ${score}`)),
    ).toEqual([]);
  }
});

it("where no launch exists nothing is proved", async () => {
  const empty = subjectOf(
    'params: { r: int({ min: 0 }) }, tables: { b: table.int("d", { extents: ({ r }) => [0 - r] }) }, attend: ({ q, k, r, b }) => k.t >= q.t && b(0) <= r',
  );
  const fine = subjectOf(
    'params: { r: int({ min: 0 }) }, tables: { b: table.int("d", { extents: ({ r }) => [1 + r] }) }, attend: ({ q, k, r, b }) => k.t >= q.t && b(0) <= r',
  );
  const outcome = ({ pattern, constants }: typeof empty) =>
    solver.solve(claimOfNoLaunch(domainOf(pattern, constants)), 5000).then(({ kind }) => kind);
  expect(await outcome(empty)).toBe("holds");
  expect(await outcome(fine)).toBe("fails");
});

it("entries of a table of floats may be NaN, which a proof over the reals does not see", async () => {
  const subject = subjectOf('tables: { w: table("t") }, attend: ({ q, k, w }) => w(k.t) <= w(q.t)');
  expect(await decide(isNonempty(subject), solver, 5000)).toEqual({ kind: "proved", over: "reals" });
});

it("what fails only beyond 32 bits is not refuted: no launch gets there", async () => {
  const subject = subjectOf("attend: ({ q, k }) => k.t <= q.t || q.t * 70000 > 2147483647");
  expect((await decide(isCausal(subject, "t"), solver, 3000)).kind).toBe("unknown");
});

it("powers of ints and of floats are different functions; int bounds may be fractions", async () => {
  const powers =
    "params: { m: int({ min: 1, max: 3 }), f: float({ min: 1 }) }, attend: ({ q, k, m, f }) => k.t <= q.t + m ** m && f ** f >= 1";
  expect((await decide(isCausal(subjectOf(powers), "t"), solver, 3000)).kind).not.toBe("proved");
  const half = subjectOf(
    'tables: { w: table.int("t", { min: -0.5, max: 0.75 }) }, attend: ({ q, k, w }) => k.t <= q.t + w(q.t)',
  );
  expect((await decide(isCausal(half, "t"), solver, 5000)).kind).toBe("proved");
});

it("bit operations of two variables, and remainders of a difference", async () => {
  expect(await openClaims(planOf("params: { m: int({ min: 0 }) }, attend: ({ q, k, m }) => (q.t ^ k.t) <= m"))).toEqual(
    [],
  );
  const params = "params: { g: int({ min: 1 }) }";
  const [a, b] = [
    subjectOf(`${params}, attend: ({ q, k, g }) => (q.t - k.t) % g === 0`),
    subjectOf(`${params}, attend: ({ q, k, g }) => q.t % g === k.t % g`),
  ];
  expect((await decide(isEqual(a, b), solver, 10_000)).kind).toBe("proved");
});

it("a plan of another shape is not proved", async () => {
  const plan = planOf("params: { r: int({ min: 1 }) }, attend: ({ q, k, r }) => q.t - k.t >= 0 && q.t - k.t < r");
  const region = plan.forward.regions[0] as Region;
  const withRegion = (changed: Partial<Region>): AttentionPlan => ({
    ...plan,
    forward: { ...plan.forward, regions: [{ ...region, ...changed }] },
  });
  const wrong: AttentionPlan[] = [
    { ...plan, forward: plan.backward },
    { ...plan, backward: plan.forward },
    withRegion({ full: region.attend }),
    withRegion({ guard: region.attend }),
    withRegion({ loops: [] }),
    withRegion({ loops: region.loops.map((loop) => ({ ...loop, lower: add(loop.lower, int(1)) })) }),
    { ...plan, forward: { ...plan.forward, regions: [] } },
    { ...plan, forward: { ...plan.forward, regions: [region, region] } },
    { ...plan, score: unary("toFloat", sub(intVar("k.t.lo"), intVar("k.t.lo"))) },
  ];
  expect(await openClaims(plan)).toEqual([]);
  for (const [i, each] of wrong.entries()) expect((await openClaims(each)).join(), `plan ${i}`).toContain("refuted");
});
