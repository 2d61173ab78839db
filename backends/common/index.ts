/** What all kernels spell alike, whatever their language: expressions, bounds of loops, coordinates, the pattern, its mask. */
import { coordinates } from "./coordinates.js";
import type { Dialect } from "./dialect.js";
import { spell } from "./expression.js";
import { emitBoxStruct, emitLoopFunctions } from "./loops.js";
import { emitColumns, emitSeen } from "./mask.js";
import { emitPatternFunctions } from "./pattern.js";

/** A function that takes the language first, in that language. */
const bind =
  <Given extends readonly unknown[], Text>(dialect: Dialect, f: (dialect: Dialect, ...given: Given) => Text) =>
  (...given: Given) =>
    f(dialect, ...given);

export const spellingIn = (dialect: Dialect) => ({
  coordinates: bind(dialect, coordinates),
  emitBoxStruct: bind(dialect, emitBoxStruct),
  emitColumns: bind(dialect, emitColumns),
  emitLoopFunctions: bind(dialect, emitLoopFunctions),
  emitPatternFunctions: bind(dialect, emitPatternFunctions),
  emitSeen: bind(dialect, emitSeen),
  spell: bind(dialect, spell),
});
