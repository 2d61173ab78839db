/** The prover has teeth: of every fault planted in the compiler it refutes a claim, and without faults it proves them all. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { loadZ3 } from "../../backends/smt/z3.js";
import { proofsOf } from "../../cli/prove/proofs.js";
import { sparing } from "../../cli/prove/solver.js";
import * as compiler from "../../compiler/compile.js";
import { evaluator } from "../../compiler/ir/evaluate.js";
import type { Claim, ClaimKind, Counterexample } from "../../compiler/plan/claim.js";
import { decide } from "../../compiler/proof/decide.js";
import * as prover from "../../compiler/proof/obligations.js";
import { asked } from "../../compiler/proof/question.js";
import { HEAD, patternOf } from "../frontend/sources.js";
import { type Change, withChange } from "./faults/changed-modules.js";
import { type PatternName, patterns, sourceOf } from "./faults/patterns.js";
import { faults } from "./planted-faults.js";

const analysis = fileURLToPath(new URL("../../compiler/analysis", import.meta.url));
const MILLISECONDS = 5000;
const target = { name: "test", queriesPerTile: 4, keysPerTile: 4 };

/** Most claims of a faulty plan are those of the right one: what holds is proved once. */
const solver = sparing("z3", loadZ3, proofsOf("z3"));
afterAll(() => solver.close());

const read = new Map<PatternName, ReturnType<typeof patternOf>>();

function smallPattern(name: PatternName) {
  const pattern = read.get(name) ?? patternOf(sourceOf(name));
  read.set(name, pattern);
  return pattern;
}

/** The claims about a pattern as the compiler with a change compiles it. */
async function claimsWith(change: Change | undefined, name: PatternName): Promise<Claim[]> {
  const load = withChange(change);
  const { compileAttention } = await load<typeof compiler>("compiler/compile.ts");
  const { obligationsOf } = await load<typeof prover>("compiler/proof/obligations.ts");
  return obligationsOf(compileAttention(smallPattern(name), { target, tiles: patterns[name].tiles }).plan);
}

/** The first claim of a kind that is refuted; undefined where all of them are proved or unknown. */
async function firstRefuted(claims: readonly Claim[], kind: ClaimKind) {
  for (const claim of claims.filter((each) => each.kind === kind)) {
    const verdict = await decide(asked(claim), solver, MILLISECONDS);
    if (verdict.kind === "refuted") return { claim, counterexample: verdict.counterexample };
  }
  return undefined;
}

/** Whether a claim fails for some values, in the arithmetic of the kernels. */
function fails({ assumptions, goal }: Claim, { variables, tables }: Counterexample): boolean {
  return assumptions.every((e) => evaluator(e, tables)(variables) === 1) && evaluator(goal, tables)(variables) === 0;
}

const shown = new Set(faults.map(({ pattern }) => pattern));

describe("without a fault", () => {
  it("the compiler is the one that the tests import", async () => {
    const load = withChange();
    expect((await load<typeof compiler>("compiler/compile.ts")).compileAttention).toBe(compiler.compileAttention);
    expect((await load<typeof prover>("compiler/proof/obligations.ts")).obligationsOf).toBe(prover.obligationsOf);
  });

  for (const name of shown) {
    it(`every claim about \`${name}\` is proved`, async () => {
      const open: string[] = [];
      for (const claim of await claimsWith(undefined, name)) {
        const verdict = await decide(asked(claim), solver, MILLISECONDS);
        if (verdict.kind !== "proved") open.push(`${verdict.kind}: ${claim.text}`);
      }
      expect(open).toEqual([]);
    });
  }
});

describe("planted faults", () => {
  it("are in every file of the analysis, and break claims of every kind that a compiler can break", () => {
    const files = readdirSync(analysis).map((file) => `compiler/analysis/${file}`);
    expect(faults.map(({ file }) => file)).toEqual(expect.arrayContaining(files));
    const kinds = new Set(faults.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(["coverage", "integers", "score", "tiles", "uniqueness"]);
  });

  it("stand where they say, else they are none", async () => {
    const change = { file: "compiler/analysis/solve.ts", from: "no such text", to: "" };
    await expect(claimsWith(change, "past")).rejects.toThrow("'no such text' occurs 0 times in");
  });

  for (const fault of faults) {
    it(`${fault.file}: ${fault.sentence}`, async () => {
      const refuted = await firstRefuted(await claimsWith(fault, fault.pattern), fault.kind);
      expect(refuted, `no claim about ${fault.kind} is refuted for '${fault.pattern}'`).toBeDefined();
      if (refuted) expect(fails(refuted.claim, refuted.counterexample)).toBe(true);
    });
  }
});

describe("a pattern's own fault", () => {
  it("is an index that leaves its table", async () => {
    const pattern = patternOf(`${HEAD}export const beyond = attention({
      axes: ["i"],
      tables: { bias: table("i") },
      attend: ({ q, k }) => k.i <= q.i,
      score: ({ s, k, bias }) => s + bias(k.i + 1),
    });`);
    const { plan } = compiler.compileAttention(pattern, { target });
    const refuted = await firstRefuted(prover.obligationsOf(plan), "tables");
    expect(refuted?.claim.text).toBe("every pair that attends reads `bias(k.i + 1)` within the table");
    expect(refuted?.counterexample.variables).toEqual({ "k.i": 0, "q.i": 0, "size.q.i": 1, "entries.bias.0": 1 });
  });
});
