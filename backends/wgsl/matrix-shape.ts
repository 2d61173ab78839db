/** The subgroup matrices that kernels multiply, and what such a kernel keeps in workgroup memory. */
import type { SubgroupMatrix } from "../../compiler/plan/manifest.js";

export const ROWS = 32;
export const KEYS = 32;
/** Head dims of the keys, and columns of the values, that are staged at a time. */
export const CHUNK = 32;

/** A multiple of every subgroup size that WebGPU knows (4 to 128): devices demand that of kernels with matrices. */
export const MATRIX_WORKGROUP_SIZE = 128;

/**
 * Best first. Adapters list the first on NVIDIA and AMD, the second on Intel, the third on Apple, where matrices of f16
 * have results of f16, in which sums of a softmax would err.
 */
export const MATRIX_SHAPES: readonly SubgroupMatrix[] = [
  { componentType: "f16", resultComponentType: "f32", M: 16, N: 16, K: 16 },
  { componentType: "f16", resultComponentType: "f32", M: 8, N: 16, K: 16 },
  { componentType: "f32", resultComponentType: "f32", M: 8, N: 8, K: 8 },
];

/** Bytes of workgroup memory up to which all of a tile's queries stay there; beyond, they are staged by chunks. */
const ROOMY = 32_768;

const BYTES = { f16: 2, f32: 4 } as const;

/** An array of matrix rows in workgroup memory. */
export interface Rows {
  readonly name: string;
  readonly type: "f16" | "f32";
  readonly columns: number;
  /** Elements from one row to the next. */
  readonly stride: number;
  readonly length: number;
}

/**
 * Rows lie 16 bytes further apart than their elements need: neighbours begin in different banks of memory, and every
 * block begins at a multiple of 16 bytes, as Vulkan wants. There is a row more than is used, since the draft of the
 * extension counts whole rows from the block's first element on.
 */
function rows(name: string, type: "f16" | "f32", columns: number): Rows {
  const stride = columns + 16 / BYTES[type];
  return { name, type, columns, stride, length: (ROWS + 1) * stride };
}

export interface MatrixMemory {
  readonly queries: Rows;
  /** A chunk of the keys, and later of the values. */
  readonly keys: Rows;
  readonly weights: Rows;
  /** Logits, and later a chunk of the weighted values. */
  readonly products: Rows;
  /** Whether `queries` holds the whole head dim. */
  readonly holdsQueries: boolean;
  readonly bytes: number;
}

/** What lies in workgroup memory: any head dim and value dim finds room. */
export function matrixMemory({ componentType }: SubgroupMatrix, headDim: number): MatrixMemory {
  const withQueries = (columns: number) => {
    const arrays = {
      queries: rows("chunk_of_q", componentType, columns),
      keys: rows("chunk_of_k", componentType, CHUNK),
      weights: rows("weights", componentType, KEYS),
      products: rows("products", "f32", CHUNK),
    };
    const matrices = Object.values(arrays).reduce((sum, { type, length }) => sum + BYTES[type] * length, 0);
    // Beside them a number for each invocation, and three lists of offsets.
    return { ...arrays, bytes: matrices + 4 * (MATRIX_WORKGROUP_SIZE + ROWS + 2 * KEYS) };
  };
  const whole = withQueries(Math.ceil(headDim / CHUNK) * CHUNK);
  const holdsQueries = whole.bytes <= ROOMY;
  return { ...(holdsQueries ? whole : withQueries(CHUNK)), holdsQueries };
}

/** `16x16x16`. */
export const matrixName = ({ M, N, K }: SubgroupMatrix): string => `${M}x${N}x${K}`;
