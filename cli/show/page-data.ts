/** What a page carries, and how it draws from it: the plan itself, so that every picture comes from the same analysis. */
import { fromRows, type Rows, toRows } from "../../compiler/ir/rows.js";
import { type Checked, problemsOf } from "./checks.js";
import { pictureOf } from "./picture.js";
import { shownOf } from "./shown.js";
import { type Slider, settingFrom, slidersOf } from "./sliders.js";
import { type Tables, tablesOf } from "./tables.js";
import type { Setting, Subject } from "./view.js";
import type { Shown } from "./words.js";

interface StoredTable {
  readonly type: "int" | "float";
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Plain JSON. */
export interface PageData {
  readonly subject: Rows<Omit<Subject, "constants">>;
  readonly checked: Checked;
  readonly setting: Setting;
  readonly given: { readonly [name: string]: StoredTable };
  readonly sliders: readonly Slider[];
}

export function pageDataOf(
  { pattern, tiles, forward, constants }: Subject,
  setting: Setting,
  given: Tables,
  checked: Checked,
): PageData {
  const { name, sentence, axes, params, tables, attend, score } = pattern;
  const own = { name, sentence, axes, params, tables, attend, ...(score ? { score } : {}) };
  const stored = Object.entries(given).map(([table, { shape, data }]) => {
    const type = data instanceof Int32Array ? "int" : "float";
    return [table, { type, shape, values: [...data] }] as const;
  });
  return {
    subject: toRows({ pattern: own, tiles, forward }),
    checked: { tables: checked.tables, checks: checked.checks },
    setting,
    given: Object.fromEntries(stored),
    sliders: slidersOf({ pattern, tiles, forward, constants }, setting, given),
  };
}

/** A picture, or why the launcher would refuse these values. */
export type Redrawn =
  | { readonly kind: "picture"; readonly shown: Shown; readonly svg: string }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** A function from the values of the sliders to the picture. */
export function drawerOf({ subject: stored, checked, setting, given, sliders }: PageData) {
  const subject: Subject = { ...fromRows(stored), constants: new Map() };
  const tables: Tables = Object.fromEntries(
    Object.entries(given).map(([name, { type, shape, values }]) => {
      return [name, { shape, data: type === "int" ? Int32Array.from(values) : Float32Array.from(values) }];
    }),
  );
  return (values: readonly number[]): Redrawn => {
    const chosen = settingFrom(setting, sliders, values);
    const all = tablesOf(subject, chosen, tables);
    const problems = problemsOf(subject, chosen, all, checked);
    if (problems.length > 0) return { kind: "refused", problems: problems.map(({ message }) => message) };
    const shown = shownOf(subject, chosen, all, Object.keys(given));
    return { kind: "picture", shown, svg: pictureOf(shown) };
  };
}
