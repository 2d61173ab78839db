// Asks Dawn for a WebGPU adapter and prints it as one line of JSON; run as a child process, since a bad driver may crash it.
import { create } from "webgpu";

// Kept alive for the whole process: Dawn crashes once this object is garbage-collected.
globalThis.gpu = create([]);
const adapter = await globalThis.gpu.requestAdapter();
if (adapter === null) process.exit(1);
const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize } = adapter.info;
const features = [...adapter.features].sort();
process.stdout.write(
  `${JSON.stringify({ vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize, features })}\n`,
  () => process.exit(0),
);
