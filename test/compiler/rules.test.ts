/** Every rewrite rule keeps the meaning of what it rewrites, for random values, NaN and infinities included. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluator } from "../../compiler/ir/evaluate.js";
import { type Expr, nodesOf } from "../../compiler/ir/expression.js";
import { expressionOf, polynomialOf } from "../../compiler/ir/polynomial.js";
import { print } from "../../compiler/ir/print.js";
import { rules } from "../../compiler/ir/rules.js";
import { rewriteOnce, simplify } from "../../compiler/ir/simplify.js";
import { environmentOf, trials } from "./random-patterns.js";

const VALUES = {
  int: fc.integer({ min: -1000, max: 1000 }),
  bool: fc.constantFrom(0, 1),
  float: fc.oneof(
    fc.float({ noNaN: false }),
    fc.constantFrom(0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  ),
};

function valuesFor(e: Expr): fc.Arbitrary<Record<string, number>> {
  const variables = nodesOf(e).flatMap((node) =>
    node.kind === "var" ? [[node.name, VALUES[node.type]] as const] : [],
  );
  return fc.record(Object.fromEntries(variables));
}

describe("rewrite rules", () => {
  for (const rule of rules) {
    it(`${rule.name}: ${print(rule.from)} is ${print(rule.to)}`, () => {
      const [from, to] = [evaluator(rule.from), evaluator(rule.to)];
      fc.assert(
        fc.property(valuesFor(rule.from), (values) => {
          expect(to(values) + 0).toBe(from(values) + 0);
        }),
        { numRuns: 200 },
      );
    });
  }

  it("fold constants and stop where nothing applies", () => {
    for (const rule of rules) {
      const once = rewriteOnce(rule.from);
      expect(simplify(once)).toBe(simplify(rule.from));
    }
  });
});

describe("random conditions", () => {
  it("mean the same simplified, and sums mean the same in normal form", () => {
    fc.assert(
      fc.property(
        trials(),
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 6, maxLength: 6 }),
        (trial, places) => {
          const environment = environmentOf(trial);
          for (const [i, axis] of trial.pattern.axes.query.entries()) environment[`q.${axis}`] = places[i] as number;
          for (const [i, axis] of trial.pattern.axes.key.entries()) environment[`k.${axis}`] = places[i + 3] as number;
          const { attend } = trial.pattern;
          expect(evaluator(simplify(attend), trial.tables)(environment)).toBe(
            evaluator(attend, trial.tables)(environment),
          );
          for (const e of nodesOf(attend)) {
            if (e.type !== "int") continue;
            const sum = expressionOf(polynomialOf(e));
            expect(evaluator(sum, trial.tables)(environment)).toBe(evaluator(e, trial.tables)(environment));
            expect(expressionOf(polynomialOf(sum))).toBe(sum);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
