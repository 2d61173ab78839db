/** The parts that all backends share, in WGSL. */
import { spellingIn } from "../common/index.js";
import { wgsl } from "./dialect.js";

export const { coordinates, emitBoxStruct, emitColumns, emitLoopFunctions, emitPatternFunctions, emitSeen, spell } =
  spellingIn(wgsl);
