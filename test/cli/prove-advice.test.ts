/** What is said of a claim about kernels that is not proved: what was found, whose fault it is, and what can be done. */
import { describe, expect, it } from "vitest";
import { adviceFor, type Open, verdictText } from "../../cli/prove/translation.js";
import { FALSE } from "../../compiler/ir/expression.js";
import type { ClaimKind } from "../../compiler/plan/claim.js";

const claim = (kind: ClaimKind): Open["claim"] => ({ kind, text: "a claim", assumptions: [], goal: FALSE, tables: [] });

const refuted: Open["verdict"] = {
  kind: "refuted",
  counterexample: {
    variables: { "q.t": 3, "q.t.lo": 0, alpha: Math.fround(0.1), "entries.bias.0": 2 },
    tables: { bias: { shape: [2, 3], data: [0, 0, 0, 0, 0, 0] } },
  },
};
const unknown: Open["verdict"] = { kind: "unknown", reason: "no proof and no counterexample within 10 s each" };

describe("a refuted claim", () => {
  it("is told with its values", () => {
    expect(verdictText({ claim: claim("tiles"), verdict: refuted })).toBe(
      "refuted, with q.t=3, q.t.lo=0, alpha=0.1; table bias of 2 x 3",
    );
  });

  it("is a bug of ours, but where the pattern reads outside a table", () => {
    const ours = "this is a bug in mscc: please report it, with the pattern and this message";
    const advice = (kind: ClaimKind) => adviceFor({ claim: claim(kind), verdict: refuted });
    for (const kind of ["coverage", "uniqueness", "tiles"] as const) expect(advice(kind)).toBe(ours);
    expect(advice("integers")).toBe(`${ours}; until it is mended, a \`max\` for the params may help`);
    expect(advice("tables")).toContain("state the extents of the table with `extents`, or keep the index within it");
  });
});

it("an undecided claim may need time or narrower params", () => {
  const open = { claim: claim("coverage"), verdict: unknown };
  expect(verdictText(open)).toBe("unknown: no proof and no counterexample within 10 s each");
  expect(adviceFor(open)).toContain("give more time with `--time-limit`");
});
