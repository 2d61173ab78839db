/** Tables as uninterpreted functions with what is promised of them: bounds, order, and the counts of a search. */
import { entriesOf } from "../../compiler/plan/claim.js";
import type { PatternTable } from "../../compiler/plan/pattern.js";
import { integer, real, SORT } from "./literals.js";
import type { Lines } from "./products.js";

/** A place at which a table is read: the variables of its indices, within the table, and of its value. */
export interface Read {
  readonly table: string;
  readonly indices: readonly string[];
  readonly value: string;
}

interface Search {
  readonly table: string;
  readonly value: string;
  readonly strict: boolean;
  readonly count: string;
}

export interface Tables {
  /** The value at indices, each clamped to the table. */
  readonly read: (table: string, indices: readonly string[]) => string;
  /** How many entries of a sorted table are below a value or, where not strict, at most it. */
  readonly search: (table: string, value: string, strict: boolean) => string;
  readonly reads: readonly Read[];
}

interface Declarations extends Lines {
  readonly declare: (name: string, inputs: readonly string[], sort: string) => string;
  readonly variable: (name: string, sort: string) => string;
}

/** Keeps the reads of the tables of one script. */
export function tablesOf(declarations: readonly PatternTable[], lines: Declarations): Tables {
  const { fresh, assert, declare, variable } = lines;
  const reads: Read[] = [];
  const searches: Search[] = [];
  const known = new Map(declarations.map((table) => [table.name, table]));
  const entries = (table: string, dimension: number) => variable(entriesOf(table, dimension), "Int");

  /** A search of a table that is not sorted finds some count: nothing more is known of it. */
  const isSorted = (name: string) => known.get(name)?.sorted === true && known.get(name)?.labels.length === 1;

  /** Entries before a count are below the value that was searched for, those from the count on are not. */
  const splitsAt = ({ value, strict, count }: Search, index: string, entry: string) =>
    assert(`(= (${strict ? "<" : "<="} ${entry} ${value}) (< ${index} ${count}))`);

  const keepSorted = (table: string, index: string, value: string) => {
    for (const other of reads.filter((each) => each.table === table)) {
      const at = other.indices[0] as string;
      assert(`(=> (<= ${at} ${index}) (<= ${other.value} ${value}))`);
      assert(`(=> (>= ${at} ${index}) (>= ${other.value} ${value}))`);
    }
    for (const search of searches.filter((each) => each.table === table)) splitsAt(search, index, value);
  };

  const places = new Map<string, string>();
  const clamped = (index: string, n: string): string => {
    const term = `(ite (< ${index} 0) 0 (ite (< ${index} ${n}) ${index} (- ${n} 1)))`;
    let place = places.get(term);
    if (!place) {
      place = fresh("place");
      places.set(term, place);
      assert(`(= ${place} ${term})`);
    }
    return place;
  };

  const read = (name: string, given: readonly string[]): string => {
    const table = known.get(name);
    if (!table) throw new Error(`bug in mscc: a claim reads the table '${name}', which it does not list`);
    const { type, min, max } = table;
    const f = declare(
      `table ${name}`,
      given.map(() => "Int"),
      SORT[type],
    );
    const indices = given.map((index, i) => clamped(index, entries(name, i)));
    const key = indices.join(" ");
    const before = reads.find((each) => each.table === name && each.indices.join(" ") === key);
    if (before) return before.value;
    const value = fresh("entry", SORT[type]);
    assert(`(= ${value} (${f} ${key}))`);
    if (min !== undefined) assert(`(>= ${value} ${type === "int" ? integer(Math.ceil(min)) : real(min)})`);
    if (max !== undefined) assert(`(<= ${value} ${type === "int" ? integer(Math.floor(max)) : real(max)})`);
    if (isSorted(name)) keepSorted(name, indices[0] as string, value);
    reads.push({ table: name, indices, value });
    return value;
  };

  const search = (table: string, value: string, strict: boolean): string => {
    const before = searches.find((each) => each.table === table && each.value === value && each.strict === strict);
    if (before) return before.count;
    const made = { table, value, strict, count: fresh("count") };
    assert(`(and (<= 0 ${made.count}) (<= ${made.count} ${entries(table, 0)}))`);
    searches.push(made);
    if (!isSorted(table)) return made.count;
    for (const each of reads.filter((other) => other.table === table)) {
      splitsAt(made, each.indices[0] as string, each.value);
    }
    // With the entries on both sides of it, the count is determined: any model extends to a whole table.
    read(table, [`(- ${made.count} 1)`]);
    read(table, [made.count]);
    return made.count;
  };

  return { read, search, reads };
}
