/** Ridge regression in closed form: the linear map from features to targets with the least squared error, in float64. */

export interface Ridge {
  /** Adds rows of features and of targets, each weighed. @param weight of the squared error of these rows; 1 if absent */
  readonly add: (features: Float32Array, targets: Float32Array, weight?: number) => void;
  /** Rows so far. */
  readonly rows: () => number;
  /**
   * The weights `[targets, features]` and biases `[targets]`. `penalty` is added to the mean square of every feature; the
   * bias is not penalised.
   * @throws RangeError where the features are not independent and the penalty is too small to make up for it.
   */
  readonly solve: (penalty: number) => RidgeSolution;
}

export interface RidgeSolution {
  readonly weight: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
}

/** The lower triangle L of a positive definite matrix, with L L^T equal to it; in place. */
function factorise(matrix: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    let pivot = matrix[j * n + j] as number;
    for (let k = 0; k < j; k++) pivot -= (matrix[j * n + k] as number) ** 2;
    if (!(pivot > 0)) throw new RangeError(`feature ${j} follows from those before it: take a larger penalty`);
    const root = Math.sqrt(pivot);
    matrix[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let rest = matrix[i * n + j] as number;
      for (let k = 0; k < j; k++) rest -= (matrix[i * n + k] as number) * (matrix[j * n + k] as number);
      matrix[i * n + j] = rest / root;
    }
  }
}

/** Solves L L^T x = b for every column of b, in place. */
function substituteBack(lower: Float64Array, n: number, b: Float64Array, columns: number): void {
  for (let c = 0; c < columns; c++) {
    for (let i = 0; i < n; i++) {
      let rest = b[i * columns + c] as number;
      for (let k = 0; k < i; k++) rest -= (lower[i * n + k] as number) * (b[k * columns + c] as number);
      b[i * columns + c] = rest / (lower[i * n + i] as number);
    }
    for (let i = n - 1; i >= 0; i--) {
      let rest = b[i * columns + c] as number;
      for (let k = i + 1; k < n; k++) rest -= (lower[k * n + i] as number) * (b[k * columns + c] as number);
      b[i * columns + c] = rest / (lower[i * n + i] as number);
    }
  }
}

export function createRidge(features: number, targets: number): Ridge {
  const n = features + 1; // The last feature is the constant 1, whose weight is the bias.
  const gram = new Float64Array(n * n);
  const moments = new Float64Array(n * targets);
  const row = new Float64Array(n);
  let rows = 0;
  let total = 0;
  return {
    add: (given, wanted, weight = 1) => {
      const count = given.length / features;
      row[features] = 1;
      for (let r = 0; r < count; r++) {
        for (let i = 0; i < features; i++) row[i] = given[r * features + i] as number;
        for (let i = 0; i < n; i++) {
          const scaled = weight * (row[i] as number);
          const at = i * n;
          for (let j = 0; j <= i; j++) gram[at + j] = (gram[at + j] as number) + scaled * (row[j] as number);
          const to = i * targets;
          for (let j = 0; j < targets; j++) {
            moments[to + j] = (moments[to + j] as number) + scaled * (wanted[r * targets + j] as number);
          }
        }
      }
      rows += count;
      total += count * weight;
    },
    rows: () => rows,
    solve: (penalty) => {
      const lower = gram.slice();
      for (let i = 0; i < features; i++) lower[i * n + i] = (lower[i * n + i] as number) + penalty * total;
      factorise(lower, n);
      const solution = moments.slice();
      substituteBack(lower, n, solution, targets);
      const weight = new Float32Array(targets * features);
      for (let i = 0; i < features; i++) {
        for (let j = 0; j < targets; j++) weight[j * features + i] = solution[i * targets + j] as number;
      }
      return { weight, bias: Float32Array.from(solution.slice(features * targets)) };
    },
  };
}
