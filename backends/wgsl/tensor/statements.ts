/** Values as statements: reductions become loops, what stands at several places is computed once. */
import { type Expr, nodesOf, operands, variable, variablesOf, withOperands } from "../../../compiler/ir/expression.js";
import type { Range, Reduction, TensorPlan } from "../../../compiler/plan/tensor.js";
import { type Names, spell } from "../../common/expression.js";
import { isCostly, local, prepared, tensorWgsl } from "./scalars.js";

/** The lowest f32, with which a maximum starts. */
export const LOWEST = "-3.4028234663852886e38f";

/** What is known where a value is computed. */
export interface Scope {
  readonly plan: TensorPlan;
  readonly names: Names;
  /** Ranges whose loops surround the place. */
  readonly ranges: ReadonlySet<string>;
  /** Reductions whose results are at hand. */
  readonly done: ReadonlySet<string>;
}

export interface Statements {
  /** Declarations of what no turn of the loop around the place changes: they go before the loop. */
  readonly outside: readonly string[];
  readonly lines: readonly string[];
}

const reductionNamed = ({ tensor }: TensorPlan, name: string) => tensor.reductions.find((each) => each.name === name);

/** Reductions that an expression reads, and those that they read, in order. */
function readBy(plan: TensorPlan, ...roots: readonly Expr[]): Reduction[] {
  const found = new Set<Reduction>();
  const visit = (e: Expr): void => {
    for (const name of variablesOf(e)) {
      const reduction = reductionNamed(plan, name);
      if (!reduction || found.has(reduction)) continue;
      found.add(reduction);
      for (const part of [reduction.body, ...reduction.ranges.map(({ extent }) => extent)]) visit(part);
    }
  };
  for (const root of roots) visit(root);
  return plan.tensor.reductions.filter((reduction) => found.has(reduction));
}

/** Ranges of other reductions that a reduction lies within. */
function surroundings(plan: TensorPlan, reduction: Reduction): Set<string> {
  const every = new Set(plan.tensor.reductions.flatMap(({ ranges }) => ranges.map(({ name }) => name)));
  const [own, outer] = [new Set<string>(), new Set<string>()];
  for (const { ranges, body } of [reduction, ...readBy(plan, reduction.body)]) {
    for (const { name } of ranges) own.add(name);
    for (const e of [body, ...ranges.map(({ extent }) => extent)])
      for (const name of variablesOf(e)) if (every.has(name)) outer.add(name);
  }
  for (const name of own) outer.delete(name);
  return outer;
}

const isLeaf = (e: Expr): boolean =>
  e.kind === "const" || e.kind === "var" || (e.kind === "unary" && e.op === "toFloat" && isLeaf(e.a));

/** Sums of integers are as cheap as the name that they would get. */
const isWorth = (e: Expr) => e.type !== "int" || nodesOf(e).some(isCostly);

/** Expressions, or parts of them, that get a name, operands first. */
function named(roots: readonly Expr[], isFixed: (e: Expr) => boolean): Expr[] {
  const nodes = nodesOf(...roots);
  const uses = new Map<Expr, number>();
  const outermost = new Set(roots);
  for (const part of [...nodes.flatMap(operands), ...roots]) uses.set(part, (uses.get(part) ?? 0) + 1);
  for (const node of nodes) if (!isFixed(node)) for (const part of operands(node)) outermost.add(part);
  const isNamed = (node: Expr) => (uses.get(node) ?? 0) > 1 || (isFixed(node) && outermost.has(node) && isWorth(node));
  return nodes.filter((node) => !isLeaf(node) && isNamed(node));
}

/**
 * Prepared expressions whose reductions are at hand: what stands in them several times, and what the loop around them
 * does not change, becomes `part_<owner>_<n>`.
 */
