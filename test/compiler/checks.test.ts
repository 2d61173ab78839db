/** What a launcher must check before it runs a plan: every integer that could leave 32 bits, every divisor that may be 0. */
import { describe, expect, it } from "vitest";
import { compileAttention } from "../../compiler/compile.js";
import { add, binary, type Expr, eq, int, intVar, le, mul, unary, variable } from "../../compiler/ir/expression.js";
import { checksOf } from "../../compiler/plan/checks.js";
import { patternOf } from "./random-patterns.js";

const axes = { query: ["t"], key: ["t"], shared: true };
const target = { name: "test", queriesPerTile: 32, keysPerTile: 32 };
const textsOf = (attend: Expr, kind: "int32" | "nonzero") => {
  const { plan } = compileAttention(patternOf(axes, attend), { target });
  return checksOf(plan).flatMap((check) => (check.kind === kind ? [check.text] : []));
};
const [q, k, n, m, c] = ["q.t", "k.t", "n", "m", "c"].map(intVar) as [Expr, Expr, Expr, Expr, Expr];

describe("checks of a plan", () => {
  it("hold every sum and product that the user wrote", () => {
    expect(textsOf(le(add(k, mul(n, q)), c), "int32")).toEqual(expect.arrayContaining(["n * q.t", "k.t + n * q.t"]));
  });

  it("hold the ends of tiles and the steps of loops, which may lie beyond the grid", () => {
    expect(textsOf(le(k, q), "int32")).toEqual(expect.arrayContaining(["last.q.t + 32", "min(last.k.t, q.t.hi) + 32"]));
    const lattice = textsOf(eq(binary("rem", k, m), int(0)), "int32");
    expect(lattice).toEqual(expect.arrayContaining(["32 * m", "last.k.t + 32 * m"]));
  });

  it("hold integer powers and integers made from floats", () => {
    expect(textsOf(le(binary("ipow", int(3), n), k), "int32")).toContain("pow(3, n)");
    const scaled = unary("toInt", unary("floor", binary("mul", unary("toFloat", k), variable("f", "float"))));
    expect(textsOf(eq(binary("rem", scaled, int(3)), int(0)), "int32")).toContain("floor(k.t * f)");
  });

  it("hold divisors whose bounds do not exclude 0", () => {
    expect(textsOf(eq(binary("rem", q, c), int(1)), "nonzero")).toEqual(["c"]);
    expect(textsOf(eq(binary("rem", q, m), int(1)), "nonzero")).toEqual([]);
  });
});
