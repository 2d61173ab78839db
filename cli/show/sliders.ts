/** What a page lets one change, with the range of each: the query along every axis, the params, the head. Runs in pages too. */
import { variablesOf } from "../../compiler/ir/expression.js";
import type { PatternParam } from "../../compiler/plan/pattern.js";
import { readsHead } from "./shown.js";
import { headsOf, type Tables } from "./tables.js";
import type { Setting, Subject } from "./view.js";

export interface Slider {
  readonly kind: "query" | "param" | "head";
  /** Of the axis or the param. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  readonly value: number;
}

/** A range of whole numbers that is wider than this is cut to what matters on the grid. */
const WIDEST = 4096;

/** The declared bounds, as far as they can be seen on a grid of this extent. */
function rangeFor({ type, min, max }: PatternParam, value: number, extent: number) {
  const most = type === "int" ? Math.max(2 * value, extent) : Math.max(2 * Math.abs(value), 1);
  const least = type === "int" ? Math.min(value, 0) : Math.min(2 * value, 0);
  const lo = min !== undefined && (type === "float" || value - min <= WIDEST) ? min : least;
  const hi = max !== undefined && (type === "float" || max - lo <= WIDEST) ? max : most;
  return { min: lo, max: Math.min(Math.max(hi, value), max ?? Number.POSITIVE_INFINITY) };
}

/** Params that say how large a given table is: another value would need another table. */
function fixedBy({ pattern }: Subject, given: Tables): ReadonlySet<string> {
  const extents = pattern.tables
    .filter(({ name }) => given[name] !== undefined)
    .flatMap(({ labels }) => labels.flatMap(({ extent }) => (extent ? [extent] : [])));
  return new Set(extents.flatMap((extent) => [...variablesOf(extent)]));
}

export function slidersOf(subject: Subject, setting: Setting, given: Tables): Slider[] {
  const { axes, params } = subject.pattern;
  const { size, query, head } = setting;
  const extent = Math.max(...size.q, ...size.k);
  const fixed = fixedBy(subject, given);
  const places = axes.query.map((name, i): Slider => {
    return { kind: "query", name, min: 0, max: (size.q[i] as number) - 1, whole: true, value: query[i] as number };
  });
  const values = params
    .filter(({ name }) => !fixed.has(name))
    .map((param): Slider => {
      const value = setting.params[param.name] as number;
      const range = rangeFor(param, value, extent);
      return { kind: "param", name: param.name, ...range, whole: param.type === "int", value };
    });
  const byHead = readsHead(subject);
  const heads: Slider = {
    kind: "head",
    name: "head",
    min: 0,
    max: headsOf(subject, head, given) - 1,
    whole: true,
    value: head,
  };
  return [...places, ...values, ...(byHead ? [heads] : [])];
}

/** The setting that the sliders give. */
export function settingFrom(setting: Setting, sliders: readonly Slider[], values: readonly number[]): Setting {
  const of = (kind: Slider["kind"]) =>
    sliders.flatMap((slider, i) => (slider.kind === kind ? [[slider.name, values[i] as number] as const] : []));
  return {
    ...setting,
    query: of("query").map(([, value]) => value),
    params: { ...setting.params, ...Object.fromEntries(of("param")) },
    head: of("head")[0]?.[1] ?? setting.head,
  };
}

/** A value as a slider gives it: whole, or with few digits, and inside the range. */
export function settled({ whole, min, max, value: first }: Slider, value: number): number {
  if (value === first) return value;
  const digits = whole ? Math.round(value) : Number(value.toPrecision(3));
  return Math.min(Math.max(digits, min), max);
}
