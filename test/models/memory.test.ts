/** The memory plan: no two tensors that live at once share a buffer, and every tensor fits its buffer. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readOperations } from "../../cli/msc/build.js";
import { fuseProgram } from "../../cli/msc/fused.js";
import { assemble } from "../../models/msc/assemble.js";
import { bytesOn } from "../../models/msc/extents.js";
import { planMemory } from "../../models/msc/memory.js";
import { presets } from "../../models/msc/presets.js";
import { type Program, type ProgramTensor, readsOf } from "../../models/msc/program.js";

/** The steps at which each activation is touched, those in `keep` to the end. */
function livesOf({ tensors, steps }: Program, keep: ReadonlySet<string>) {
  const activations = tensors.filter(({ role }) => role === "activation").map(({ name }) => name);
  return activations.map((name) => {
    const at = steps.flatMap((step, i) =>
      [step.output, ...readsOf(step)].some(({ tensor }) => tensor === name) ? [i] : [],
    );
    const last = keep.has(name) ? steps.length : (at.at(-1) ?? steps.length);
    return { name, first: at[0] ?? 0, last };
  });
}

function check(program: Program, bytes: (name: string) => number, keep: ReadonlySet<string>): number {
  const { sizes, bufferOf } = planMemory(program, bytes, keep);
  const lives = livesOf(program, keep);
  for (const [i, a] of lives.entries()) {
    const buffer = bufferOf.get(a.name) as number;
    expect(sizes[buffer]).toBeGreaterThanOrEqual(bytes(a.name));
    for (const b of lives.slice(i + 1)) {
      const overlap = a.first <= b.last && b.first <= a.last;
      if (overlap) expect(bufferOf.get(b.name), `${a.name}, ${b.name}`).not.toBe(buffer);
    }
  }
  return sizes.reduce((sum, size) => sum + size, 0);
}

test.each(Object.entries(presets))("%s", (_, config) => {
  const { program } = fuseProgram(assemble(config), readOperations());
  const grid = fc.record({
    t: fc.integer({ min: 1, max: 5 }),
    y: fc.integer({ min: 1, max: 9 }),
    x: fc.integer({ min: 1, max: 9 }),
  });
  const keep = fc.subarray(program.tensors.filter(({ role }) => role === "activation").map(({ name }) => name));
  fc.assert(
    fc.property(grid, keep, (extents, kept) => {
      const bytes = (name: string) =>
        bytesOn(program.tensors.find((tensor) => tensor.name === name) as ProgramTensor, extents, "f32");
      const total = check(program, bytes, new Set());
      expect(check(program, bytes, new Set(kept))).toBeGreaterThanOrEqual(0);
      const all = program.tensors
        .filter(({ role }) => role === "activation")
        .reduce((sum, { name }) => sum + bytes(name), 0);
      expect(total).toBeLessThan(all);
    }),
    { numRuns: 10 },
  );
});
