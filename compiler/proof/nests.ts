/** Loop nest -> claims: every pair that attends is visited exactly once, and `guard`, `live` and `full` say what they must. */
import {
  add,
  binary,
  bool,
  type Expr,
  eq,
  FALSE,
  floorDiv,
  int,
  intVar,
  le,
  lt,
  mul,
  nodesOf,
  select,
  sub,
  TRUE,
  variablesOf,
} from "../ir/expression.js";
import type { Claim, ClaimKind } from "../plan/claim.js";
import { type AttentionPlan, type Loop, type LoopNest, partsOfRow, type Region } from "../plan/plan.js";
import { readsWithin } from "./indices.js";
import type { Domain } from "./premises.js";
import { claimsOfRow } from "./rows.js";
import { closed, conjunction, disjunction, inBox, inOperand, inTile, type Side, type Statement } from "./statement.js";

const congruent = (a: Expr, b: Expr, modulus: Expr) => eq(binary("rem", sub(a, b), modulus), int(0));

/** What surrounds a region: the tile, the looped side, and how claims name the region. */
interface Surroundings {
  readonly tile: Side;
  readonly looped: Side;
  readonly name: string;
}

/** A loop with what is known of a pair of its tile that it has to visit. */
interface Visit {
  readonly loop: Loop;
  /** The pair lies in the tile, in the operands and, where it attends, reads its tables within their extents. */
  readonly pair: readonly Expr[];
  /** It lies in the boxes of the outer loops. */
  readonly outer: readonly Expr[];
  /** It lies in a box of this loop. */
  readonly box: readonly Expr[];
}

/** What the expressions of a loop may read of positions: the ends of the tile and of the boxes outside it. */
function readsOnly(expressions: readonly Expr[], { tile, looped }: Surroundings, depth: number): boolean {
  const known = [
    ...tile.axes.map((axis) => `${tile.letter}.${axis}`),
    ...looped.axes.slice(0, depth).map((axis) => `${looped.letter}.${axis}`),
  ];
  const ends = new Set(known.flatMap((place) => [`${place}.lo`, `${place}.hi`]));
  return expressions.every((e) => [...variablesOf(e)].every((name) => !/^[qk]\./.test(name) || ends.has(name)));
}

/** Whether a condition or score reads the pair and no ends of tiles or boxes. */
export const readsPairOnly = (e: Expr): boolean =>
  [...variablesOf(e)].every((name) => !/^(origin\.|last\.|[qk]\..*\.(lo|hi)$)/.test(name));

function claimsOfLoop({ loop, pair, outer, box }: Visit, depth: number, surroundings: Surroundings): Statement[] {
  const { tile, looped, name } = surroundings;
  const { lower, upper, step, residue, live } = loop;
  const place = `${looped.letter}.${loop.axis}`;
  const at = intVar(place);
  const where = `the loop over ${place}${name}`;
  const [anywhere, attending] = [
    [...inTile(tile), ...outer],
    [...pair, ...outer],
  ];
  const inside = conjunction([le(intVar(`origin.${place}`), lower), le(upper, intVar(`last.${place}`))]);
  const isScoped =
    readsOnly([lower, upper, step, ...(residue ? [residue] : [])], surroundings, depth) &&
    readsOnly([live], surroundings, depth + 1);
  const claim = (kind: ClaimKind, text: string, assumptions: readonly Expr[], goal: Expr): Statement => ({
    kind,
    text,
    assumptions,
    goal,
  });
  return [
    claim("uniqueness", `${where} depends on its tile and on the boxes around it alone`, [], bool(isScoped)),
    claim("coverage", `${where} stays within the operand`, anywhere, inside),
    claim("coverage", `no pair that attends lies before the start of ${where}`, attending, le(lower, at)),
    claim("coverage", `no pair that attends lies after the end of ${where}`, attending, le(at, upper)),
    ...(residue
      ? [
          claim(
            "coverage",
            `every pair that attends lies on the lattice of ${where}`,
            attending,
            congruent(at, residue, step),
          ),
          claim("uniqueness", `${where} advances`, anywhere, le(int(1), step)),
        ]
      : [claim("coverage", `${where} takes every position`, anywhere, eq(step, int(1)))]),
    claim("tiles", `\`live\` of ${where} lets every pair that attends pass`, [...attending, ...box], live),
  ];
}

