/** What a launch guarantees of every variable: extents, positions, params within their bounds, extents of tables. */
import {
  type Expr,
  eq,
  FALSE,
  float,
  int,
  intVar,
  le,
  lookup,
  lt,
  max,
  nodesOf,
  substitute,
  variable,
  variablesOf,
} from "../ir/expression.js";
import { type Claim, entriesOf } from "../plan/claim.js";
import type { Axes, Pattern, PatternParam, PatternTable } from "../plan/pattern.js";

/** The names that claims speak of; for questions about two patterns, of both. */
export interface Domain {
  readonly axes: Axes;
  readonly params: readonly PatternParam[];
  readonly tables: readonly PatternTable[];
}

/** How many heads and batches a launch has. Names with a dot are never those of params. */
const HEADS = intVar("launch.heads");
const BATCHES = intVar("launch.batches");

/** The names of a pattern; params that are fixed are numbers and no names. */
export function domainOf({ axes, params, tables }: Pattern, constants: ReadonlyMap<string, number>): Domain {
  const fixed = (e: Expr) =>
    substitute(e, (name) => (constants.has(name) ? int(constants.get(name) as number) : undefined));
  const labels = (table: PatternTable) =>
    table.labels.map((label) => (label.extent ? { ...label, extent: fixed(label.extent) } : label));
  return {
    axes,
    params: params.filter(({ name }) => !constants.has(name)),
    tables: tables.map((table) => ({ ...table, labels: labels(table) })),
  };
}

const between = (low: Expr, e: Expr, high: Expr): Expr[] => [le(low, e), le(e, high)];

/** Grids are shared or not; a shared one has one set of sizes. */
export const sizeName = (axes: Axes, side: "q" | "k", axis: string): string =>
  `size.${axes.shared ? "q" : side}.${axis}`;

function ofParam({ name, type, min: low, max: high }: PatternParam): Expr[] {
  const [e, literal] = [variable(name, type), type === "int" ? int : float];
  return [...(low === undefined ? [] : [le(literal(low), e)]), ...(high === undefined ? [] : [le(e, literal(high))])];
}

/** The extent of a dimension that is declared or that a label ties to something; undefined for one that the caller chooses. */
function extentOf(table: PatternTable, dimension: number, axes: Axes): Expr | undefined {
  const label = table.labels[dimension] as PatternTable["labels"][number];
  if (label.tie === "free") return label.extent;
  if (label.tie === "head") return HEADS;
  if (label.tie === "batch") return BATCHES;
  const sides = (["q", "k"] as const).filter((side) => axes[side === "q" ? "query" : "key"].includes(label.name));
  return [...new Set(sides.map((side) => intVar(sizeName(axes, side, label.name))))].reduce(max);
}

function ofVariable(name: string, { axes, params, tables }: Domain): Expr[] {
  const e = intVar(name);
  const param = params.find((each) => each.name === name);
  if (param) return ofParam(param);
  const [head, side, axis] = name.split(".") as [string, "q" | "k", string];
  if (head === "entries") {
    const table = tables.find((each) => each.name === side);
    const extent = table && extentOf(table, Number(axis), axes);
    return [le(int(1), e), ...(extent ? [eq(e, extent)] : [])];
  }
  if (e === HEADS || e === BATCHES || head === "size") return [le(int(1), e)];
  if (name === "head") return [le(int(0), e), lt(e, HEADS)];
  if (name === "batch") return [le(int(0), e), lt(e, BATCHES)];
  if (head === "origin") return between(int(0), e, intVar(`last.${side}.${axis}`));
  if (head === "last") return [le(int(0), e), lt(e, intVar(sizeName(axes, side, axis)))];
  if ((head === "q" || head === "k") && axis === undefined) {
    return [le(int(0), e), lt(e, intVar(sizeName(axes, head, side as string)))];
  }
  return [];
}

/** Names that some expressions read: variables, and the extents of the tables that they index. */
function namesOf(expressions: readonly Expr[]): string[] {
  const extents = nodesOf(...expressions).flatMap((e) => {
    if (e.kind === "lookup") return e.indices.map((_, i) => entriesOf(e.table, i));
    return e.kind === "search" ? [entriesOf(e.table, 0)] : [];
  });
  return [...expressions.flatMap((e) => [...variablesOf(e)]), ...extents];
}

/** What is known of all names that some expressions read, and of those that this knowledge reads. */
export function premisesOf(expressions: readonly Expr[], domain: Domain): Expr[] {
  const found: Expr[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const premise of ofVariable(name, domain)) {
      found.push(premise);
      for (const other of variablesOf(premise)) visit(other);
    }
  };
  for (const name of namesOf(expressions)) visit(name);
  return found;
}

/**
 * Claims that no launch exists: no values of params and tables within all that is declared of them. Where it holds,
 * every other claim about the domain holds too, and says nothing.
 */
export function claimOfNoLaunch(domain: Domain): Claim {
  const params = domain.params.map(({ name, type }) => variable(name, type));
  const entries = domain.tables.map(({ name, type, labels }) =>
    lookup(
      name,
      type,
      labels.map(() => int(0)),
    ),
  );
  const exist = [...params, ...entries].map((e) => eq(e, e));
  const assumptions = [...premisesOf(exist, domain), ...exist];
  return { kind: "question", text: "no launch exists", assumptions, goal: FALSE, tables: domain.tables };
}
