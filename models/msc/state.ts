/** A run of the sampler that can go on later: its state and what it made so far as the bytes of a safetensors file. */
import { fromHalves, toHalves } from "../../runtime/half.js";
import { ModelError, messagesOf, quoted, type Text } from "../messages.js";
import type { StoredDtype } from "./extents.js";
import { networkProblem } from "./network-messages.js";
import { formatSafetensors, type OutgoingTensor, parseSafetensors, type Safetensors } from "./safetensors.js";
import type { SampleState } from "./sample.js";

/** What a run is, field by field in words: a state belongs to the run with the same ones. */
export type Run = { readonly [field: string]: string };

export interface SavedRun {
  readonly run: Run;
  readonly dtype: StoredDtype;
  /** Passes through the network so far. */
  readonly passes: number;
  /** Values of the video frames so far, the context among them. */
  readonly clip: Float32Array;
  readonly state: SampleState;
}

export const { codes: stateCodes, fail: stateFault } = messagesOf({
  "state-file": (file: string, why: string): Text => [
    `${file} is not the state of a run: ${why}`,
    "give a file that `mscc msc sample --state` wrote",
  ],
});

const KIND = "msc-state";
const SCHEMA = "1";

/** Bytes of a cache as numbers that keep every one of them, but for halves that are not numbers. */
function cacheTensor(bytes: Uint8Array<ArrayBuffer>, dtype: StoredDtype): OutgoingTensor {
  const { buffer } = bytes.slice();
  const data = dtype === "f32" ? new Float32Array(buffer) : fromHalves(new Uint16Array(buffer));
  return { dtype: dtype === "f32" ? "F32" : "F16", shape: [data.length], data };
}

const vector = (data: Float32Array): OutgoingTensor => ({ shape: [data.length], data });

/** The bytes of a file. */
export function formatState({ run, dtype, passes, clip, state }: SavedRun): Uint8Array<ArrayBuffer> {
  const { done, window, caches } = state;
  const tensors = new Map<string, OutgoingTensor>([["clip", vector(clip)]]);
  if (window) tensors.set("window", vector(window));
  for (const [i, { bytes }] of caches.entries()) tensors.set(`cache.${i}`, cacheTensor(bytes, dtype));
  const slots = caches.map(({ frames }) => [...frames]);
  const facts = { kind: KIND, schema: SCHEMA, dtype, passes, done, slots: JSON.stringify(slots) };
  const own = Object.entries(facts).map(([name, value]) => [name, String(value)] as const);
  return formatSafetensors(tensors, new Map([...own, ["run", JSON.stringify(run)]]));
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readJson(file: string, { metadata }: Safetensors, name: string): unknown {
  try {
    return JSON.parse(metadata.get(name) ?? "");
  } catch {
    throw stateFault("state-file", file, `its '${name}' is not JSON`);
  }
}

function readRun(file: string, found: Safetensors): Run {
  const run = readJson(file, found, "run");
  const isRun =
    typeof run === "object" && run !== null && Object.values(run).every((value) => typeof value === "string");
  if (!isRun) throw stateFault("state-file", file, "its 'run' does not say what the run is");
  return run as Run;
}

function readCount(file: string, { metadata }: Safetensors, name: string): number {
  const text = metadata.get(name) ?? "";
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!isCount(value)) throw stateFault("state-file", file, `its '${name}' is ${quoted(text)}, expected a number`);
  return value;
}

const isSlots = (value: unknown): value is [number, number][] =>
  Array.isArray(value) &&
  value.every((pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every(isCount));

function readCaches(file: string, found: Safetensors, dtype: StoredDtype): SampleState["caches"] {
  const slots = readJson(file, found, "slots");
  if (!Array.isArray(slots)) throw stateFault("state-file", file, "its 'slots' are not a list");
  return slots.map((own: unknown, i) => {
    const { data } = tensorOf(file, found, `cache.${i}`);
    if (!isSlots(own)) throw stateFault("state-file", file, `its slots of cache ${i} are not pairs of numbers`);
    const values = dtype === "f32" ? data : toHalves(data);
    return { frames: new Map(own), bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice() };
  });
}

function tensorOf(file: string, { tensors }: Safetensors, name: string) {
  const tensor = tensors.get(name);
  if (!tensor) throw stateFault("state-file", file, `it has no tensor '${name}'`);
  return tensor;
}

/** A file of another kind is not told that its header is wrong. */
function safetensorsOf(bytes: Uint8Array, file: string): Safetensors {
  try {
    return parseSafetensors(bytes, file);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw stateFault("state-file", file, error.problems[0]?.message ?? "it is not a safetensors file");
  }
}

/**
 * Parses the bytes of a file.
 * @param file for messages.
 * @throws ModelError `state-file`, or a code that begins with `safetensors-`.
 */
export function parseState(bytes: Uint8Array, file: string): SavedRun {
  const found = safetensorsOf(bytes, file);
  const { metadata, tensors } = found;
  if (metadata.get("kind") !== KIND) throw stateFault("state-file", file, `it has no kind '${KIND}'`);
  const schema = metadata.get("schema") ?? "";
  if (schema !== SCHEMA)
    throw stateFault("state-file", file, `it is of schema ${quoted(schema)}, expected '${SCHEMA}'`);
  const dtype = metadata.get("dtype") === "f16" ? "f16" : "f32";
  const window = tensors.get("window")?.data;
  const state = {
    done: readCount(file, found, "done"),
    ...(window ? { window } : {}),
    caches: readCaches(file, found, dtype),
  };
  for (const { frames } of state.caches) {
    const held = [...frames.values()];
    if (new Set(held).size < held.length || held.some((frame) => frame >= state.done))
      throw stateFault("state-file", file, "its slots hold a frame twice, or one that is not made yet");
  }
  const clip = tensorOf(file, found, "clip").data;
  return { run: readRun(file, found), dtype, passes: readCount(file, found, "passes"), clip, state };
}

/** @throws ModelError `state-differs` for every field that is not the same. */
export function requireSameRun(found: Run, wanted: Run): void {
  const fields = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
  const differing = fields.filter((field) => found[field] !== wanted[field]);
  const problems = differing.map((field) =>
    networkProblem("state-differs", field, quoted(found[field] ?? "none"), quoted(wanted[field] ?? "none")),
  );
  if (problems.length > 0) throw new ModelError(problems);
}
