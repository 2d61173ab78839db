/** Derives the loop nest of a tile: per region and axis the bounds, lattices and tests that visit every live pair once. */
import { type Expr, FALSE, int, intVar, neg, sub, variablesOf } from "../ir/expression.js";
import { isPosition, polynomialOf, varies } from "../ir/polynomial.js";
import type { Axes } from "../plan/pattern.js";
import type { Loop, LoopNest, Region, TileShapes } from "../plan/plan.js";
import { boundsOf, boundsOfForm, type Fact, type Scope } from "./bounds.js";
import { factsOf, factsOfTile, sameForm } from "./facts.js";
import { type Interval, largest, smallest, tidy } from "./interval.js";
import { all, atLeastZero, type Conjunction, contradict, normalised, partsOf } from "./logic.js";
import { atMost, fullOf, liveOf } from "./pair-tests.js";
import type { Ranges } from "./ranges.js";
import { rowBoundsOf } from "./row-bounds.js";
import { meet, solve } from "./solve.js";

/** What the derivation needs to know of a pattern. */
export interface Subject {
  readonly axes: Axes;
  readonly ranges: Ranges;
  readonly sorted: ReadonlySet<string>;
  /** The disjunction of these is the pattern. */
  readonly conjunctions: readonly Conjunction[];
}

/** One side of the derivation: its letter, axes and tile extents. */
interface Side {
  readonly letter: "q" | "k";
  readonly axes: readonly string[];
  readonly tile: readonly number[];
}

/** So many facts are used to draw bounds in; more would tighten little and cost the square of their number. */
const FACT_LIMIT = 12;

/** tile + conjunctions -> regions of loops, for the tile of queries or, with roles swapped, of keys. */
export function deriveLoops(subject: Subject, tiles: TileShapes, role: LoopNest["role"]): LoopNest {
  const query: Side = { letter: "q", axes: subject.axes.query, tile: tiles.query };
  const key: Side = { letter: "k", axes: subject.axes.key, tile: tiles.key };
  const [tile, looped] = role === "query-tile" ? [query, key] : [key, query];
  const regions = subject.conjunctions.map((own, i) =>
    deriveRegion(subject, own, earlierThan(subject.conjunctions, i), tile, looped),
  );
  return { role, regions: regions.filter((region) => region.guard !== FALSE) };
}

/** The earlier conjunctions whose pairs a region must leave out. */
const earlierThan = (conjunctions: readonly Conjunction[], i: number) =>
  conjunctions.slice(0, i).filter((other) => !contradict(conjunctions[i] as Conjunction, other));

const tileBox = ({ letter, axes, tile }: Side): [string, Interval][] =>
  axes.map((axis, i) => [`${letter}.${axis}`, boxEnds(letter, axis, tile[i] as number)]);

/** Ends of a box along one axis; a box of extent 1 has one end, so that what it decides is exact. */
function boxEnds(letter: string, axis: string, extent: number): Interval {
  const lo = intVar(`${letter}.${axis}.lo`);
  return { lo, hi: extent === 1 ? lo : intVar(`${letter}.${axis}.hi`) };
}

const domain = (letter: string, axis: string): Interval => ({
  lo: intVar(`origin.${letter}.${axis}`),
  hi: intVar(`last.${letter}.${axis}`),
});

function scopeOf(subject: Subject, box: readonly (readonly [string, Interval])[], facts: readonly Fact[]): Scope {
  return { box: new Map(box), facts, ranges: subject.ranges, sorted: subject.sorted, memo: new Map() };
}

function deriveRegion(
  subject: Subject,
  own: Conjunction,
  earlier: readonly Conjunction[],
  tile: Side,
  looped: Side,
): Region {
  const positions = [tileBox(tile), tileBox(looped)].flat();
  const readsLooped = (e: Expr) => [...variablesOf(e)].some((name) => name.startsWith(`${looped.letter}.`));
  const stated = own.flatMap(factsOf).slice(0, FACT_LIMIT);
  const ofTile = factsOfTile(stated, readsLooped).slice(0, FACT_LIMIT);
  const known = [...stated, ...ofTile];
  const facts = known.filter((fact) => !isPointwise(fact, new Map(positions)));
  const loops = looped.axes.map((_, depth) => deriveLoop(subject, own, facts, tile, looped, depth));
  const innermost = scopeOf(subject, positions, []);
  const previous = earlier.map((conjunction) => all(conjunction));
  const uncovered = previous.map((condition) => normalised(fullOf(condition, innermost), true));
  const last = loops.length - 1;
  const attend = all([all(own), ...previous.map((condition) => normalised(condition, true))]);
  const row =
    looped.letter === "k"
      ? rowBoundsOf(partsOf(attend, "and"), looped.axes[last] as string, subject.ranges)
      : undefined;
  const testedAt = (e: Expr) => Math.max(deepestEnd(e, looped), 0);
  return {
    guard: all([
      liveOf(all(own.filter((part) => !readsLooped(part))), scopeOf(subject, tileBox(tile), facts)),
      agreement(known, subject.ranges),
      ...ofTile.map((fact) => reachable(fact, scopeOf(subject, tileBox(tile), []))),
    ]),
    loops: loops.map((loop, depth) => ({
      ...loop,
      live: all([loop.live, ...uncovered.filter((e) => Math.min(testedAt(e), last) === depth)]),
    })),
    full: all([
      fullOf(all(own), innermost),
      ...previous.map((condition) => normalised(liveOf(condition, innermost), true)),
    ]),
    attend,
    ...(row ? { row } : {}),
  };
}

