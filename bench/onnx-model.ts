/** ONNX models of one node, written as protobuf by hand: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has the field numbers. */

type Bytes = readonly number[];

const text = new TextEncoder();

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
const number = (field: number, value: number): Bytes => [...varint(field * 8), ...varint(value)];
const message = (field: number, ...parts: readonly Bytes[]): Bytes => {
  const bytes = parts.flat();
  return [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];
};
const string = (field: number, value: string): Bytes => message(field, [...text.encode(value)]);

const FLOAT = 1;
const INT_ATTRIBUTE = 2;

/** A ValueInfoProto: a float32 tensor with fixed extents. */
const tensor = (field: number, name: string, extents: readonly number[]): Bytes => {
  const shape = message(2, ...extents.map((extent) => message(1, number(1, extent))));
  return message(field, string(1, name), message(2, message(1, number(1, FLOAT), shape)));
};

interface Node {
  readonly type: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** By name; an operand that is left out has the empty name. */
  readonly inputs: readonly (readonly [name: string, extents: readonly number[]])[];
  readonly output: readonly [name: string, extents: readonly number[]];
  readonly attributes: { readonly [name: string]: number };
}

function modelOf({ type, domain, inputs, output, attributes }: Node): Uint8Array {
  const attribute = ([name, value]: readonly [string, number]) =>
    message(5, string(1, name), number(3, value), number(20, INT_ATTRIBUTE));
  const node = message(
    1,
    ...inputs.map(([name]) => string(1, name)),
    ...[string(2, output[0]), string(3, type), string(4, type)],
    ...Object.entries(attributes).map(attribute),
    ...(domain === "" ? [] : [string(7, domain)]),
  );
  const given = inputs.filter(([name]) => name !== "");
  const values = [...given.map(([name, extents]) => tensor(11, name, extents)), tensor(12, ...output)];
  const opset = (name: string, version: number) => message(8, string(1, name), number(2, version));
  return Uint8Array.from([
    ...number(1, 8), // the version of the format
    ...string(2, "mscc bench"),
    ...message(7, node, string(2, type), ...values),
    ...opset("", 17),
    ...opset("com.microsoft", 1),
  ]);
}

/** `com.microsoft.MultiHeadAttention` on `[1, tokens, heads * dim]`; with a dense mask that is added to the logits of all heads. */
export function attentionModel(tokens: number, heads: number, dim: number, isMasked: boolean): Uint8Array {
  const rows = [1, tokens, heads * dim];
  const mask = [
    ["", []],
    ["", []],
    ["attention_bias", [1, 1, tokens, tokens]],
  ] as const;
  return modelOf({
    type: "MultiHeadAttention",
    domain: "com.microsoft",
    inputs: [["query", rows], ["key", rows], ["value", rows], ...(isMasked ? mask : [])],
    output: ["output", rows],
    attributes: { num_heads: heads },
  });
}

/** Copies its input: what it gives stays on the device where that is asked for. */
export const copyModel = (extents: readonly number[]): Uint8Array =>
  modelOf({ type: "Identity", domain: "", inputs: [["input", extents]], output: ["output", extents], attributes: {} });
