/** Which activations share a buffer: each lives from the step that writes it first to the one that reads it last. */
import { type Program, readsOf, type Step } from "./program.js";

export interface MemoryPlan {
  /** Bytes of each buffer. */
  readonly sizes: readonly number[];
  /** Number of the buffer of each activation. */
  readonly bufferOf: ReadonlyMap<string, number>;
}

interface Life {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

function livesOf({ tensors, steps }: Program, keep: ReadonlySet<string>): Life[] {
  const touches = (step: Step, name: string) =>
    step.output.tensor === name || readsOf(step).some(({ tensor }) => tensor === name);
  return tensors
    .filter(({ role }) => role === "activation")
    .map(({ name }) => {
      const at = steps.flatMap((step, i) => (touches(step, name) ? [i] : []));
      const [from = 0, to = steps.length] = [at[0], keep.has(name) ? steps.length : at.at(-1)];
      return { name, from, to };
    });
}

/** Gives each activation the smallest free buffer that holds it. Those in `keep` share with none that comes later. */
export function planMemory(program: Program, bytes: (name: string) => number, keep: ReadonlySet<string>): MemoryPlan {
  const sizes: number[] = [];
  const freeFrom: number[] = [];
  const bufferOf = new Map<string, number>();
  for (const { name, from, to } of livesOf(program, keep).sort((a, b) => a.from - b.from)) {
    const needed = bytes(name);
    const free = sizes.flatMap((size, i) => (size >= needed && (freeFrom[i] as number) < from ? [i] : []));
    const [best = sizes.length] = free.sort((a, b) => (sizes[a] as number) - (sizes[b] as number));
    sizes[best] ??= needed;
    freeFrom[best] = to;
    bufferOf.set(name, best);
  }
  return { sizes, bufferOf };
}
