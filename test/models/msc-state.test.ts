/** Runs of the sampler as files: what is read is what was written, and what is damaged is refused. */
import { describe, expect, it } from "vitest";
import { formatSafetensors, parseSafetensors } from "../../models/msc/safetensors.js";
import { formatState, parseState, requireSameRun, type SavedRun, stateCodes } from "../../models/msc/state.js";
import { fromHalves } from "../../runtime/half.js";
import { seen, textOf } from "./faults.js";

const cache = (bits: Uint8Array<ArrayBuffer>) => ({
  frames: new Map([
    [0, 0],
    [2, 7],
  ]),
  bytes: bits,
});

const saved = (dtype: "f32" | "f16", bytes: Uint8Array<ArrayBuffer>): SavedRun => ({
  run: { model: "tiny", "frames given": "ab" },
  dtype,
  passes: 44,
  clip: Float32Array.of(0.1, -2, 3e-42),
  state: {
    done: 8,
    window: Float32Array.of(1, 2),
    caches: [cache(bytes), { frames: new Map(), bytes: new Uint8Array() }],
  },
});

describe("a run as bytes", () => {
  it("keeps every bit of f32, and every half", () => {
    const words = new Uint8Array(Uint32Array.of(0x80000000, 0x7fc12345, 1, 0x3f800001).buffer);
    expect(parseState(formatState(saved("f32", words)), "s")).toEqual(saved("f32", words));
    const finite = Uint16Array.from({ length: 65536 }, (_, bits) =>
      (bits & 0x7c00) === 0x7c00 ? bits & 0xfc00 : bits,
    );
    const halves = new Uint8Array(finite.buffer);
    expect(parseState(formatState(saved("f16", halves)), "s")).toEqual(saved("f16", halves));
    expect(parseSafetensors(formatState(saved("f16", halves)), "s").tensors.get("cache.0")?.data).toEqual(
      fromHalves(finite),
    );
  });

  it("has the same bytes each time, and no window where there is none", () => {
    const { state, ...rest } = saved("f32", new Uint8Array(8));
    const without = { ...rest, state: { done: state.done, caches: state.caches } };
    expect(formatState(without)).toEqual(formatState(without));
    expect(parseState(formatState(without), "s")).toEqual(without);
  });
});

describe("refuses", () => {
  const good = () => parseSafetensors(formatState(saved("f32", new Uint8Array(8))), "s");
  const damaged = (change: { readonly [name: string]: string }, without: readonly string[] = []) => {
    const { tensors, metadata } = good();
    const kept = [...tensors]
      .filter(([name]) => !without.includes(name))
      .map(([name, { shape, data }]) => [name, { shape, data }] as const);
    return formatSafetensors(new Map(kept), new Map([...metadata, ...Object.entries(change)]));
  };
  const cases: readonly (readonly [{ readonly [name: string]: string }, readonly string[], string])[] = [
    [{ kind: "other" }, [], "it has no kind 'msc-state'"],
    [{ schema: "2" }, [], "it is of schema '2', expected '1'"],
    [{ done: "-1" }, [], "its 'done' is '-1', expected a number"],
    [{ passes: "many" }, [], "its 'passes' is 'many', expected a number"],
    [{ run: "[1]" }, [], "its 'run' does not say what the run is"],
    [{ run: "{" }, [], "its 'run' is not JSON"],
    [{ slots: "{}" }, [], "its 'slots' are not a list"],
    [{ slots: "[[[0, -1]], []]" }, [], "its slots of cache 0 are not pairs of numbers"],
    [{}, ["cache.1"], "it has no tensor 'cache.1'"],
    [{}, ["clip"], "it has no tensor 'clip'"],
  ];
  it.each(cases)("%j without %j", (change, without, why) => {
    expect(
      textOf(() => parseState(damaged(change, without), "run.state")),
    ).toBe(`run.state is not the state of a run: ${why}
  help: give a file that \`mscc msc sample --state\` wrote`);
  });

  it("weights, and a truncated file", () => {
    expect(textOf(() => parseState(formatSafetensors(new Map()), "w"))).toContain(
      "w is not the state of a run: it has no kind",
    );
    const bytes = formatState(saved("f32", new Uint8Array(8)));
    expect(textOf(() => parseState(bytes.slice(0, -4), "s"))).toContain("s is truncated: ");
  });

  it("another run", () => {
    expect(() => requireSameRun({ a: "1" }, { a: "1" })).not.toThrow();
    expect(() =>
      requireSameRun({ a: "1", b: "x" }, { a: "2", b: "x", c: "y" }),
    ).toThrow(`the state to resume from has a '1', and this run has '2'
  help: resume with the model, weights and options that the run began with
the state to resume from has c 'none', and this run has 'y'
  help: resume with the model, weights and options that the run began with`);
    expect([...seen]).toEqual([...stateCodes]);
  });
});
