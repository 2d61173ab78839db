/** What the declared function says: rows of attention in float64, and the dense mask that others need. */
import { type Case, DIM, type Grid, HEADS, positionOf, tokensOf } from "./cases.js";

/** q, k and v as `[token, head, dim]`, the layout of a projection's output, that of all who are measured. */
export interface Inputs {
  readonly q: Float32Array<ArrayBuffer>;
  readonly k: Float32Array<ArrayBuffer>;
  readonly v: Float32Array<ArrayBuffer>;
}

/** Values in [-1, 1) by a linear congruential generator. */
export function randomInputs(tokens: number): Inputs {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const one = () => Float32Array.from({ length: tokens * HEADS * DIM }, next);
  return { q: one(), k: one(), v: one() };
}

const WIDTH = HEADS * DIM;
const ROWS = 48;

/** Tokens whose rows are compared: spread evenly, the first and the last among them. */
export const sampledTokens = (tokens: number): number[] =>
  Array.from({ length: Math.min(ROWS, tokens) }, (_, i) => Math.round((i * (tokens - 1)) / (ROWS - 1)));

function dot(a: Float32Array, aAt: number, b: Float32Array, bAt: number): number {
  let sum = 0;
  for (let i = 0; i < DIM; i++) sum += (a[aAt + i] as number) * (b[bAt + i] as number);
  return sum;
}

/** One row of one head, in float64. */
function exactRow({ q, k, v }: Inputs, query: number, head: number, keys: readonly number[]): Float64Array {
  const at = (token: number) => token * WIDTH + head * DIM;
  const logits = keys.map((key) => dot(q, at(query), k, at(key)) / Math.sqrt(DIM));
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const row = new Float64Array(DIM);
  let total = 0;
  for (const [i, key] of keys.entries()) {
    const weight = Math.exp((logits[i] as number) - largest);
    total += weight;
    for (let column = 0; column < DIM; column++) {
      row[column] = (row[column] as number) + weight * (v[at(key) + column] as number);
    }
  }
  return row.map((sum) => (total === 0 ? 0 : sum / total));
}

/** The keys that a token sees. */
function keysOf({ attends }: Case, grid: Grid, token: number): number[] {
  const q = positionOf(token, grid);
  return Array.from({ length: tokensOf(grid) }, (_, key) => key).filter((key) => attends(q, positionOf(key, grid)));
}

/** Largest difference of an output, `[token, head, dim]`, from the sampled rows; infinite where it holds a NaN. */
export function errorOf(of: Case, grid: Grid, inputs: Inputs): (output: Float32Array) => number {
  const rows = sampledTokens(tokensOf(grid)).flatMap((token) => {
    const keys = keysOf(of, grid, token);
    return Array.from({ length: HEADS }, (_, head) => ({
      first: token * WIDTH + head * DIM,
      exact: exactRow(inputs, token, head, keys),
    }));
  });
  return (output) => {
    let worst = 0;
    for (const { first, exact } of rows) {
      for (const [i, want] of exact.entries()) {
        const error = Math.abs((output[first + i] as number) - want);
        worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
      }
    }
    return worst;
  };
}

/** What is added to a logit that does not count: far below all others, and no infinity. */
const HIDDEN = -1e9;

export const maskBytes = (tokens: number): number => 4 * tokens * tokens;

/** The dense mask, `[query, key]`: 0 where the query sees the key. */
export function denseMask({ attends }: Case, grid: Grid): Float32Array<ArrayBuffer> {
  const tokens = tokensOf(grid);
  const positions = Array.from({ length: tokens }, (_, token) => positionOf(token, grid));
  const mask = new Float32Array(tokens * tokens);
  let at = 0;
  for (const q of positions) for (const k of positions) mask[at++] = attends(q, k) ? 0 : HIDDEN;
  return mask;
}
