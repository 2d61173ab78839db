/** The parts that all backends share, in CUDA C++. */
import { spellingIn } from "../common/index.js";
import { cuda } from "./dialect.js";

export const { coordinates, emitBoxStruct, emitColumns, emitLoopFunctions, emitPatternFunctions, emitSeen, spell } =
  spellingIn(cuda);
