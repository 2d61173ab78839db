/** Subject, setting and tables -> one picture in numbers, whatever it is drawn with. Runs in pages too. */
import { nodesOf } from "../../compiler/ir/expression.js";
import { type Tables, tablesRead } from "./tables.js";
import { type Setting, type Subject, viewOf } from "./view.js";
import type { Shown } from "./words.js";

/** The pattern depends on the head. */
export const readsHead = ({ pattern }: Pick<Subject, "pattern">): boolean =>
  nodesOf(pattern.attend, ...(pattern.score ? [pattern.score] : [])).some((e) => e.kind === "var" && e.name === "head");

/** `given` names the tables that were not drawn. */
export function shownOf(subject: Subject, setting: Setting, tables: Tables, given: readonly string[]): Shown {
  return {
    subject,
    setting,
    view: viewOf(subject, setting, tables),
    drawn: [...tablesRead(subject)].filter((name) => !given.includes(name)),
    byHead: readsHead(subject),
  };
}