export function expressed(
  { names }: Pick<Scope, "names">,
  roots: readonly Expr[],
  owner: string,
  varying?: ReadonlySet<string>,
): Statements & { readonly values: readonly string[] } {
  const isFixed = (e: Expr) => {
    const read = [...variablesOf(e)];
    return varying !== undefined && read.length > 0 && !read.some((name) => varying.has(name));
  };
  const parts = new Map<Expr, Expr>();
  const within = (node: Expr): Expr => parts.get(node) ?? withOperands(node, operands(node).map(within));
  const spelled = (node: Expr) =>
    spell(tensorWgsl, within(node), (name) => (name.startsWith("part.") ? local(name) : names(name)));
  const [outside, lines]: [string[], string[]] = [[], []];
  for (const node of named(roots, isFixed)) {
    const name = `part.${owner}.${parts.size}`;
    (isFixed(node) ? outside : lines).push(`let ${local(name)} = ${spelled(node)};`);
    parts.set(node, variable(name, node.type));
  }
  return { outside, lines, values: roots.map(spelled) };
}

/** An extent, an i32. */
export const extentOf = ({ plan, names }: Scope, { extent }: Range): string =>
  spell(tensorWgsl, prepared(plan, extent), names);

/** The statement that takes one value more into a result. */
export const taken = ({ op }: Reduction, result: string, value: string): string =>
  op === "sum" ? `${result} += ${value};` : `${result} = max(${result}, ${value});`;

export const startOf = ({ op }: Reduction): string => (op === "sum" ? "0.0" : LOWEST);

/** Loops over all ranges around a body. */
function nested(scope: Scope, ranges: readonly Range[], body: readonly string[]): string[] {
  return ranges.reduceRight<readonly string[]>((inner, range) => {
    const extent = extentOf(scope, range);
    const name = local(range.name);
    const end = variablesOf(prepared(scope.plan, range.extent)).size === 0 ? `i32(times(u32(${extent})))` : extent;
    return [`for (var ${name} = 0; ${name} < ${end}; ${name}++) {`, ...indented(inner), "}"];
  }, body) as string[];
}

/** `sum0 = sum(k, f(k))` -> `var sum0 = 0.0; for (...) { sum0 += f(k); }`. */
function loop(scope: Scope, reduction: Reduction): string[] {
  const own = reduction.ranges.map(({ name }) => name);
  const inside = { ...scope, ranges: new Set([...scope.ranges, ...own]) };
  const { outside, lines, values } = evaluated(inside, [reduction.body], reduction.name, own);
  const result = local(reduction.name);
  return [
    ...outside,
    `var ${result} = ${startOf(reduction)};`,
    ...nested(scope, reduction.ranges, [...lines, ...values.map((value) => taken(reduction, result, value))]),
  ];
}

/** Loops for all reductions that these expressions read and that need no range which is still to come. */
export function reduced(scope: Scope, ...roots: readonly Expr[]): { readonly lines: string[]; readonly scope: Scope } {
  const lines: string[] = [];
  let now = scope;
  for (const reduction of readBy(scope.plan, ...roots)) {
    if (now.done.has(reduction.name)) continue;
    if (![...surroundings(scope.plan, reduction)].every((name) => scope.ranges.has(name))) continue;
    lines.push(...loop(now, reduction));
    now = { ...now, done: new Set([...now.done, reduction.name]) };
  }
  return { lines, scope: now };
}

/** Any expressions: loops for their reductions, then their values; `varying` is what the loop around them changes. */
export function evaluated(
  scope: Scope,
  roots: readonly Expr[],
  owner: string,
  varying?: readonly string[],
): Statements & { readonly values: readonly string[] } {
  const { lines, scope: now } = reduced(scope, ...roots);
  const made = [...now.done].filter((name) => !scope.done.has(name));
  const values = roots.map((e) => prepared(scope.plan, e));
  const own = expressed(now, values, owner, varying && new Set([...varying, ...made]));
  return { ...own, lines: [...lines, ...own.lines] };
}

export const indented = (lines: readonly string[]): string[] => lines.map((line) => (line ? `  ${line}` : line));
