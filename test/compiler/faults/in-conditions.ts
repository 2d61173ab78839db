/** Faults in how a condition becomes regions, and in what surrounds the analysis: the pipeline and the launcher's checks. */
import { type Fault, faultsIn } from "./fault.js";

const ranges = faultsIn("compiler/analysis/ranges.ts", [
  {
    sentence: "a param without a minimum is not negative",
    from: "[param.min ?? Number.NEGATIVE_INFINITY",
    to: "[param.min ?? 0",
    pattern: "scaled",
    kind: "coverage",
  },
  {
    sentence: "a param is never above its minimum",
    from: "param.max ?? Number.POSITIVE_INFINITY]",
    to: "param.min ?? Number.POSITIVE_INFINITY]",
    pattern: "either",
    kind: "coverage",
  },
  {
    sentence: "a grid has two positions at least",
    from: "return [1, Number.POSITIVE_INFINITY]",
    to: "return [2, Number.POSITIVE_INFINITY]",
    pattern: "lonely",
    kind: "tiles",
  },
  {
    sentence: "a remainder is never negative",
    from: "[a >= 0 ? 0 : -largest,",
    to: "[0,",
    pattern: "signs",
    kind: "tiles",
  },
  {
    sentence: "the smaller of two is never below the first",
    from: "[Math.min(a, c), Math.min(b, d)];\n    case",
    to: "[a, Math.min(b, d)];\n    case",
    pattern: "smaller",
    kind: "tiles",
  },
  {
    sentence: "a product of negative numbers is not positive",
    from: "product(a, d), product(b, c), product(b, d)]",
    to: "product(b, d)]",
    pattern: "signed",
    kind: "tiles",
  },
  {
    sentence: "a difference is a sum",
    from: "addPolynomials(polynomialOf(a), polynomialOf(b), -1)",
    to: "addPolynomials(polynomialOf(a), polynomialOf(b))",
    pattern: "ahead",
    kind: "coverage",
  },
]);

const logic = faultsIn("compiler/analysis/logic.ts", [
  {
    sentence: "a negated disjunction stays one",
    from: '(e.op === "and") !== negated ? and : or',
    to: 'e.op === "and" ? and : or',
    pattern: "negated",
    kind: "coverage",
  },
  {
    sentence: "a distance has one side",
    from: "and(compare(e.a.a, e.b), compare(neg(e.a.a), e.b))",
    to: "compare(e.a.a, e.b)",
    pattern: "around",
    kind: "tiles",
  },
  {
    sentence: "at least both means at least one",
    from: "and(compare(e.a, e.b.a), compare(e.a, e.b.b))",
    to: "compare(e.a, e.b.a)",
    pattern: "clamped",
    kind: "tiles",
  },
  {
    sentence: "less means at most",
    from: "[sub(sub(atom.b, atom.a), int(1))]",
    to: "[sub(atom.b, atom.a)]",
    pattern: "band",
    kind: "tiles",
  },
  {
    sentence: "at most means less",
    from: '"le") return [sub(atom.b, atom.a)]',
    to: '"le") return [sub(sub(atom.b, atom.a), int(1))]',
    pattern: "past",
    kind: "coverage",
  },
  {
    sentence: "a branch forgets the atoms before it",
    from: "[...so, ...choice]",
    to: "choice",
    pattern: "sinks",
    kind: "coverage",
  },
  {
    sentence: "regions with an atom in common exclude each other",
    from: "b.includes(normalised(part, true))",
    to: "b.includes(part)",
    pattern: "sinks",
    kind: "uniqueness",
  },
]);