function claimsOfRegion(region: Region, surroundings: Surroundings): Statement[] {
  const { tile, looped, name } = surroundings;
  const pair = [...inTile(tile), ...inOperand(looped), region.attend, ...readsWithin(region.attend)];
  const boxes = region.loops.map((loop, i) => inBox(loop, looped.letter, looped.extents[i] as number));
  const onLattices = region.loops
    .filter((loop) => loop.residue)
    .map(({ axis, step }) =>
      congruent(intVar(`${looped.letter}.${axis}`), intVar(`${looped.letter}.${axis}.lo`), step),
    );
  const isScoped =
    readsOnly([region.guard], surroundings, 0) &&
    readsOnly([region.full], surroundings, looped.axes.length) &&
    [region.attend, ...partsOfRow(region.row)].every(readsPairOnly);
  return [
    {
      kind: "uniqueness",
      text: `each test${name} reads what is known where it is made`,
      assumptions: [],
      goal: bool(isScoped),
    },
    {
      kind: "tiles",
      text: `the guard${name} lets every tile with a pair that attends pass`,
      assumptions: pair,
      goal: region.guard,
    },
    {
      kind: "coverage",
      text: `there is one loop per axis${name}`,
      assumptions: [],
      goal: bool(region.loops.map(({ axis }) => axis).join() === looped.axes.join()),
    },
    ...region.loops.flatMap((loop, depth) => {
      const visit = { loop, pair, outer: boxes.slice(0, depth).flat(), box: boxes[depth] as Expr[] };
      return claimsOfLoop(visit, depth, surroundings);
    }),
    {
      kind: "tiles",
      text: `\`full\`${name} holds only where every pair of tile and box attends`,
      assumptions: [...inTile(tile), ...inOperand(looped), ...boxes.flat(), ...onLattices, region.full],
      goal: region.attend,
    },
    ...claimsOfRow(region, looped.axes.at(-1) as string, [...inTile(tile), ...inOperand(looped)], name),
  ];
}

/** Claims about the loops of one role. `attend` is the declared condition with constants put in. */
export function claimsOfNest(
  { tiles, pattern: { axes } }: AttentionPlan,
  { role, regions }: LoopNest,
  attend: Expr,
  domain: Domain,
): Claim[] {
  const query: Side = { letter: "q", axes: axes.query, extents: tiles.query };
  const key: Side = { letter: "k", axes: axes.key, extents: tiles.key };
  const [tile, looped] = role === "query-tile" ? [query, key] : [key, query];
  const side = role === "query-tile" ? "for a tile of queries" : "for a tile of keys";
  const nameOf = (i: number) => (regions.length > 1 ? ` of region ${i + 1}, ${side}` : `, ${side}`);
  const conditions = regions.map((region) => region.attend);
  const statements: Statement[] = [
    {
      kind: "coverage",
      text: `only tables that are sorted are searched, ${side}`,
      assumptions: [],
      goal: bool([...searchedTables(regions)].every((name) => isSorted(domain, name))),
    },
    {
      kind: "coverage",
      text: `every pair that attends attends in some region, ${side}`,
      assumptions: [attend],
      goal: disjunction(conditions),
    },
    {
      kind: "coverage",
      text: `every pair that attends in some region attends, ${side}`,
      assumptions: [disjunction(conditions)],
      goal: attend,
    },
    ...conditions.flatMap((a, i) =>
      conditions.slice(i + 1).map(
        (b, j): Statement => ({
          kind: "uniqueness",
          text: `no pair attends in both region ${i + 1} and region ${i + j + 2}, ${side}`,
          assumptions: [a, b],
          goal: FALSE,
        }),
      ),
    ),
    ...regions.flatMap((region, i) => claimsOfRegion(region, { tile, looped, name: nameOf(i) })),
  ];
  return statements.filter(({ assumptions, goal }) => !isPlain(assumptions, goal)).map((each) => closed(each, domain));
}

