/** Loop nest -> claims: every live pair is visited exactly once, and `guard`, `live` and `full` say what they must. */
import { add, binary, type Expr, eq, FALSE, floorDiv, int, intVar, le, lt, mul, sub, TRUE } from "../ir/expression.js";
import type { Claim } from "../plan/claim.js";
import type { AttentionPlan, Loop, LoopNest, Region } from "../plan/plan.js";
import { readsWithin } from "./indices.js";
import type { Domain } from "./premises.js";
import { closed, conjunction, disjunction, inBox, inOperand, inTile, type Side, type Statement } from "./statement.js";

const congruent = (a: Expr, b: Expr, modulus: Expr) => eq(binary("rem", sub(a, b), modulus), int(0));

/** What surrounds a region: the tile, the looped side, and how claims name the region. */
interface Surroundings {
  readonly tile: Side;
  readonly looped: Side;
  readonly name: string;
}

function claimsOfLoop(
  loop: Loop,
  pair: readonly Expr[],
  outer: readonly Expr[],
  box: readonly Expr[],
  surroundings: Surroundings,
): Statement[] {
  const { tile, looped, name } = surroundings;
  const place = `${looped.letter}.${loop.axis}`;
  const [at, assumptions] = [intVar(place), [...pair, ...outer]];
  const where = `the loop over ${place}${name}`;
  const onLattice: Statement[] = loop.residue
    ? [
        {
          kind: "coverage",
          text: `every live pair lies on the lattice of ${where}`,
          assumptions,
          goal: congruent(at, loop.residue, loop.step),
        },
        {
          kind: "uniqueness",
          text: `${where} advances`,
          assumptions: [...inTile(tile), ...outer],
          goal: le(int(1), loop.step),
        },
      ]
    : [];
  return [
    { kind: "coverage", text: `no live pair lies before the start of ${where}`, assumptions, goal: le(loop.lower, at) },
    { kind: "coverage", text: `no live pair lies after the end of ${where}`, assumptions, goal: le(at, loop.upper) },
    ...onLattice,
    {
      kind: "tests",
      text: `\`live\` of ${where} lets every live pair pass`,
      assumptions: [...assumptions, ...box],
      goal: loop.live,
    },
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
  return [
    {
      kind: "tests",
      text: `the guard${name} lets every tile with a live pair pass`,
      assumptions: pair,
      goal: region.guard,
    },
    ...region.loops.flatMap((loop, depth) =>
      claimsOfLoop(loop, pair, boxes.slice(0, depth).flat(), boxes[depth] as Expr[], surroundings),
    ),
    {
      kind: "tests",
      text: `\`full\`${name} holds only where every pair of tile and box attends`,
      assumptions: [...inTile(tile), ...inOperand(looped), ...boxes.flat(), ...onLattices, region.full],
      goal: region.attend,
    },
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

/** Nothing to prove: the goal is true, or stands among the assumptions. */
const isPlain = (assumptions: readonly Expr[], goal: Expr): boolean =>
  goal === TRUE || assumptions.includes(FALSE) || assumptions.includes(goal);

/** Every loop visits each position from its start to its end, `step` apart, in exactly one box: for boxes of one extent. */
function claimsOfBoxes(extent: number): Statement[] {
  const [start, step, n, m, i, j] = ["start", "step", "n", "m", "i", "j"].map(intVar) as [
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

/** A loop over a lattice starts at `lower + modulo(residue - lower, step)`. */
function claimOfLatticeStart(): Statement {
  const [lower, residue, step, at] = ["lower", "residue", "step", "at"].map(intVar) as [Expr, Expr, Expr, Expr];
  const modulo = (a: Expr, by: Expr) => binary("rem", add(binary("rem", a, by), by), by);
  const start = add(lower, modulo(sub(residue, lower), step));
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
