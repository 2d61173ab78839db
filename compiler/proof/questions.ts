/** The user's questions about patterns, as claims over every grid, every query and key, and all allowed params and tables. */
import { analyse } from "../analysis/analyse.js";
import {
  and,
  type Expr,
  eq,
  FALSE,
  int,
  intVar,
  le,
  lt,
  nodesOf,
  not,
  substitute,
  variablesOf,
} from "../ir/expression.js";
import type { Claim } from "../plan/claim.js";
import type { Pattern, PatternParam, PatternTable } from "../plan/pattern.js";
import { type Domain, domainOf, sizeName } from "./premises.js";
import { asked, bounded, type Question } from "./question.js";
import { closed, conjunction, disjunction, type Statement, specialised } from "./statement.js";
import { keysToTry } from "./witnesses.js";

/** A pattern with the params that are fixed for the question. */
export interface Subject {
  readonly pattern: Pattern;
  readonly constants: ReadonlyMap<string, number>;
}

/** `attend` with the fixed params put in. */
export const conditionOf = ({ pattern, constants }: Subject) => specialised(pattern.attend, pattern, constants);

/** The positions, so that they are part of every counterexample even where a condition does not read them. */
const exist = (side: "q" | "k", axes: readonly string[]): Expr[] =>
  axes.map((axis) => le(int(0), intVar(`${side}.${axis}`)));

function question(text: string, assumptions: readonly Expr[], goal: Expr, domain: Domain): Question {
  const pair = [...exist("q", domain.axes.query), ...exist("k", domain.axes.key)];
  return asked(closed({ kind: "question", text, assumptions: [...pair, ...assumptions], goal }, domain));
}

/** No query sees a key at a later position of an axis that both sides have. */
export const isCausal = (subject: Subject, axis: string): Question =>
  question(
    `no query of ${subject.pattern.name} sees a key at a later ${axis}`,
    [conditionOf(subject)],
    le(intVar(`k.${axis}`), intVar(`q.${axis}`)),
    domainOf(subject.pattern, subject.constants),
  );

/** So many keys are written out at most when a query without any is looked for. */
const KEY_LIMIT = 512;

/** Every position of a box with the same extent on all axes. */
function positions(axes: readonly string[], extent: number): number[][] {
  return axes.reduce<number[][]>(
    (so, _) => so.flatMap((at) => Array.from({ length: extent }, (_, i) => [...at, i])),
    [[]],
  );
}

/** Every query sees at least one key. */
export function isNonempty(subject: Subject): Question {
  const { pattern } = subject;
  const [attend, domain] = [conditionOf(subject), domainOf(subject.pattern, subject.constants)];
  const { key } = pattern.axes;
  const text = `every query of ${pattern.name} sees a key`;
  const seesAt = (at: readonly Expr[]): Expr => {
    const place = new Map(key.map((axis, i) => [`k.${axis}`, at[i] as Expr]));
    const inGrid = key.flatMap((axis, i) => [
      le(int(0), at[i] as Expr),
      lt(at[i] as Expr, intVar(sizeName(pattern.axes, "k", axis))),
    ]);
    return and(
      conjunction(inGrid),
      substitute(attend, (name) => place.get(name)),
    );
  };
  const claim = (goal: Expr, assumptions: readonly Expr[] = exist("q", pattern.axes.query)): Claim =>
    closed({ kind: "question", text, assumptions, goal }, domain);
  const { verdict, subject: analysed } = analyse(pattern, subject.constants);
  const rounds = verdict.kind === "never" ? [] : keysToTry(pattern.axes, analysed);
  return {
    text,
    proofs: rounds.map((keys) => claim(disjunction(keys.map(seesAt)))),
    failure: (bound) => {
      if (bound ** key.length > KEY_LIMIT) return undefined;
      const unseen = positions(key, bound).map((at) => not(seesAt(at.map(int))));
      return bounded(claim(FALSE, [...exist("q", pattern.axes.query), ...unseen]), bound);
    },
  };
}

/** What keeps two patterns from being compared. */
export type Mismatch =
  | { readonly kind: "axes" }
  | { readonly kind: "param"; readonly name: string }
  | { readonly kind: "table"; readonly name: string };

const sameNames = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((name) => b.includes(name));

