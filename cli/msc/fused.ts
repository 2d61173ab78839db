/** A program with its neighbours fused: which kernels it needs, each once, and the steps in their terms. */
import { fuseSteps } from "../../compiler/fusion/fuse-steps.js";
import { linesOf } from "../../compiler/plan/print-tensor.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import type { OperationStep, Program, Step, View } from "../../models/msc/program.js";
import { readsOf } from "../../models/msc/program.js";

/** Storage buffers that every WebGPU device lets a kernel bind. */
const MOST_BUFFERS = 8;

export interface FusedProgram {
  readonly program: Program;
  /** Operations by kernel name. */
  readonly operations: ReadonlyMap<string, Tensor>;
}

interface PlannedStep {
  readonly kind: "operation";
  readonly operation: Tensor;
  readonly inputs: OperationStep["inputs"];
  readonly output: View;
  readonly params: OperationStep["params"];
  readonly layer?: number;
}

type Planned = PlannedStep | Exclude<Step, OperationStep>;

const isPlanned = (step: Planned): step is PlannedStep => step.kind === "operation";

const reads = (step: Planned): string[] => {
  const views = isPlanned(step) ? Object.values(step.inputs) : readsOf(step);
  return views.map(({ tensor }) => tensor);
};

/** Names kernels: two operations that differ never share a name. */
function namer() {
  const operations = new Map<string, Tensor>();
  const texts = new Map<string, string>();
  const nameOf = (operation: Tensor): string => {
    const text = JSON.stringify([operation.inputs, operation.isExact, linesOf(operation)]);
    for (let n = 1; ; n++) {
      const name = n === 1 ? operation.name : `${operation.name}${n}`;
      const known = texts.get(name);
      if (known === text) return name;
      if (known !== undefined) continue;
      texts.set(name, text);
      operations.set(name, { ...operation, name });
      return name;
    }
  };
  return { operations, nameOf };
}

/** Tensors that steps still touch; the others were fused away. */
function usedTensors({ tensors }: Program, steps: readonly Step[]): Program["tensors"] {
  const used = new Set(steps.flatMap((step) => [step.output.tensor, ...readsOf(step).map(({ tensor }) => tensor)]));
  return tensors.filter(({ name, role }) => used.has(name) || (role !== "activation" && role !== "weight"));
}

/** @param declared the operations of models/msc/operations by name */
export function fuseProgram(program: Program, declared: ReadonlyMap<string, Tensor>): FusedProgram {
  const planned = program.steps.map((step): Planned => {
    if (step.kind !== "operation") return step;
    const { kernel, ...rest } = step;
    return { ...rest, operation: declared.get(kernel) as Tensor };
  });
  const roles = new Map(program.tensors.map(({ name, role }) => [name, role]));
  const fused = fuseSteps<View, PlannedStep, Planned>(
    planned,
    isPlanned,
    reads,
    (step, producer, consumer) => {
      const layer = consumer.layer ?? producer.layer;
      return { kind: "operation", ...step, ...(layer === undefined ? {} : { layer }) };
    },
    { most: MOST_BUFFERS, isPrivate: (name) => roles.get(name) === "activation" },
  );
  const { operations, nameOf } = namer();
  const steps = fused.map((step): Step => {
    if (!isPlanned(step)) return step;
    const { operation, ...rest } = step;
    return { kernel: nameOf(operation), ...rest };
  });
  return { program: { tensors: usedTensors(program, steps), steps }, operations };
}
