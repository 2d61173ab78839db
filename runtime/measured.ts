/** What the host wants of a launch beside its work: values read back, and how long it took. */
import type { LaunchCommands } from "./launcher/index.js";

// GPUBufferUsage and GPUMapMode, which Node has no globals for.
const [MAP_READ, COPY_SRC, COPY_DST, QUERY_RESOLVE] = [0x1, 0x4, 0x8, 0x200];
const READ = 1;

/** Copies the first `bytes` of buffers to the host, all in one submission. */
export async function readBack(device: GPUDevice, sources: readonly { buffer: GPUBuffer; bytes: number }[]) {
  const encoder = device.createCommandEncoder();
  const staging = sources.map(({ buffer, bytes }) => {
    const copy = device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, bytes);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  try {
    await Promise.all(staging.map((copy) => copy.mapAsync(READ)));
    return staging.map((copy) => copy.getMappedRange().slice(0));
  } finally {
    // A buffer that stays mapped can keep the process from ending.
    for (const copy of staging) copy.destroy();
  }
}

/** Milliseconds of one run by the device's own clock, the mean of several in one pass; the device has `timestamp-query`. */
export async function timeByTimestamps(device: GPUDevice, launch: LaunchCommands, repeats = 1): Promise<number> {
  const querySet = device.createQuerySet({ type: "timestamp", count: 2 });
  const resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });
  try {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass({
      timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    });
    for (let i = 0; i < repeats; i++) launch.encode(pass);
    pass.end();
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    device.queue.submit([encoder.finish()]);
    await launch.finished();
    const [times] = await readBack(device, [{ buffer: resolved, bytes: 16 }]);
    const [start = 0n, end = 0n] = new BigInt64Array(times as ArrayBuffer);
    return Number(end - start) / 1e6 / repeats;
  } finally {
    querySet.destroy();
    resolved.destroy();
  }
}

async function timeByClock(launch: LaunchCommands): Promise<number> {
  const start = performance.now();
  await launch.run({ sliceMilliseconds: Number.POSITIVE_INFINITY });
  return performance.now() - start;
}

/** Milliseconds of one more run, by timestamps where the device has them. */
export const timeOf = (device: GPUDevice, launch: LaunchCommands): Promise<number> =>
  device.features.has("timestamp-query") ? timeByTimestamps(device, launch) : timeByClock(launch);
