/** Makes a counterexample small: drops positions of axes and lowers numbers for as long as the claim still fails. */
import type { Environment, TableValues } from "../ir/evaluate.js";
import { type Counterexample, entriesOf } from "../plan/claim.js";
import type { PatternTable } from "../plan/pattern.js";

type Fails = (values: Counterexample) => boolean;

/** Numbers up to this size are all tried; a larger one is halved first. */
const NEAR = 64;
/** Tables with more entries than this are left as they are. */
const SMALL_TABLE = 64;

/** Numbers nearer to 0 than the given one, the nearest first. */
function nearerToZero(value: number): number[] {
  const size = Math.abs(value);
  const small = Array.from({ length: Math.min(Math.ceil(size), NEAR) }, (_, i) => (value < 0 && i > 0 ? -i : i));
  return size > NEAR ? [...small, Math.trunc(value / 2)] : small;
}

/** Each variable lowered by itself. Extents of tables stay: the tables are written out already. */
function lowerVariables(given: Counterexample, fails: Fails): Counterexample {
  let best = given;
  for (const name of Object.keys(given.variables)) {
    if (name.startsWith("entries.")) continue;
    const candidates = nearerToZero(best.variables[name] as number);
    best =
      candidates
        .map((value) => ({ ...best, variables: { ...best.variables, [name]: value } }))
        .find((candidate) => fails(candidate)) ?? best;
  }
  return best;
}

/** A table without one index of a dimension. */
function withoutIndex({ shape, data }: TableValues[string], dimension: number, index: number): TableValues[string] {
  const inner = shape.slice(dimension + 1).reduce((product, extent) => product * extent, 1);
  const extent = shape[dimension] as number;
  const kept = Array.from(data).filter((_, i) => Math.floor(i / inner) % extent !== index);
  return { shape: shape.map((n, i) => (i === dimension ? n - 1 : n)), data: kept };
}

/** Axes by name, with those of both sides together. */
const axesOf = (variables: Environment): string[] => [
  ...new Set(Object.keys(variables).flatMap((name) => /^size\.[qk]\.(.*)$/.exec(name)?.[1] ?? [])),
];

/** The grid without the first or the last position of an axis, and tables that the axis indexes without that entry. */
function withoutPosition(
  { variables, tables }: Counterexample,
  axis: string,
  end: "first" | "last",
  declared: readonly PatternTable[],
): Counterexample {
  const next: Environment = { ...variables };
  for (const [name, value] of Object.entries(variables)) {
    const isSize = name === `size.q.${axis}` || name === `size.k.${axis}`;
    const isPosition = new RegExp(`^(origin\\.|last\\.)?[qk]\\.${axis}(\\.lo|\\.hi)?$`).test(name);
    if (isSize || (isPosition && end === "first")) next[name] = value - 1;
  }
  const smaller: { [name: string]: TableValues[string] } = { ...tables };
  for (const { name, labels } of declared) {
    for (const [dimension, label] of labels.entries()) {
      const table = smaller[name];
      if (label.tie !== "axis" || label.name !== axis || !table) continue;
      const entries = entriesOf(name, dimension);
      const extent = table.shape[dimension] as number;
      smaller[name] = withoutIndex(table, dimension, end === "first" ? 0 : extent - 1);
      if (next[entries] !== undefined) next[entries] = extent - 1;
    }
  }
  return { variables: next, tables: smaller };
}

function dropPositions(given: Counterexample, fails: Fails, declared: readonly PatternTable[]): Counterexample {
  let best = given;
  for (const axis of axesOf(given.variables)) {
    for (const end of ["first", "last"] as const) {
      for (;;) {
        const sizes = Object.entries(best.variables).filter(
          ([name]) => name.startsWith("size.") && name.endsWith(`.${axis}`),
        );
        if (sizes.some(([, size]) => size <= 1)) break;
        const candidate = withoutPosition(best, axis, end, declared);
        if (!fails(candidate)) break;
        best = candidate;
      }
    }
  }
  return best;
}

/** Whether a table keeps what is promised of it. */
function keepsPromises({ data }: TableValues[string], { min, max, sorted }: PatternTable): boolean {
  const values = Array.from(data);
  const isWithin = values.every((value) => value >= (min ?? value) && value <= (max ?? value));
  return isWithin && (!sorted || values.every((value, i) => i === 0 || value >= (values[i - 1] as number)));
}

/** Entries of small tables put to 0 one after the other, from both ends. */
function lowerTables(given: Counterexample, fails: Fails, declared: readonly PatternTable[]): Counterexample {
  let best = given;
  for (const table of declared) {
    const { data } = best.tables[table.name] ?? { data: [] };
    if (data.length > SMALL_TABLE) continue;
    const forward = Array.from(data, (_, i) => i);
    for (const place of [...forward, ...forward.reverse()]) {
      const now = best.tables[table.name];
      if (!now || now.data[place] === 0) continue;
      const changed = { ...now, data: Array.from(now.data, (value, i) => (i === place ? 0 : value)) };
      if (!keepsPromises(changed, table)) continue;
      const candidate = { ...best, tables: { ...best.tables, [table.name]: changed } };
      if (fails(candidate)) best = candidate;
    }
  }
  return best;
}

/** A counterexample that none of these steps makes smaller. */
export function lowered(given: Counterexample, fails: Fails, declared: readonly PatternTable[]): Counterexample {
  let best = given;
  for (;;) {
    const next = lowerTables(lowerVariables(dropPositions(best, fails, declared), fails), fails, declared);
    if (next === best) return best;
    best = next;
  }
}
