/** Values as statements: reductions become loops, what stands at several places is computed once. */
import { type Expr, nodesOf, operands, variable, variablesOf, withOperands } from "../../../compiler/ir/expression.js";
import type { Range, Reduction, TensorPlan } from "../../../compiler/plan/tensor.js";
import { type Names, spell } from "../../common/expression.js";
import { local, prepared, tensorWgsl } from "./scalars.js";

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
  readonly lines: readonly string[];
  /** The value, over what the lines declare. */
  readonly value: string;
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

/** A prepared expression whose reductions are at hand: what stands in it several times becomes `part_<owner>_<n>`. */
export function expressed({ names }: Pick<Scope, "names">, root: Expr, owner: string): Statements {
  const nodes = nodesOf(root);
  const uses = new Map<Expr, number>();
  for (const node of nodes) for (const part of operands(node)) uses.set(part, (uses.get(part) ?? 0) + 1);
  const parts = new Map<Expr, Expr>();
  const within = (node: Expr): Expr => parts.get(node) ?? withOperands(node, operands(node).map(within));
  const spelled = (node: Expr) =>
    spell(tensorWgsl, within(node), (name) => (name.startsWith("part.") ? local(name) : names(name)));
  const lines: string[] = [];
  for (const node of nodes) {
    if (node.kind === "const" || node.kind === "var" || (uses.get(node) ?? 0) < 2) continue;
    const name = `part.${owner}.${parts.size}`;
    lines.push(`let ${local(name)} = ${spelled(node)};`);
    parts.set(node, variable(name, node.type));
  }
  return { lines, value: spelled(root) };
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
  const inside = { ...scope, ranges: new Set([...scope.ranges, ...reduction.ranges.map(({ name }) => name)]) };
  const { lines, value } = evaluated(inside, reduction.body, reduction.name);
  const result = local(reduction.name);
  return [
    `var ${result} = ${startOf(reduction)};`,
    ...nested(scope, reduction.ranges, [...lines, taken(reduction, result, value)]),
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

/** Any expression: loops for its reductions, then its value. */
export function evaluated(scope: Scope, e: Expr, owner: string): Statements {
  const { lines, scope: now } = reduced(scope, e);
  const { lines: parts, value } = expressed(now, prepared(now.plan, e), owner);
  return { lines: [...lines, ...parts], value };
}

export const indented = (lines: readonly string[]): string[] => lines.map((line) => (line ? `  ${line}` : line));
