/** Tables: tensors that a pattern captures and calls like functions of their indices. */

/** Promises on the values of a table: the analysis uses them, the launcher checks them. */
export interface TablePromises {
  /** No value is smaller. */
  readonly min?: number;
  /** No value is larger. */
  readonly max?: number;
  /** Values never fall along the last dimension. */
  readonly sorted?: boolean;
}

/**
 * Extents of the dimensions that no axis, `head` or `batch` ties, in the order of their labels, from the int params:
 * `({ radius }) => [2 * radius + 1, 2 * radius + 1]`. Params have no type of their own here, since a table does not
 * know its pattern; `never` lets any of them be taken out, and a function that states their types be given.
 */
export type TableExtents = (params: never) => readonly number[];

export interface TableOptions extends TablePromises {
  /** Extents of the free dimensions: a table of another size is refused. */
  readonly extents?: TableExtents;
}

/**
 * A captured tensor with one label per dimension. A label that names an axis, `head` or `batch` ties the extent of
 * its dimension to that axis (for two grids: the larger side); any other label leaves it free, or to `extents`.
 */
export interface Table<
  Labels extends readonly string[] = readonly string[],
  Type extends "float" | "int" = "float" | "int",
> {
  readonly kind: "table";
  readonly type: Type;
  readonly labels: Labels;
  readonly promises: TablePromises;
  readonly extents?: TableExtents;
}

export type Tables = { readonly [name: string]: Table };

type Dimensions = readonly [string, ...string[]];

interface TableConstructor<Type extends "float" | "int"> {
  <const Labels extends Dimensions>(...labels: Labels): Table<Labels, Type>;
  <const Labels extends Dimensions>(...labelsThenOptions: [...Labels, TableOptions]): Table<Labels, Type>;
}

function tableOf<Type extends "float" | "int">(type: Type): TableConstructor<Type> {
  return ((...given: (string | TableOptions)[]): Table => {
    const last = given.at(-1);
    const { extents, ...promises } = typeof last === "object" ? last : {};
    const labels = given.filter((part): part is string => typeof part === "string");
    return { kind: "table", type, labels, promises, ...(extents ? { extents } : {}) };
  }) as TableConstructor<Type>;
}

/**
 * Declares a captured table of f32 values, `table("head")` or `table("dy", "dx", { min: 0 })`; `table.int` declares
 * one of int32 values. In `attend` and `score` it is a function of one integer per label.
 */
export const table: TableConstructor<"float"> & { readonly int: TableConstructor<"int"> } = Object.assign(
  tableOf("float"),
  { int: tableOf("int") },
);
