/** A program of its own that uses the host in one way and ends; its exit is what the tests look at. Not a test. */
import { openGpu, runAttention } from "../../runtime/index.js";
import { handWritten } from "./hand-written.js";

const mode = process.argv[2];
const shape = [1, 2, 64, 4];
const data = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i));
const input = { q: { shape, data }, k: { shape, data }, v: { shape, data } };

const gpu = await openGpu();
const { output } = await runAttention(gpu, handWritten(), input, { timing: true });
console.log(`output of ${output.length}`);

if (mode === "close") gpu.close();
if (mode === "throw") throw new Error("the caller's own fault");
if (mode === "exit") process.exit(3);
if (mode === "collect") {
  // What `create` of the package returned must outlive everything here.
  gpu.close();
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const again = await openGpu();
  const second = await runAttention(again, handWritten(), input);
  console.log(`and again ${second.output.length}`);
  again.close();
}
if (mode === "in-flight") {
  const run = runAttention(gpu, handWritten(), input);
  gpu.close();
  await run.catch((error: Error) => console.log(error.name));
}
