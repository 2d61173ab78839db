/** The peer: onnxruntime-node's WebGPU provider, a package of its own that is installed when it is first needed. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { attentionModel, copyModel } from "./onnx-model.js";
import { root } from "./own.js";

/** As much of onnxruntime-node's interface as is used here. */
interface Tensor {
  readonly data: Float32Array;
  readonly location: string;
  dispose(): void;
}
type Tensors = { readonly [name: string]: Tensor };
interface Session {
  run(inputs: Tensors): Promise<Tensors>;
  release(): Promise<void>;
}
interface Onnxruntime {
  readonly Tensor: new (type: "float32", data: Float32Array, extents: readonly number[]) => Tensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: { readonly [name: string]: unknown }): Promise<Session>;
  };
}

/** An attention of the peer on a number of tokens, ready to run any number of times. */
export interface PeerRun {
  /** One run, and its output, `[token, head, dim]`, in the memory of the host. */
  run(): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface PeerInputs {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly mask?: Float32Array;
}

export interface Peer {
  readonly name: string;
  /** Inputs stay on its device; `heads * dim` is the width of a token. */
  open(tokens: number, heads: number, dim: number, inputs: PeerInputs): Promise<PeerRun>;
  /** The output of the same model by its CPU provider, which tells a fault of the model from one of a kernel. */
  onCpu(tokens: number, heads: number, dim: number, inputs: PeerInputs): Promise<Float32Array>;
}

const folder = join(root, "bench", "peers");
const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Installs the package where it is missing; without install scripts, since its own would download what is not needed. */
function install(): void {
  // npm writes this file last.
  if (existsSync(join(folder, "node_modules", ".package-lock.json"))) return;
  console.log("installing the peers of bench/peers/package-lock.json");
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--fetch-retries=1", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error("npm ci failed in bench/peers");
}

const OPTIONS = {
  executionProviders: ["webgpu"],
  logSeverityLevel: 4,
  // A node that WebGPU cannot run is an error, and never runs on the CPU instead.
  extra: { session: { disable_cpu_ep_fallback: "1" } },
};

/** A tensor in the memory of the peer's device: what a copy on the device gives stays there. */
async function uploaded(ort: Onnxruntime, data: Float32Array, extents: readonly number[], opened: Session[]) {
  const options = { ...OPTIONS, preferredOutputLocation: "gpu-buffer" };
  const copy = await ort.InferenceSession.create(copyModel(extents), options);
  opened.push(copy);
  const { output } = await copy.run({ input: new ort.Tensor("float32", data, extents) });
  if (output?.location !== "gpu-buffer") throw new Error("the input did not stay on the device");
  return output;
}

async function open(
  ort: Onnxruntime,
  tokens: number,
  heads: number,
  dim: number,
  inputs: PeerInputs,
): Promise<PeerRun> {
  const sessions: Session[] = [];
  const tensors: Tensor[] = [];
  const close = async () => {
    for (const tensor of tensors) tensor.dispose();
    for (const session of sessions) await session.release();
  };
  try {
    const put = async (data: Float32Array, extents: readonly number[]) => {
      const tensor = await uploaded(ort, data, extents, sessions);
      tensors.push(tensor);
      return tensor;
    };
    const rows = [1, tokens, heads * dim];
    const { q, k, v, mask } = inputs;
    const feeds = {
      ...{ query: await put(q, rows), key: await put(k, rows), value: await put(v, rows) },
      ...(mask ? { attention_bias: await put(mask, [1, 1, tokens, tokens]) } : {}),
    };
    const model = attentionModel(tokens, heads, dim, mask !== undefined);
    const session = await ort.InferenceSession.create(model, OPTIONS);
    sessions.push(session);
    const run = async () => {
      const { output } = await session.run(feeds);
      if (output?.location !== "cpu") throw new Error("the output did not come to the host");
      return output.data;
    };
    return { run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function onCpu(ort: Onnxruntime, tokens: number, heads: number, dim: number, inputs: PeerInputs) {
  const { q, k, v, mask } = inputs;
  const model = attentionModel(tokens, heads, dim, mask !== undefined);
  const session = await ort.InferenceSession.create(model, { executionProviders: ["cpu"], logSeverityLevel: 4 });
  const rows = (data: Float32Array) => new ort.Tensor("float32", data, [1, tokens, heads * dim]);
  const bias = mask && new ort.Tensor("float32", mask, [1, 1, tokens, tokens]);
  const feeds = { query: rows(q), key: rows(k), value: rows(v), ...(bias ? { attention_bias: bias } : {}) };
  const { output } = await session.run(feeds);
  await session.release();
  if (!output) throw new Error("the peer gave no output");
  return output.data;
}

/** The peer, or why there is none. */
export async function openPeer(): Promise<Peer | { readonly absent: string }> {
  try {
    install();
    const require = createRequire(join(folder, "package.json"));
    const ort = require("onnxruntime-node") as Onnxruntime;
    const manifest = readFileSync(join(folder, "node_modules", "onnxruntime-node", "package.json"), "utf8");
    const { version } = JSON.parse(manifest) as { readonly version: string };
    // One that has no WebGPU on this machine says so here.
    const trial = await ort.InferenceSession.create(copyModel([1]), OPTIONS);
    await trial.release();
    return {
      name: `onnxruntime ${version}`,
      open: (tokens, heads, dim, inputs) => open(ort, tokens, heads, dim, inputs),
      onCpu: (tokens, heads, dim, inputs) => onCpu(ort, tokens, heads, dim, inputs),
    };
  } catch (error) {
    return { absent: reasonOf(error) };
  }
}
