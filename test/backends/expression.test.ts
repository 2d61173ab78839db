/** Expressions in WGSL: parentheses only where the grammar or a reader needs them, and what long logic turns into. */
import { parseWgsl, validate } from "naga-wasm";
import { describe, expect, it } from "vitest";
import { spell } from "../../backends/wgsl/spelling.js";
import {
  add,
  and,
  binary,
  type Expr,
  intVar,
  le,
  lt,
  mul,
  neg,
  not,
  or,
  select,
  sub,
} from "../../compiler/ir/expression.js";

const [a, b, c] = ["a", "b", "c"].map(intVar) as [Expr, Expr, Expr];
const text = (e: Expr) => spell(e, (name) => name);

describe("spelling", () => {
  const cases: [Expr, string][] = [
    [sub(a, sub(b, c)), "a - (b - c)"],
    [sub(sub(a, b), c), "a - b - c"],
    [mul(add(a, b), c), "(a + b) * c"],
    [add(a, neg(b)), "a + -b"],
    [and(or(lt(a, b), lt(b, c)), le(a, c)), "(a < b || b < c) && a <= c"],
    [not(and(lt(a, b), lt(b, c))), "!(a < b && b < c)"],
    [lt(binary("bitAnd", a, b), binary("shl", c, a)), "(a & b) < (c << (u32(a) & 31u))"],
    [binary("ushr", a, b), "bitcast<i32>(bitcast<u32>(a) >> (u32(b) & 31u))"],
    [select(lt(a, b), a, b), "select(b, a, a < b)"],
    [binary("ipow", a, b), "integer_power(a, b)"],
  ];
  for (const [e, expected] of cases) it(expected, () => expect(text(e)).toBe(expected));

  it("has no branches in long logic, and naga takes it", () => {
    const many = Array.from({ length: 30 }, (_, i) => lt(add(a, intVar(`n${i}`)), b));
    const spelled = text(many.reduce((so, each, i) => (i % 2 ? and(so, each) : or(so, each))));
    expect(spelled).not.toMatch(/&&|\|\|/);
    const declared = ["a", "b", ...many.map((_, i) => `n${i}`)].map((name) => `${name}: i32`).join(", ");
    expect(() => validate(parseWgsl(`fn f(${declared}) -> bool { return ${spelled}; }`))).not.toThrow();
  });
});
