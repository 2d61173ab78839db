/** The tables of a picture: those that were given, and the others drawn within their promises, so that any pattern can be shown. */
import { evaluator, type TableValues } from "../../compiler/ir/evaluate.js";
import { nodesOf } from "../../compiler/ir/expression.js";
import type { PatternTable, TableLabel } from "../../compiler/plan/pattern.js";
import type { Table } from "../../runtime/launcher/types.js";
import { chance, drawnValue, filled } from "../chance.js";
import type { Setting, Subject } from "./view.js";

const SEED = 1;
/** Pictures want long runs in sorted tables, and slopes and weights that are not negative. */
const HABIT = { int: { low: 0, spread: 3, pace: 12 }, float: { low: 0, spread: 1, pace: 12 } } as const;
/** Heads that a picture can choose from where no table says how many there are. */
const HEADS = 8;

const isOpen = ({ tie, extent }: TableLabel) => tie === "free" && extent === undefined;

/** Tables whose extents nothing states: they have to be given. */
export const openTables = ({ pattern }: Pick<Subject, "pattern">): string[] =>
  pattern.tables.filter(({ labels }) => labels.some(isOpen)).map(({ name }) => name);

/** The tables that the pattern reads to decide and to score. */
export function tablesRead({ pattern }: Pick<Subject, "pattern">): ReadonlySet<string> {
  const nodes = nodesOf(pattern.attend, ...(pattern.score ? [pattern.score] : []));
  return new Set(nodes.flatMap((e) => (e.kind === "lookup" || e.kind === "search" ? [e.table] : [])));
}

/** Number of heads: what the given tables hold, else enough for the one that is shown. */
export function headsOf({ pattern }: Pick<Subject, "pattern">, head: number, given: TableValues): number {
  const found = pattern.tables.flatMap(({ name, labels }) =>
    labels.flatMap(({ tie }, i) => (tie === "head" ? [given[name]?.shape[i] ?? 0] : [])),
  );
  const most = Math.max(0, ...found);
  return most > 0 ? most : Math.max(HEADS, head + 1);
}

type Subjects = Pick<Subject, "pattern">;
type Scope = Pick<Setting, "size" | "params">;

function extentOf(label: TableLabel, subject: Subjects, { size, params }: Scope, heads: number): number {
  const { axes } = subject.pattern;
  if (label.tie === "head") return heads;
  if (label.tie === "batch") return 1;
  if (label.extent) return evaluator(label.extent)({ ...params });
  return Math.max(size.q[axes.query.indexOf(label.name)] ?? 0, size.k[axes.key.indexOf(label.name)] ?? 0);
}

function drawn(table: PatternTable, which: number, subject: Subjects, setting: Scope, heads: number): Table {
  const shape = table.labels.map((label) => extentOf(label, subject, setting, heads));
  const habit = HABIT[table.type];
  const value = (indices: readonly number[]) => drawnValue(table, habit, indices, chance(SEED, which, ...indices));
  const values = filled(shape, value);
  return { shape, data: table.type === "int" ? Int32Array.from(values) : Float32Array.from(values) };
}

export type Tables = { readonly [name: string]: Table };

/** Every table of the pattern, for a number of heads: those that are given, and the others drawn. */
export const drawTables = (subject: Subjects, setting: Scope, heads: number, given: Tables): Tables =>
  Object.fromEntries(
    subject.pattern.tables.map((table, which) => [
      table.name,
      given[table.name] ?? drawn(table, which, subject, setting, heads),
    ]),
  );

/** The tables of a picture. Values that are drawn depend on their indices alone, so that a slider moves nothing else. */
export const tablesOf = (subject: Subject, setting: Setting, given: Tables): Tables =>
  drawTables(subject, setting, headsOf(subject, setting.head, given), given);