/** The facts leave room: where two bound one form apart for the params given, no pair attends. */
function agreement(facts: readonly Fact[], ranges: Ranges): Expr {
  const pairs = facts.flatMap((a) =>
    facts.flatMap((b) => (a.lo && b.hi && sameForm(a, b) ? [atMost(a.lo, b.hi, ranges)] : [])),
  );
  return all([...new Set(pairs)]);
}

/** Whether a form takes a value over the box that a fact allows. */
function reachable({ form, lo, hi }: Fact, scope: Scope): Expr {
  const span = boundsOfForm(form, scope);
  const below = hi && span.lo ? [atMost(span.lo, hi, scope.ranges)] : [];
  const above = lo && span.hi ? [atMost(lo, span.hi, scope.ranges)] : [];
  return all([...below, ...above]);
}

/** Whether the boxes are single points in all that a fact relates: then the loops themselves keep to it. */
const isPointwise = (fact: Fact, box: ReadonlyMap<string, Interval>): boolean =>
  [...fact.form.keys()].every((factor) =>
    [...variablesOf(factor)].every((name) => !isPosition(name) || box.get(name)?.lo === box.get(name)?.hi),
  );

function deriveLoop(
  subject: Subject,
  own: Conjunction,
  facts: readonly Fact[],
  tile: Side,
  looped: Side,
  depth: number,
): Loop {
  const { letter, axes } = looped;
  const axis = axes[depth] as string;
  const unknown = `${letter}.${axis}`;
  const outer = tileBox(looped).slice(0, depth);
  const rest = axes.slice(depth);
  const beneath = [...tileBox(tile), ...outer];
  const blind = scopeOf(subject, beneath, facts);
  const whole = scopeOf(
    subject,
    [...beneath, ...rest.map((each) => [`${letter}.${each}`, domain(letter, each)] as const)],
    facts,
  );
  const question = { unknown, scopes: [blind, whole] };
  const solved = meet(
    own.map((part) => solve(part, question)),
    question,
  );
  const { lo, hi } = domain(letter, axis) as Required<Interval>;
  const lattice = latticeOf(own, unknown, whole);
  const isKnown = (name: string) => !isPosition(name) || new Map(beneath).has(name) || name === unknown;
  const decided = own.filter((part) => deepest(part, looped) === depth && [...variablesOf(part)].every(isKnown));
  const unsolved = decided.filter((part) => !isLinear(part, unknown) && part !== lattice?.atom);
  const here = scopeOf(subject, [...tileBox(tile), ...tileBox(looped).slice(0, depth + 1)], facts);
  return {
    axis,
    lower: largest(subject.ranges, [lo as Expr, ...(solved.lo ? [solved.lo] : [])]),
    upper: smallest(subject.ranges, [hi as Expr, ...(solved.hi ? [solved.hi] : [])]),
    step: lattice?.step ?? int(1),
    ...(lattice ? { residue: lattice.residue } : {}),
    live: all(unsolved.map((part) => liveOf(part, here))),
    scanned: !solved.lo && !solved.hi && !lattice,
  };
}

/** Index of the innermost looped axis that a condition reads; -1 for none. */
const deepest = (e: Expr, { letter, axes }: Side): number =>
  Math.max(-1, ...axes.map((axis, i) => (variablesOf(e).has(`${letter}.${axis}`) ? i : -1)));

/** The same for a test over the ends of boxes. */
const deepestEnd = (e: Expr, { letter, axes }: Side): number =>
  Math.max(-1, ...axes.map((axis, i) => (readsEnd(e, `${letter}.${axis}`) ? i : -1)));

const readsEnd = (e: Expr, position: string) => [...variablesOf(e)].some((name) => name.startsWith(`${position}.`));

/** Whether an atom is a comparison in which the unknown stands alone with a number, so that its bounds say all. */
function isLinear(atom: Expr, unknown: string): boolean {
  const [difference] = atLeastZero(atom);
  if (!difference) return false;
  const terms = [...polynomialOf(difference).values()];
  const [term, ...more] = terms.filter((each) => each.factors.some((factor) => variablesOf(factor).has(unknown)));
  return more.length === 0 && term?.factors.length === 1 && term.factors[0] === intVar(unknown);
}

interface Lattice {
  readonly atom: Expr;
  readonly step: Expr;
  readonly residue: Expr;
}

/** `(u +- unknown) % m === r` with all but the unknown fixed by tile and outer boxes: positions lie on a lattice. */
export function latticeOf(own: Conjunction, unknown: string, scope: Scope): Lattice | undefined {
  for (const atom of own.flatMap((part) => partsOf(part, "and"))) {
    if (atom.kind !== "binary" || atom.op !== "eq" || atom.a.type !== "int") continue;
    for (const [u, r] of [[atom.a, atom.b] as const, [atom.b, atom.a] as const]) {
      if (u.kind !== "binary" || u.op !== "rem" || varies(u.b) || scope.ranges(u.b)[0] < 1) continue;
      if (u.b === int(1) || variablesOf(r).has(unknown)) continue;
      const p = polynomialOf(u.a);
      const mine = [...p.values()].filter((term) => term.factors.some((factor) => variablesOf(factor).has(unknown)));
      const [term] = mine;
      if (mine.length !== 1 || !term || term.factors[0] !== intVar(unknown) || term.factors.length !== 1) continue;
      if (Math.abs(term.coefficient) !== 1) continue;
      const others = sub(r, sub(u.a, term.coefficient === 1 ? intVar(unknown) : neg(intVar(unknown))));
      const residue = boundsOf(tidy(term.coefficient === 1 ? others : neg(others)), scope);
      if (!residue.lo || residue.lo !== residue.hi) continue;
      return { atom, step: u.b, residue: tidy(residue.lo) };
    }
  }
  return undefined;
}
