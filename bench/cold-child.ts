/** A process of its own that compiles a pattern and runs it once: prints its times as JSON. `node cold-child.js <profile>`. */
const start = performance.now();
const { compileFile } = await import("mscc/compile");
const { kindOf } = await import("../backends/wgsl/index.js");
const { openGpu, runAttention } = await import("mscc/runtime");
const loaded = performance.now();
const { CONE, DIM, HEADS } = await import("./cases.js");
const { randomInputs } = await import("./exact.js");
const { kindFor, root } = await import("./own.js");

const grid = [4, 16, 16];
const tokens = 4 * 16 * 16;
const { q, k, v } = randomInputs(tokens);
const operand = (data: Float32Array<ArrayBuffer>) => ({ shape: [1, HEADS, ...grid, DIM], data });
const input = { q: operand(q), k: operand(k), v: operand(v), params: CONE.params };

const before = performance.now();
const gpu = await openGpu();
const opened = performance.now();
const [, , asked = "best"] = process.argv;
const { profile, subgroupSize } = asked === "baseline" ? kindOf("baseline") : await kindFor(gpu, CONE);
const file = `${root}dsl/variants/${CONE.file}`;
const compiled = await compileFile(file, CONE.name, {
  headDim: DIM,
  profile,
  ...(subgroupSize ? { subgroupSize } : {}),
});
const compiledAt = performance.now();
await runAttention(gpu, compiled, input);
const first = performance.now();
await runAttention(gpu, compiled, input);
const second = performance.now();
console.log(
  JSON.stringify({
    adapter: gpu.info.device || gpu.info.description || gpu.info.vendor,
    profile,
    load: loaded - start,
    open: opened - before,
    compile: compiledAt - opened,
    // What the second run does not need: the driver's shader compiler, and pipeline creation.
    shader: first - compiledAt - (second - first),
    run: second - first,
    // All but the making of the inputs.
    total: loaded - start + (first - before),
  }),
);
gpu.close();

export {};
