/** Shapes of tiles for the grids of a command line: what is chosen, and what is said where nothing can be counted. */
import { wgslTarget } from "../backends/wgsl/index.js";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import { chooseTiles, type ScheduleInput, type TileChoice } from "../compiler/schedule/choose.js";
import { sameShapes } from "../compiler/schedule/shapes.js";
import type { Target } from "../compiler/target.js";
import { type Io, line } from "./io.js";
import type { Schedule } from "./kernels.js";
import { tell } from "./messages.js";

type Grid = ScheduleInput["size"];

/** Chooses for one grid, in so many steps of counting at most; says on stderr what it does once that has taken a second. */
export function chooseFor(
  pattern: Pattern,
  input: ScheduleInput,
  { stderr }: Pick<Io, "stderr">,
  stepLimit?: number,
  target: Target = wgslTarget,
): TileChoice {
  const start = performance.now();
  let isSaid = false;
  const onCount = (): void => {
    if (isSaid || performance.now() - start < 1000) return;
    isSaid = true;
    line(stderr, `counting what the shapes of tiles of ${pattern.name} visit`);
  };
  return chooseTiles(pattern, target, { ...input, onCount }, stepLimit);
}

/** Which params and tables have no value, so that the tiles are the default ones. */
export function missingOf({ name, params }: Pattern, missing: readonly string[]): Diagnostic {
  const own = new Set(params.map((param) => param.name));
  const [needed, tables] = [missing.filter((each) => own.has(each)), missing.filter((each) => !own.has(each))];
  return { ...tell("tiles-default", { pattern: name, params: needed, tables }), severity: "warning" };
}

/** One schedule for each choice of tiles, with the grids that it is for; the default one where there is no grid. */
export function schedulesFor(
  pattern: Pattern,
  grids: readonly Grid[],
  constants: ReadonlyMap<string, number>,
  found: Diagnostic[],
  io: Pick<Io, "stderr">,
): Schedule[] {
  const schedules: { tiles: TileChoice["tiles"]; grids: Grid[] }[] = [];
  for (const size of grids) {
    const { tiles, missing, compared } = chooseFor(pattern, { size, constants }, io);
    if (missing.length > 0) {
      if (compared > 1) found.push({ ...missingOf(pattern, missing), where: pattern.place });
      return [{}];
    }
    const known = schedules.find((each) => sameShapes(each.tiles, tiles));
    if (known) known.grids.push(size);
    else schedules.push({ tiles, grids: [size] });
  }
  return schedules.length > 0 ? schedules : [{}];
}

/** The tiles of a target for one grid; absent for the default ones, where there is no grid or nothing can be counted. */
export function tilesOn(
  pattern: Pattern,
  size: Grid | undefined,
  constants: ReadonlyMap<string, number>,
  io: Pick<Io, "stderr">,
  target: Target,
): TileChoice["tiles"] | undefined {
  if (!size) return undefined;
  const { tiles, missing } = chooseFor(pattern, { size, constants }, io, undefined, target);
  return missing.length > 0 ? undefined : tiles;
}
