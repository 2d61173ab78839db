/** What is said of a claim about kernels that is not proved: what was found, whose fault it is, and what can be done. */
import { describe, expect, it } from "vitest";
import { adviceFor, adviceForUnknown } from "../../cli/prove/advice.js";
import { readOf, readText, tableOf } from "../../cli/prove/counterexample.js";
import { detailOf, groupsOf, readsOutside } from "../../cli/prove/open.js";
import type { Open } from "../../cli/prove/translation.js";
import { add, and, FALSE, int, intVar, le, lt } from "../../compiler/ir/expression.js";
import type { Claim, ClaimKind } from "../../compiler/plan/claim.js";

const claim = (kind: ClaimKind): Claim => ({ kind, text: "a claim", assumptions: [], goal: FALSE, tables: [] });

const refuted: Open["verdict"] = {
  kind: "refuted",
  counterexample: {
    variables: { "q.t": 3, "q.t.lo": 0, alpha: Math.fround(0.1), "entries.bias.0": 2 },
    tables: { bias: { shape: [2, 3], data: [0, 0, 0, 0, 0, 0] } },
  },
};
const spent = { milliseconds: 10_000, limit: 10_000 };
const open = (kind: ClaimKind, verdict: Open["verdict"] = refuted): Open => ({ claim: claim(kind), verdict, ...spent });

describe("a refuted claim", () => {
  it("is told with its values", () => {
    expect(detailOf(open("tiles"))).toBe("with q.t=3, q.t.lo=0, alpha=0.1; table bias of 2 x 3");
  });

  it("is a bug of ours, but where the pattern reads outside a table", () => {
    const ours = "this is a bug in mscc: please report it, with the pattern and this message";
    const advice = (kind: ClaimKind) => adviceFor(open(kind), []);
    for (const kind of ["coverage", "uniqueness", "tiles"] as const) expect(advice(kind)).toBe(ours);
    expect(advice("integers")).toBe(`${ours}; until it is mended, a \`max\` for the params may help`);
    expect(advice("tables")).toContain("state the extents of the table with `extents`, or keep the index within it");
    expect([open("tables"), open("tiles")].map(readsOutside)).toEqual([true, false]);
  });
});

it("a read outside a table is told with its indices and the table's extents", () => {
  const [index, entries] = [add(intVar("q.t"), int(1)), intVar("entries.bias.0")];
  const bias = { name: "bias", type: "int", labels: [{ name: "a", tie: "free" }], sorted: false } as const;
  const goal = and(le(int(0), index), lt(index, entries));
  const own: Claim = { ...claim("tables"), goal, tables: [{ ...bias, name: "other" }, bias] };
  const read = readOf(own, { variables: { "q.t": 3, "entries.bias.0": 1 }, tables: {} });
  expect(tableOf(own)).toBe("bias");
  expect(read).toEqual({ table: "bias", indices: [4], extents: [1] });
  expect(readText(read)).toBe("`bias` is read at index 4, and it has 1 entry.");
  expect(readText({ table: "bias", indices: [4, 0], extents: [3, 2] })).toBe(
    "`bias` is read at indices 4, 0, and its extents are 3 x 2.",
  );
});

describe("an undecided claim", () => {
  const late = "no proof and no counterexample; the limit is 10 s for either";
  const early = "no proof and no counterexample; the solver gave up: incomplete";
  const width = { name: "width", type: "int" } as const;
  const about: Claim = { ...claim("coverage"), goal: le(int(0), intVar("width")) };
  const advice = (reason: string, milliseconds: number, params: readonly (typeof width)[]) =>
    adviceForUnknown(reason, { milliseconds, limit: 10_000 }, [about], params);

  it("may need time, where time was short", () => {
    expect(advice(late, 20_000, [])).toBe("give more time with `--time-limit`");
    expect(advice(late, 20_000, [width])).toBe(
      "give more time with `--time-limit`; or give the params bounds, or fix some of them with `--set`",
    );
  });

  it("needs something else where the solver gave up", () => {
    const simpler = "write the condition with fewer products and quotients of variables; more time would not help";
    expect(advice(early, 20_000, [])).toBe(simpler);
    expect(advice(late, 500, [])).toBe(simpler);
    expect(advice(early, 500, [width])).toBe("give the params bounds, or fix some of them with `--set`");
    expect(advice(`${early}; little is known of Math.exp, Math.sin`, 500, [])).toBe(
      "write the condition without `Math.exp`, `Math.sin`",
    );
  });

  it("stands with the others about which the same can be done", () => {
    const unknown = open("coverage", { kind: "unknown", reason: late });
    const groups = groupsOf([unknown, open("tiles"), unknown], []);
    expect(groups.map((group) => group.open)).toEqual([[unknown, unknown], [open("tiles")]]);
    expect(detailOf(unknown)).toBe(late);
  });
});