const tightest = <T extends { min?: number; max?: number }>(a: T, b: T): T => {
  const min = Math.max(a.min ?? Number.NEGATIVE_INFINITY, b.min ?? Number.NEGATIVE_INFINITY);
  const max = Math.min(a.max ?? Number.POSITIVE_INFINITY, b.max ?? Number.POSITIVE_INFINITY);
  return { ...a, ...(Number.isFinite(min) ? { min } : {}), ...(Number.isFinite(max) ? { max } : {}) };
};

/** Joins declarations by name; those of one name are one, within the bounds of both. */
function joined<T extends PatternParam | PatternTable>(a: readonly T[], b: readonly T[]): T[] {
  const both = a.map((mine) => {
    const other = b.find(({ name }) => name === mine.name);
    return other ? tightest(mine, other) : mine;
  });
  return [...both, ...b.filter(({ name }) => !a.some((mine) => mine.name === name))];
}

const sameTable = (a: PatternTable, b: PatternTable) =>
  a.type === b.type &&
  a.sorted === b.sorted &&
  a.labels.length === b.labels.length &&
  a.labels.every(({ name, extent }, i) => name === b.labels[i]?.name && extent === b.labels[i]?.extent);

/** A pattern with the params and tables that its condition reads: what only the score reads is no part of a question. */
function conditionOnly(pattern: Pattern): Pattern {
  const nodes = nodesOf(pattern.attend);
  const read = new Set(nodes.flatMap((e) => (e.kind === "lookup" || e.kind === "search" ? [e.table] : [])));
  const tables = pattern.tables.filter(({ name }) => read.has(name));
  const extents = tables.flatMap(({ labels }) => labels.flatMap(({ extent }) => extent ?? []));
  const names = new Set([pattern.attend, ...extents].flatMap((e) => [...variablesOf(e)]));
  return { ...pattern, tables, params: pattern.params.filter(({ name }) => names.has(name)) };
}

/** What keeps two patterns from being compared: axes, or a param or table of one name that is not the same thing. */
export function mismatchOf(one: Pattern, other: Pattern): Mismatch | undefined {
  const [a, b] = [conditionOnly(one), conditionOnly(other)];
  const axes =
    a.axes.shared === b.axes.shared && sameNames(a.axes.query, b.axes.query) && sameNames(a.axes.key, b.axes.key);
  if (!axes) return { kind: "axes" };
  const param = a.params.find((mine) => b.params.some(({ name, type }) => name === mine.name && type !== mine.type));
  if (param) return { kind: "param", name: param.name };
  const table = a.tables.find((mine) => b.tables.some((his) => his.name === mine.name && !sameTable(mine, his)));
  return table && { kind: "table", name: table.name };
}

/** What a question about two patterns speaks of: params and tables of one name are one. */
export function domainOfBoth(a: Subject, b: Subject): Domain {
  const [mine, other] = [a, b].map(({ pattern, constants }) => domainOf(conditionOnly(pattern), constants)) as [
    Domain,
    Domain,
  ];
  return { axes: mine.axes, params: joined(mine.params, other.params), tables: joined(mine.tables, other.tables) };
}

function compared(
  a: Subject,
  b: Subject,
  text: string,
  statement: (a: Expr, b: Expr) => Pick<Statement, "assumptions" | "goal">,
): Question {
  const { assumptions, goal } = statement(conditionOf(a), conditionOf(b));
  return question(text, assumptions, goal, domainOfBoth(a, b));
}

/** Every pair of one pattern is a pair of the other. Params and tables of one name are one. */
export const isWithin = (a: Subject, b: Subject): Question =>
  compared(a, b, `every pair that attends in ${a.pattern.name} attends in ${b.pattern.name}`, (mine, other) => ({
    assumptions: [mine],
    goal: other,
  }));

/** Both patterns have the same pairs. */
export const isEqual = (a: Subject, b: Subject): Question =>
  compared(a, b, `${a.pattern.name} and ${b.pattern.name} have the same pairs`, (mine, other) => ({
    assumptions: [],
    goal: eq(mine, other),
  }));

/** No pair belongs to both patterns. */
export const isDisjoint = (a: Subject, b: Subject): Question =>
  compared(a, b, `no pair attends in both ${a.pattern.name} and ${b.pattern.name}`, (mine, other) => ({
    assumptions: [mine, other],
    goal: FALSE,
  }));
