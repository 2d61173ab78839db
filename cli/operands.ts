/** The arrays of `mscc run`: reads q, k, v and tables, compares their shapes with the pattern, axis by axis. */
import type { Pattern } from "../compiler/plan/pattern.js";
import { readNpy, requireShape } from "../runtime/npy.js";
import { type Dims, LARGEST_DIM } from "./arguments/choices.js";
import { collecting } from "./collecting.js";
import { pathOf } from "./io.js";
import { tell, throwAny } from "./messages.js";

export interface FloatArray {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

export interface TableArray {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

export interface OperandFiles {
  readonly q: string;
  readonly k: string;
  readonly v: string;
}

export interface Operands extends Dims {
  readonly q: FloatArray;
  readonly k: FloatArray;
  readonly v: FloatArray;
}

interface Axis {
  readonly name: string;
  readonly extent?: number;
}

/** No extent is 0, and the last dimension is one that kernels take. */
function checkExtents(operand: string, file: string, shape: readonly number[], axes: readonly Axis[]): void {
  const faults = axes.flatMap(({ name }, i) =>
    shape[i] === 0 ? [tell("operand-empty", { operand, file, axis: name })] : [],
  );
  const dim = shape.at(-1) as number;
  if (dim > LARGEST_DIM) faults.push(tell("operand-head-dim", { file, operand, dim }));
  throwAny(faults);
}

/** Reads q, k and v. @throws UserError, HostError with every fault of files and shapes. */
export function readOperands({ axes }: Pattern, files: OperandFiles, cwd: string): Operands {
  const read = (name: keyof OperandFiles) => () => readNpy(pathOf(files[name], cwd), "float") as FloatArray;
  const [q, k, v] = collecting([read("q"), read("k"), read("v")]) as [FloatArray, FloatArray, FloatArray];
  const named = (names: readonly string[]) => names.map((name) => ({ name }));
  const like = ({ shape }: FloatArray, names: readonly string[], from: number): Axis[] =>
    names.map((name, i) => ({ name, ...(shape[from + i] === undefined ? {} : { extent: shape[from + i] as number }) }));
  const batch = like(q, ["batch"], 0);
  const headDim = q.shape.at(-1);
  const expected = {
    q: named(["batch", "heads", ...axes.query, "head dim"]),
    k: [...batch, ...named(["heads", ...axes.key]), { name: "head dim", ...(headDim ? { extent: headDim } : {}) }],
    v: [...batch, ...like(k, ["heads", ...axes.key], 1), { name: "value dim" }],
  };
  collecting(
    Object.entries({ q, k, v }).map(([name, { shape }]) => () => {
      const operand = name as keyof OperandFiles;
      requireShape(`${operand} (${files[operand]})`, shape, expected[operand]);
      checkExtents(operand, files[operand], shape, expected[operand]);
    }),
  );
  return { q, k, v, headDim: headDim as number, valueDim: v.shape.at(-1) as number };
}

/** Reads the files of tables. @throws UserError with every fault of them: unreadable, or of the wrong type. */
export function readTables(
  { tables }: Pattern,
  files: ReadonlyMap<string, string>,
  cwd: string,
): { readonly [name: string]: TableArray } {
  const steps = tables.flatMap(({ name, type }) => {
    const file = files.get(name);
    return file === undefined ? [] : [() => [name, readNpy(pathOf(file, cwd), type) as TableArray] as const];
  });
  return Object.fromEntries(collecting(steps));
}
