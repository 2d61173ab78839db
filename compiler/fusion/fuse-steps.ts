/**
 * Vertical fusion of a list of steps, each an operation on named tensors: a map goes into the step that reads it, or into
 * the step that makes what it reads, where that saves a pass over memory.
 *
 *   h = linear(x); u = gelu(h); y = linear(u)   becomes   u = linearGelu(x); y = linear(u)
 */
import { nodesOf } from "../ir/expression.js";
import type { Tensor } from "../plan/tensor.js";
import { scheduleTensor } from "../schedule/tensor-schedule.js";
import { inline, readsOf, unify } from "./inline.js";

/** Where an operand lies: a tensor by name, and which part of it. Two are the same operand where all fields are equal. */
export interface OperandView {
  readonly tensor: string;
}

export interface FusableStep<V extends OperandView> {
  readonly operation: Tensor;
  readonly inputs: { readonly [name: string]: V };
  readonly output: V;
  /** Values of params. */
  readonly params: { readonly [name: string]: number };
}

export interface FusionOptions {
  /** Storage buffers that a kernel may bind; 8 is what every WebGPU device has. */
  readonly most: number;
  /** Whether a tensor is read by nobody but the steps. */
  readonly isPrivate: (tensor: string) => boolean;
}

const same = (a: OperandView, b: OperandView): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * Costs more than the memory traffic that it saves where it is done several times. Divisions of integers do, which is how
 * gathers find what they read: and inside a product they took SwiftShader 18 s and gigabytes to compile.
 */
const COSTLY: ReadonlySet<string> = new Set([
  ...["exp", "log", "log2", "tanh", "sin", "cos", "sqrt", "pow"],
  ...["floorDiv", "truncDiv", "rem", "ipow"],
]);

/** Whether the result of the fused step costs no more than a pass over memory for each pass that it saves. */
function pays(producer: Tensor, consumer: Tensor, name: string): boolean {
  const isMap = producer.reductions.length === 0;
  const inLoops = consumer.reductions.some(({ body }) =>
    nodesOf(body).some((e) => e.kind === "lookup" && e.table === name),
  );
  if (!isMap) return consumer.reductions.length === 0;
  if (!inLoops) return readsOf(consumer, name).length === 1;
  // A contraction evaluates its factors once per tile that needs them, other reductions once per element.
  const isContraction = scheduleTensor(consumer).kind === "contraction";
  const isCheap = nodesOf(producer.value).every(
    (e) => (e.kind !== "unary" && e.kind !== "binary") || !COSTLY.has(e.op),
  );
  return isContraction && isCheap && readsOf(consumer, name).length === 1;
}

const joined = (a: string, b: string) => a + b.charAt(0).toUpperCase() + b.slice(1);

/** Two steps as one; undefined where they stay apart. */
function fuse<V extends OperandView>(
  producer: FusableStep<V>,
  consumer: FusableStep<V>,
  name: string,
  { most }: FusionOptions,
): FusableStep<V> | undefined {
  if (!pays(producer.operation, consumer.operation, name)) return undefined;
  const as = joined(producer.operation.name, consumer.operation.name);
  const made = inline(consumer.operation, name, producer.operation, as);
  if (!made) return undefined;
  const { renamed } = made;
  const given = (values: { readonly [key: string]: number }) =>
    Object.entries(values).map(([key, value]) => [renamed.get(key) ?? key, value] as const);
  const operands = new Map<string, V>();
  for (const [key, view] of Object.entries(producer.inputs)) operands.set(renamed.get(key) as string, view);
  for (const [key, view] of Object.entries(consumer.inputs)) if (key !== name) operands.set(key, view);
  let operation = made.tensor;
  for (const [key, view] of [...operands]) {
    const twin = [...operands].find(([other, seen]) => other !== key && same(view, seen) && operands.has(other));
    if (!twin || !isAlike(operation, twin[0], key)) continue;
    operation = unify(operation, twin[0], key);
    operands.delete(key);
  }
  if (operands.size + 1 > most) return undefined;
  const kinds = [producer.operation, consumer.operation].map((each) => scheduleTensor(each).kind);
  if (kinds.includes("contraction") && scheduleTensor(operation).kind !== "contraction") return undefined;
  return {
    operation,
    inputs: Object.fromEntries(operation.inputs.map((each) => [each.name, operands.get(each.name) as V])),
    output: consumer.output,
    params: { ...Object.fromEntries(given(producer.params)), ...consumer.params },
  };
}

function isAlike({ inputs }: Tensor, a: string, b: string): boolean {
  const [one, other] = [a, b].map((name) => inputs.find((each) => each.name === name));
  return one !== undefined && other !== undefined && one.type === other.type && one.isExact === other.isExact;
}

/** Whether the producer's inputs still hold at the consumer what they held at the producer, and the consumer writes none of them. */
function isStill<S extends FusableStep<OperandView>, O>(
  between: readonly (S | O)[],
  isStep: (step: S | O) => step is S,
  { inputs }: S,
): boolean {
  const read = new Set(Object.values(inputs).map(({ tensor }) => tensor));
  return between.every((step) => !isStep(step) || !read.has(step.output.tensor));
}

/**
 * Fuses neighbours until no pair is left that pays. The order of the steps and every tensor that others read stay. Steps
 * that cannot be fused must not write what steps before them read.
 */
export function fuseSteps<V extends OperandView, S extends FusableStep<V>, O>(
  steps: readonly (S | O)[],
  isStep: (step: S | O) => step is S,
  readBy: (step: S | O) => readonly string[],
  merge: (fused: FusableStep<V>, producer: S, consumer: S) => S,
  options: FusionOptions,
): (S | O)[] {
  const done = [...steps];
  const [reads, writes] = [new Map<string, number>(), new Map<string, number>()];
  const count = (counts: Map<string, number>, tensor: string) => counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  for (const step of steps) {
    for (const tensor of readBy(step)) count(reads, tensor);
    if (isStep(step)) count(writes, step.output.tensor);
  }
  for (let isFused = true; isFused; ) {
    isFused = false;
    for (let i = 0; i < done.length; i++) {
      const producer = done[i] as S | O;
      if (!isStep(producer) || !options.isPrivate(producer.output.tensor)) continue;
      const { tensor } = producer.output;
      if (reads.get(tensor) !== 1 || writes.get(tensor) !== 1) continue;
      const place = done.findIndex((step, at) => at > i && readBy(step).includes(tensor));
      const consumer = done[place];
      if (consumer === undefined || !isStep(consumer) || !isStill(done.slice(i, place + 1), isStep, producer)) continue;
      const entry = Object.entries(consumer.inputs).find(([, view]) => view.tensor === tensor);
      if (!entry || !same(entry[1], producer.output)) continue;
      const fused = fuse(producer, consumer, entry[0], options);
      if (!fused) continue;
      const next = merge(fused, producer, consumer);
      done[place] = next;
      done.splice(i, 1);
      // A tensor that both read may be read once now.
      for (const each of [...readBy(producer), ...readBy(consumer)]) reads.set(each, (reads.get(each) ?? 0) - 1);
      for (const each of readBy(next)) count(reads, each);
      isFused = true;
      i--;
    }
  }
  return done;
}