const analyse = faultsIn("compiler/analysis/analyse.ts", [
  {
    sentence: "what holds for some pair is dropped",
    from: "fullOf(e, scope) === TRUE) return TRUE",
    to: "liveOf(e, scope) !== FALSE) return TRUE",
    pattern: "past",
    kind: "tiles",
  },
  {
    sentence: "atoms that meet in one place exclude each other",
    from: "differenceRange(ranges, other.fact.hi, fact.lo)[1] < 0",
    to: "differenceRange(ranges, other.fact.hi, fact.lo)[1] <= 0",
    pattern: "self",
    kind: "coverage",
  },
  {
    sentence: "a region that shares an atom with another is dropped",
    from: "!other.every((part) => own.includes(part))",
    to: "!other.some((part) => own.includes(part))",
    pattern: "sinks",
    kind: "coverage",
  },
  {
    sentence: "the grid ends one position early",
    from: "`), int(1)) },",
    to: "`), int(2)) },",
    pattern: "interior",
    kind: "tiles",
  },
  {
    sentence: "two grids have one size",
    from: "pattern.axes.shared && name.startsWith",
    to: "name.startsWith",
    pattern: "twoGrids",
    kind: "coverage",
  },
  {
    sentence: "every table of one dimension is sorted",
    from: "table.sorted && table.labels.length === 1",
    to: "table.labels.length === 1",
    pattern: "unsorted",
    kind: "coverage",
  },
]);

const compile = faultsIn("compiler/compile.ts", [
  {
    sentence: "the score is forgotten",
    from: 'analysis.score ?? variable("s", "float")',
    to: 'variable("s", "float")',
    pattern: "weighed",
    kind: "score",
  },
  {
    sentence: "the first of several regions is tested as the whole pattern",
    from: "region && more.length === 0 ? { ...nest, regions: [{ ...region, attend }] }",
    to: "region ? { ...nest, regions: [{ ...region, attend }, ...more] }",
    pattern: "sinks",
    kind: "uniqueness",
  },
]);

const checks = faultsIn("compiler/plan/checks.ts", [
  { sentence: "products are not checked", from: '"mul", ', to: "", pattern: "multiple", kind: "integers" },
  { sentence: "squares are not checked", from: '"square", ', to: "", pattern: "root", kind: "integers" },
  {
    sentence: "differences are not checked",
    from: '"add", "sub", "mul", ',
    to: '"add", "mul", ',
    pattern: "limit",
    kind: "integers",
  },
  { sentence: "negations are not checked", from: '"neg", ', to: "", pattern: "limit", kind: "integers" },
  { sentence: "sizes of numbers are not checked", from: '["abs", ', to: "[", pattern: "away", kind: "integers" },
  {
    sentence: "the end of a tile is not checked",
    from: "nodesOf(...derived, ...tileEnds)",
    to: "nodesOf(...derived)",
    pattern: "past",
    kind: "integers",
  },
  {
    sentence: "the position after a loop is not checked",
    from: "simplify(beyond), live",
    to: "live",
    pattern: "past",
    kind: "integers",
  },
  {
    sentence: "the way to the first position of a lattice is not checked",
    from: "[simplify(sub(residue, lower)), simplify(add(lower, step))]",
    to: "[simplify(add(lower, step))]",
    pattern: "lattice",
    kind: "integers",
  },
  {
    sentence: "the first position of a lattice is not checked",
    from: "[simplify(sub(residue, lower)), simplify(add(lower, step))]",
    to: "[simplify(sub(residue, lower))]",
    pattern: "lattice",
    kind: "integers",
  },
  { sentence: "unsigned shifts are not checked", from: '"ushr", ', to: "", pattern: "unsigned", kind: "integers" },
  { sentence: "sums are not checked", from: '["add", "sub"', to: '["sub"', pattern: "cone", kind: "integers" },
  {
    sentence: "the quotient of the smallest integer by -1 is not checked",
    from: '["abs", "floorDiv", "truncDiv"]',
    to: '["abs", "truncDiv"]',
    pattern: "negativeQuotient",
    kind: "integers",
  },
  {
    sentence: "the truncated quotient of the smallest integer by -1 is not checked",
    from: '["abs", "floorDiv", "truncDiv"]',
    to: '["abs", "floorDiv"]',
    pattern: "negativeTruncation",
    kind: "integers",
  },
  {
    sentence: "a divisor that is not a param counts as positive",
    from: "return Boolean(param && (",
    to: "return Boolean(!param || (",
    pattern: "quotient",
    kind: "integers",
  },
  {
    sentence: "the moduli of remainders are not checked",
    from: 'new Set(["rem", "floorDiv", "truncDiv"])',
    to: 'new Set(["floorDiv", "truncDiv"])',
    pattern: "modulus",
    kind: "integers",
  },
]);

export const faultsInConditions: readonly Fault[] = [...ranges, ...logic, ...analyse, ...compile, ...checks];
