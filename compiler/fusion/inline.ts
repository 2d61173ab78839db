/**
 * Writes one operation into another that reads it: `f(x(i))` where `x(i) = g(y(i))` becomes `f(g(y(i)))`. Keeps the meaning;
 * whether it pays is asked elsewhere.
 */
import { type Expr, intVar, lookup, nodesOf, rebuild, substitute, variable, variablesOf } from "../ir/expression.js";
import { simplify } from "../ir/simplify.js";
import type { PatternParam } from "../plan/pattern.js";
import type { Reduction, Tensor, TensorInput, TensorLabel } from "../plan/tensor.js";

export interface Inlined {
  readonly tensor: Tensor;
  /** Names of the producer's inputs and params in the result. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Every place where an operation reads an input, by the indices there; each once. */
export function readsOf({ reductions, value }: Tensor, name: string): (readonly Expr[])[] {
  const nodes = nodesOf(value, ...reductions.map(({ body }) => body));
  return nodes.flatMap((e) => (e.kind === "lookup" && e.table === name ? [e.indices] : []));
}

/** Whether the indices are axes of the output, each once: then every element of the input belongs to one of the output. */
export function isElementwise({ axes }: Tensor, indices: readonly Expr[]): boolean {
  const names = indices.map((index) => (index.kind === "var" ? index.name : ""));
  return axes.length === names.length && axes.every((axis) => names.includes(`at.${axis}`));
}

/** A name that is not taken, as like the given one as can be. */
function fresh(name: string, taken: Set<string>): string {
  let own = name;
  for (let n = 2; taken.has(own); n++) own = `${name}${n}`;
  taken.add(own);
  return own;
}

/** The producer's labels in the result: axes have the labels of the dimension that is read, others keep their names. */
function labelNames(consumer: Tensor, producer: Tensor, dimensions: readonly TensorLabel[]): Map<string, string> {
  const taken = new Set([...consumer.axes, ...consumer.inputs.flatMap(({ labels }) => labels.map(({ name }) => name))]);
  const names = new Map(producer.axes.map((axis, i) => [axis, (dimensions[i] as TensorLabel).name]));
  for (const { name } of producer.inputs.flatMap(({ labels }) => labels)) {
    if (!names.has(name)) names.set(name, fresh(name, taken));
  }
  return names;
}

/** All that is renamed of a producer, as a replacement of variables and lookups. */
interface Naming {
  readonly labels: ReadonlyMap<string, string>;
  readonly renamed: ReadonlyMap<string, string>;
  readonly reductions: ReadonlyMap<string, string>;
}

const rangeName = (name: string, { reductions }: Naming): string | undefined => {
  const [owner = "", own] = name.split(".");
  const next = reductions.get(owner);
  return next === undefined ? undefined : own === undefined ? next : `${next}.${own}`;
};

/** An expression of the producer at given indices of its output. */
function placed(e: Expr, producer: Tensor, indices: readonly Expr[], naming: Naming): Expr {
  const variables = (name: string, type: Expr["type"]): Expr | undefined => {
    const axis = name.startsWith("at.") ? producer.axes.indexOf(name.slice(3)) : -1;
    if (axis >= 0) return indices[axis];
    if (name.startsWith("size.")) return intVar(`size.${naming.labels.get(name.slice(5))}`);
    const own = rangeName(name, naming) ?? naming.renamed.get(name);
    return own === undefined ? undefined : variable(own, type);
  };
  return rebuild(e, (part) => {
    if (part.kind === "var") return variables(part.name, part.type) ?? part;
    if (part.kind === "lookup") return lookup(naming.renamed.get(part.table) ?? part.table, part.type, part.indices);
    return part;
  });
}

const namingOf = (consumer: Tensor, producer: Tensor, input: TensorInput): Naming => {
  const taken = new Set([...consumer.inputs, ...consumer.params, ...consumer.reductions].map(({ name }) => name));
  taken.delete(input.name);
  const renamed = new Map([...producer.inputs, ...producer.params].map(({ name }) => [name, fresh(name, taken)]));
  const reductions = new Map(producer.reductions.map(({ name }) => [name, fresh(name, taken)]));
  return { labels: labelNames(consumer, producer, input.labels), renamed, reductions };
};

function inputsOf(consumer: Tensor, producer: Tensor, input: TensorInput, { labels, renamed }: Naming): TensorInput[] {
  const own = producer.inputs.map((each): TensorInput => {
    const next = each.labels.map(({ name }) => labels.get(name) as string);
    return {
      ...each,
      name: renamed.get(each.name) as string,
      labels: next.map((name) => ({ name, tie: consumer.axes.includes(name) ? "axis" : "free" })),
    };
  });
  return consumer.inputs.flatMap((each) => (each === input ? own : [each]));
}

/** Whether every size that the result reads is that of an axis or of an input's dimension. */
function sizesAreKnown({ axes, inputs, reductions, value }: Tensor): boolean {
  const known = new Set([...axes, ...inputs.flatMap(({ labels }) => labels.map(({ name }) => name))]);
  const all = [value, ...reductions.flatMap(({ body, ranges }) => [body, ...ranges.map(({ extent }) => extent)])];
  return all.every((e) => [...variablesOf(e)].every((name) => !name.startsWith("size.") || known.has(name.slice(5))));
}

/**
 * The consumer with what it reads as `name` replaced by what the producer computes; undefined where that cannot be
 * written: a producer with reductions is read at other places than the consumer's own element, or a size gets lost.
 */
export function inline(consumer: Tensor, name: string, producer: Tensor, as: string): Inlined | undefined {
  const input = consumer.inputs.find((each) => each.name === name);
  if (input?.type !== "float" || input.labels.length !== producer.axes.length) return undefined;
  const reads = readsOf(consumer, name);
  const [first] = reads;
  if (!first) return undefined;
  const isOne = reads.length === 1 && isElementwise(consumer, first);
  if (producer.reductions.length > 0 && !isOne) return undefined;
  const naming = namingOf(consumer, producer, input);
  const own = producer.reductions.map((reduction): Reduction => {
    const next = naming.reductions.get(reduction.name) as string;
    return {
      name: next,
      op: reduction.op,
      ranges: reduction.ranges.map((range) => ({
        name: rangeName(range.name, naming) as string,
        extent: placed(range.extent, producer, first, naming),
      })),
      body: placed(reduction.body, producer, first, naming),
    };
  });
  const inside = (e: Expr): Expr =>
    rebuild(e, (part) =>
      part.kind === "lookup" && part.table === name
        ? simplify(placed(producer.value, producer, part.indices, naming))
        : part,
    );
  const renamedParams = producer.params.map(
    (param): PatternParam => ({
      ...param,
      name: naming.renamed.get(param.name) as string,
    }),
  );
  const tensor: Tensor = {
    ...consumer,
    name: as,
    sentence: `${producer.sentence.replace(/[.!?]$/, "")}; then: ${consumer.sentence}`,
    params: [...renamedParams, ...consumer.params],
    inputs: inputsOf(consumer, producer, input, naming),
    reductions: [...own, ...consumer.reductions.map((each) => ({ ...each, body: inside(each.body) }))],
    value: inside(consumer.value),
    texts: new Map([
      ...[...producer.texts].map(([e, text]) => [simplify(placed(e, producer, first, naming)), text] as const),
      ...consumer.texts,
    ]),
  };
  return sizesAreKnown(tensor) ? { tensor, renamed: naming.renamed } : undefined;
}

/** The same operation reading one tensor where it read it under two names. */
export function unify(tensor: Tensor, kept: string, dropped: string): Tensor {
  const [a, b] = [kept, dropped].map((name) => tensor.inputs.find((each) => each.name === name));
  if (!a || !b) return tensor;
  const swap = (e: Expr): Expr =>
    rebuild(e, (part) =>
      part.kind === "lookup" && part.table === dropped ? lookup(kept, part.type, part.indices) : part,
    );
  const sizes = new Map(b.labels.map(({ name }, i) => [`size.${name}`, `size.${(a.labels[i] as TensorLabel).name}`]));
  const resized = (e: Expr): Expr =>
    substitute(swap(e), (name) => (sizes.has(name) ? intVar(sizes.get(name) as string) : undefined));
  return {
    ...tensor,
    inputs: tensor.inputs.filter((each) => each !== b),
    reductions: tensor.reductions.map((each) => ({
      ...each,
      ranges: each.ranges.map((range) => ({ ...range, extent: resized(range.extent) })),
      body: resized(each.body),
    })),
    value: resized(tensor.value),
  };
}
