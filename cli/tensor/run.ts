/** `mscc run` of a tensor operation: inputs in .npy files, the output into another. */
import { resolve } from "node:path";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { formatNpy, openGpu, runTensor } from "../../runtime/index.js";
import { adapterName } from "../adapter-name.js";
import { isOnTrial, type KindChoice } from "../arguments/kinds.js";
import { runValues, setValues } from "../arguments/params.js";
import { line, type Session } from "../io.js";
import { throwAny } from "../messages.js";
import { withProgress } from "../progress.js";
import { writeAll } from "../write-files.js";
import { operationForDevice } from "./device.js";
import { givenExtents, requireExtents, withArrays } from "./extents.js";
import { readInputs, runInputFiles } from "./inputs.js";

export interface RunTensorRequest {
  readonly input: readonly string[];
  readonly output: string;
  readonly set: readonly string[];
  readonly size?: string;
  readonly kind: KindChoice;
}

/** Everything that a launch needs; faults are reported together. */
function launchOf(tensor: Tensor, { input, set, size }: RunTensorRequest, cwd: string) {
  const problems: Diagnostic[] = [];
  const files = runInputFiles(tensor, input, problems);
  const given = givenExtents(tensor, size, problems);
  const [values = new Map<string, number>()] = setValues([tensor], set, problems);
  const params = problems.length > 0 ? {} : runValues(tensor, values, problems);
  throwAny(problems);
  const inputs = readInputs(tensor, files, cwd);
  const extents = withArrays(tensor, given, inputs, files);
  requireExtents(tensor, tensor.axes, extents, true, problems);
  throwAny(problems);
  return { inputs, params, shape: tensor.axes.map((axis) => extents.get(axis) as number) };
}

/** @throws UserError, HostError, LaunchError; then nothing was written. */
export async function runOperation(tensor: Tensor, request: RunTensorRequest, { io }: Session): Promise<void> {
  const { kind, output } = request;
  const { inputs, params, shape } = launchOf(tensor, request, io.cwd);
  const gpu = await openGpu({ experimental: isOnTrial(kind) });
  try {
    const compiled = operationForDevice(tensor, gpu, kind, io.cwd);
    const start = performance.now();
    const work = () => runTensor(gpu, compiled, { inputs, params, shape });
    const got = await withProgress(io, `running ${tensor.name} ...`, work);
    const took = Math.round(performance.now() - start);
    writeAll([{ path: resolve(io.cwd, output), content: formatNpy({ shape, data: got.output }) }]);
    const where = `${adapterName(gpu)}, profile ${compiled.kind}`;
    line(io.stderr, `${tensor.name}: [${shape.join(", ")}] on ${where}, ${took} ms with shader compilation`);
  } finally {
    gpu.close();
  }
}
