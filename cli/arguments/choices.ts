/** What a kernel is compiled for, on the command line: head dims and target; and formats of output. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { tell } from "../messages.js";
import { wholeNumber } from "./assignments.js";

export const LARGEST_DIM = 256;

export interface Dims {
  readonly headDim: number;
  readonly valueDim: number;
}

function dimsOf(option: string, text: string, problems: Diagnostic[]): number[] {
  return text.split(",").map((part) => {
    const dim = wholeNumber(part, 1, LARGEST_DIM);
    if (dim === undefined) problems.push(tell("head-dim", { option, given: part.trim() }));
    return dim ?? 1;
  });
}

/** The pairs of head dim and value dim to compile for, in ascending order, each once. */
export function dimPairs(headDim: string, valueDim: string | undefined, problems: Diagnostic[]): Dims[] {
  const heads = dimsOf("--head-dim", headDim, problems);
  const values = valueDim === undefined ? heads : dimsOf("--value-dim", valueDim, problems);
  if (values.length !== 1 && values.length !== heads.length) {
    problems.push(tell("value-dim-count", { headDims: heads.length, valueDims: values.length }));
  }
  const pairs = heads.map((dim, i) => ({ headDim: dim, valueDim: values[values.length === 1 ? 0 : i] as number }));
  const unique = new Map(pairs.map((pair) => [`${pair.headDim} ${pair.valueDim}`, pair]));
  return [...unique.values()].sort((a, b) => a.headDim - b.headDim || a.valueDim - b.valueDim);
}

/** A single head dim and value dim. */
export function dimPair(headDim: string, valueDim: string | undefined, problems: Diagnostic[]): Dims {
  for (const [option, given] of [["--head-dim", headDim] as const, ["--value-dim", valueDim] as const]) {
    if (given?.includes(",")) problems.push(tell("head-dim-one", { option, given }));
  }
  return dimPairs(headDim, valueDim, problems)[0] as Dims;
}

/** Formats of output. */
const FORMATS: readonly string[] = ["text", "json"];

/** Refuses a format that there is not. */
export function checkFormat(text: string | undefined, problems: Diagnostic[]): void {
  if (text === undefined || FORMATS.includes(text)) return;
  problems.push(tell("choice-unknown", { option: "--format", given: text, known: FORMATS }));
}
