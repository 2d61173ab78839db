/** The meaning of a tensor operation: its declared function called at every index, in float64. */
import type { TableData } from "./reference.js";
import type { AnyTensor, Input } from "./tensor.js";

/** Dense row-major arrays and the numbers that a launch gives. */
export interface TensorReferenceInput {
  readonly inputs: { readonly [name: string]: TableData };
  readonly params?: { readonly [name: string]: number };
  /** Extents of axes that no input ties. */
  readonly size?: { readonly [axis: string]: number };
}

export interface TensorReferenceResult {
  /** One extent per axis. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float64Array;
}

/** The extent of every label. @throws RangeError where two inputs disagree, or nothing gives an axis its extent. */
function sizesOf(declaration: AnyTensor, { inputs, size = {} }: TensorReferenceInput) {
  const sizes = new Map<string, number>(Object.entries(size));
  for (const [name, { labels }] of Object.entries(declaration.inputs)) {
    const shape = inputs[name]?.shape;
    if (!shape) throw new RangeError(`input '${name}' has no values`);
    if (shape.length !== labels.length) {
      throw new RangeError(`input '${name}' has ${shape.length} dimensions, expected ${labels.length} (${labels})`);
    }
    for (const [i, label] of labels.entries()) {
      const extent = shape[i] as number;
      const known = sizes.get(label);
      if (known !== undefined && known !== extent) {
        throw new RangeError(`dimension '${label}' of input '${name}' is ${extent}, and ${known} elsewhere`);
      }
      sizes.set(label, extent);
    }
  }
  const missing = declaration.axes.find((axis) => !sizes.has(axis));
  if (missing !== undefined) throw new RangeError(`no input gives axis '${missing}' its extent: give it as \`size\``);
  return sizes;
}

function readerOf(name: string, { labels }: Input, { shape, data }: TableData) {
  return (...indices: number[]) => {
    let offset = 0;
    for (let i = 0; i < labels.length; i++) {
      const index = indices[i] as number;
      const extent = shape[i] as number;
      if (!(Number.isInteger(index) && index >= 0 && index < extent)) {
        throw new RangeError(
          `index ${index} of input '${name}' is outside 0..${extent - 1} (dimension '${labels[i]}')`,
        );
      }
      offset = offset * extent + index;
    }
    return data[offset] as number;
  };
}

/**
 * Computes an operation by calling its declared function for every element.
 * @throws RangeError for shapes that do not fit the labels, and for an index outside an input.
 */
export function tensorReference(declaration: AnyTensor, given: TensorReferenceInput): TensorReferenceResult {
  const sizes = sizesOf(declaration, given);
  const defaults = Object.entries(declaration.params).flatMap(([name, param]) =>
    param.default === undefined ? [] : [[name, param.default] as const],
  );
  const reads = {
    ...Object.fromEntries(defaults),
    ...given.params,
    ...Object.fromEntries(
      Object.entries(declaration.inputs).map(([name, input]) => [
        name,
        readerOf(name, input, given.inputs[name] as TableData),
      ]),
    ),
    size: Object.fromEntries(sizes),
  };
  const shape = declaration.axes.map((axis) => sizes.get(axis) as number);
  const data = new Float64Array(shape.reduce((product, extent) => product * extent, 1));
  const at: Record<string, number> = Object.fromEntries(declaration.axes.map((axis) => [axis, 0]));
  for (let n = 0; n < data.length; n++) {
    let rest = n;
    for (let i = shape.length - 1; i >= 0; i--) {
      at[declaration.axes[i] as string] = rest % (shape[i] as number);
      rest = Math.floor(rest / (shape[i] as number));
    }
    data[n] = declaration.value(reads as never, at as never);
  }
  return { shape, data };
}