/** A search halves a table: in one that is not sorted it finds any count. */
function searchedTables(regions: readonly Region[]): Set<string> {
  const parts = regions.flatMap(({ guard, full, attend, loops }) => [
    guard,
    full,
    attend,
    ...loops.flatMap(({ lower, upper, step, residue, live }) => [
      lower,
      upper,
      step,
      live,
      ...(residue ? [residue] : []),
    ]),
  ]);
  return new Set(nodesOf(...parts).flatMap((e) => (e.kind === "search" ? [e.table] : [])));
}

const isSorted = ({ tables }: Domain, name: string) =>
  tables.some((table) => table.name === name && table.sorted && table.labels.length === 1);

/** Nothing to prove: the goal is true, or stands among the assumptions. */
const isPlain = (assumptions: readonly Expr[], goal: Expr): boolean =>
  goal === TRUE || assumptions.includes(FALSE) || assumptions.includes(goal);

/** A variable of a claim about loops in general, under a name that no param has. */
const ownName = (name: string): Expr => intVar(`loop.${name}`);

/** Every loop visits each position from its start to its end, `step` apart, in exactly one box: for boxes of one extent. */
function claimsOfBoxes(extent: number): Statement[] {
  const [start, step, n, m, i, j] = ["start", "step", "n", "m", "i", "j"].map(ownName) as [
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
  ];
  const size = int(extent);
  const place = (box: Expr, within: Expr) => add(start, mul(step, add(mul(size, box), within)));
  const inside = (within: Expr) => [le(int(0), within), lt(within, size)];
  const box = floorDiv(i, size);
  return [
    {
      kind: "uniqueness",
      text: `boxes of extent ${extent} of one loop share no position`,
      assumptions: [le(int(1), step), ...inside(i), ...inside(j), eq(place(n, i), place(m, j))],
      goal: conjunction([eq(n, m), eq(i, j)]),
    },
    {
      kind: "coverage",
      text: `boxes of extent ${extent} leave no position of a loop out`,
      assumptions: [le(int(0), i)],
      goal: conjunction([le(int(0), box), ...inside(sub(i, mul(size, box)))]),
    },
  ];
}

/** A loop over a lattice starts at its lower end plus the remainder of `residue - lower`, made positive. */
function claimOfLatticeStart(): Statement {
  const [lower, residue, step, at] = ["lower", "residue", "step", "at"].map(ownName) as [Expr, Expr, Expr, Expr];
  const remainder = binary("rem", sub(residue, lower), step);
  const start = add(lower, select(lt(remainder, int(0)), add(remainder, step), remainder));
  return {
    kind: "coverage",
    text: "a loop over a lattice starts at the lattice's first position that is not before its lower end",
    assumptions: [le(int(1), step), le(lower, at), congruent(at, residue, step)],
    goal: conjunction([le(lower, start), le(start, at), congruent(start, residue, step)]),
  };
}

/** Claims about how loops step, which are the same for every pattern. */
export function claimsOfSteps({ tiles, forward, backward }: AttentionPlan, domain: Domain): Claim[] {
  const extents = new Set([...tiles.query, ...tiles.key]);
  const hasLattice = [forward, backward].some(({ regions }) =>
    regions.some(({ loops }) => loops.some((loop) => loop.residue)),
  );
  const statements = [...[...extents].flatMap(claimsOfBoxes), ...(hasLattice ? [claimOfLatticeStart()] : [])];
  return statements.map((each) => closed(each, domain));
}
