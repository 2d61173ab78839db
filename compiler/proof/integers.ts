/** Plan -> claims: where the launcher's checks pass, no integer of the kernel leaves 32 bits and no divisor is 0. */
import { add, binary, type Expr, int, intVar, le, mul, nodesOf, operands, sub, variablesOf } from "../ir/expression.js";
import { print } from "../ir/print.js";
import { simplify } from "../ir/simplify.js";
import { checksOf, jsonOf } from "../plan/checks.js";
import type { Claim } from "../plan/claim.js";
import { type AttentionPlan, type Loop, partsOfRow } from "../plan/plan.js";
import type { Domain } from "./premises.js";
import { closed, conjunction, type Statement } from "./statement.js";

const LOWEST = int(-(2 ** 31));
const HIGHEST = int(2 ** 31 - 1);
const fits = (e: Expr): Expr[] => [le(LOWEST, e), le(e, HIGHEST)];

/** What a loop computes beside its parts: the way to its first position, and the first position after its end. */
const madeByLoop = ({ lower, upper, step, residue }: Loop, extent: number): Expr[] => [
  simplify(add(upper, mul(int(extent), step))),
  ...(residue ? [simplify(sub(residue, lower)), simplify(add(lower, step))] : []),
];

/** Everything that the kernel evaluates on integers. */
function evaluated({ pattern, tiles, forward, score }: AttentionPlan): Expr[] {
  const loops = forward.regions.flatMap((region) =>
    region.loops.flatMap((loop, i) => [
      loop.lower,
      loop.upper,
      loop.step,
      loop.live,
      ...(loop.residue ? [loop.residue] : []),
      ...madeByLoop(loop, tiles.key[i] as number),
    ]),
  );
  const tests = forward.regions.flatMap(({ guard, full, attend: own, row }) => [guard, full, own, ...partsOfRow(row)]);
  const tileEnds = pattern.axes.query.map((axis, i) => add(intVar(`last.q.${axis}`), int(tiles.query[i] as number)));
  return nodesOf(score, ...loops, ...tests, ...tileEnds);
}

/** Variables and table entries are 32-bit values. */
const given = (nodes: readonly Expr[]): Expr[] =>
  nodes
    .filter((e) => e.type === "int" && (e.kind === "var" || e.kind === "lookup" || e.kind === "search"))
    .flatMap(fits);

const DIVISIONS: ReadonlySet<string> = new Set(["floorDiv", "truncDiv", "rem"]);

/** Claims about the forward kernel of a plan. */
export function claimsOfIntegers(plan: AttentionPlan, domain: Domain): Claim[] {
  const nodes = evaluated(plan);
  const known = new Set(checksOf(plan).map(({ kind, expression }) => `${kind} ${JSON.stringify(expression)}`));
  const isChecked = (kind: string, e: Expr) => known.has(`${kind} ${JSON.stringify(jsonOf(e))}`);
  const statements: Statement[] = [];
  for (const e of nodes) {
    if (e.type !== "int" || (e.kind !== "unary" && e.kind !== "binary")) continue;
    if (!isChecked("int32", e)) {
      const parts = operands(e).filter((part) => part.type === "int");
      const text = `\`${print(e)}\` stays within 32 bits, or the launcher checks it`;
      statements.push({ kind: "integers", text, assumptions: parts.flatMap(fits), goal: conjunction(fits(e)) });
    }
    if (e.kind === "binary" && DIVISIONS.has(e.op) && e.b.kind !== "const" && !isChecked("nonzero", e.b)) {
      const text = `\`${print(e.b)}\` is never 0, or the launcher checks it`;
      statements.push({ kind: "integers", text, assumptions: [], goal: binary("ne", e.b, int(0)) });
    }
  }
  const checked = nodes.filter((e) => isChecked("int32", e)).flatMap(fits);
  const claims = statements.map((each) => {
    const mine = nodesOf(...each.assumptions, each.goal);
    const relevant = checked.filter((fact) => [...variablesOf(fact)].every((name) => variablesOf(each.goal).has(name)));
    return closed({ ...each, assumptions: [...given(mine), ...relevant, ...each.assumptions] }, domain);
  });
  return [...claims, ...claimsOfOffsets(plan)];
}

/**
 * The places of elements: the launcher refuses negative strides and an operand whose last element lies beyond 4 GiB, so
 * that all sums of index times stride, in order of the dimensions, stay within 31 bits.
 */
function claimsOfOffsets({ pattern: { axes } }: AttentionPlan): Claim[] {
  const [index, largest, stride] = [intVar("place.index"), intVar("place.largest"), intVar("place.stride")];
  const product: Claim = {
    kind: "integers",
    text: "an index times a stride is at least 0 and at most the largest index times the stride",
    assumptions: [le(int(0), stride), le(int(0), index), le(index, largest)],
    goal: conjunction([le(int(0), mul(index, stride)), le(mul(index, stride), mul(largest, stride))]),
    tables: [],
  };
  const ranks = new Set([axes.query.length, axes.key.length].map((rank) => rank + 3));
  return [product, ...[...ranks].map(claimOfPlaces)];
}

function claimOfPlaces(rank: number): Claim {
  const first = intVar("place.offset");
  const products = Array.from({ length: rank }, (_, i) => intVar(`place.product.${i}`));
  const largest = products.map((_, i) => intVar(`place.largest.${i}`));
  const sums = products.map((_, i) => products.slice(0, i + 1).reduce(add, first));
  return {
    kind: "integers",
    text: `the place of an element among ${rank} dimensions stays within 31 bits`,
    assumptions: [
      le(int(0), first),
      ...products.flatMap((e, i) => [le(int(0), e), le(e, largest[i] as Expr)]),
      le(largest.reduce(add, first), int(2 ** 30 - 1)),
    ],
    goal: conjunction([...products, ...sums].flatMap((e) => [le(int(0), e), le(e, HIGHEST)])),
    tables: [],
  };
}
