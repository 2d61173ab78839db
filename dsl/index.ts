/** The language of mscc: everything that a file which declares attention patterns or tensor operations imports from "mscc". */
export type {
  AnyAttention,
  At,
  Attention,
  AttentionSpec,
  Axes,
  KeyAxis,
  Position,
  QueryAxis,
  ScoreAt,
} from "./attention.js";
export { attention } from "./attention.js";
export type { FloatParam, IntParam, Param, Params } from "./params.js";
export { float, int } from "./params.js";
export type { Reduce } from "./reductions.js";
export { max, mean, sum } from "./reductions.js";
export type { ReferenceInput, ReferenceResult, TableData } from "./reference.js";
export { EMPTY_LSE, reference } from "./reference.js";
export type { Table, TableExtents, TableOptions, TablePromises, Tables } from "./tables.js";
export { table } from "./tables.js";
export type { AnyTensor, Index, Input, InputOptions, Inputs, Reads, Tensor, TensorSpec } from "./tensor.js";
export { input, tensor } from "./tensor.js";
export type { TensorReferenceInput, TensorReferenceResult } from "./tensor-reference.js";
export { tensorReference } from "./tensor-reference.js";
