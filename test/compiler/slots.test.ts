/** Keys in slots, in any order and with free ones among them: the plan gives what the pattern gives over just those frames. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { interpret } from "../../backends/interpreter/interpret.js";
import { wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { slotted } from "../../compiler/slots.js";
import { type AnyAttention, EMPTY_LSE } from "../../dsl/index.js";
import { declarations } from "../models/variants.js";
import { drawn, expected, givenOf, NAMES, patterns, sceneFor } from "./slot-scenes.js";

const TILES = [
  { query: [1, 4, 8], key: [1, 4, 8] },
  { query: [2, 2, 4], key: [3, 2, 4] },
];

test.each(NAMES.flatMap((name) => TILES.map((tiles) => [name, tiles] as const)))("%s, tiles %j", (name, tiles) => {
  const pattern = patterns[name] as Pattern;
  const { plan } = compileAttention(slotted(pattern, "t"), { target: wgslTarget, tiles });
  fc.assert(
    fc.property(sceneFor(pattern), (scene) => {
      const operands = drawn(scene);
      const want = expected(declarations[name] as AnyAttention, scene, operands);
      const got = interpret(plan, { ...operands, ...givenOf(scene) });
      for (const [i, value] of want.output.entries()) {
        expect(Math.abs((got.output[i] as number) - value)).toBeLessThanOrEqual(1e-5);
      }
      for (const [i, value] of want.lse.entries()) {
        if (value === EMPTY_LSE) expect(got.lse[i]).toBe(EMPTY_LSE);
        else expect(Math.abs((got.lse[i] as number) - value)).toBeLessThanOrEqual(1e-5);
      }
    }),
    { numRuns: 12 },
  );
});
