/** What the emulation refuses: one kernel per class of error, and the whole text that it prints. */
import { expect, it } from "vitest";
import { programNamed, runProgram } from "./compile.js";

/** Errors end with the line of the program that made them; here the rest of the text is compared. */
const PLACE = /, at faults\.cu:\d+\n$/;

const FAULTS: readonly (readonly [name: string, text: string])[] = [
  ["read behind an operand", "block 0, thread 31: reads 4 bytes at byte 400 of 'in', which holds 400"],
  ["read before an operand", "block 0, thread 0: reads 4 bytes at byte -4 of 'in', which holds 400"],
  ["read behind an operand, not told", "block 0, thread 0: reads byte 400 of 'in', which holds 400"],
  ["read at null", "block 0, thread 0: reads address 0x0, where no allocation is"],
  ["write behind a result", "block 0, thread 31: writes 4 bytes at byte 400 of 'out', which holds 400"],
  ["write to an operand", "block 0, thread 0: writes 'in', which is an operand"],
  ["read a result that nobody wrote", "block 0, thread 0: reads byte 4 of 'out', which nobody wrote"],
  ["two blocks write the same", "block 1, thread 0: race: writes byte 0 of 'out', which block 0 wrote"],
  ["a vector at an odd place", "block 0, thread 0: misaligned access at byte 4 of 'in', which holds 400"],
  ["write behind shared memory", "block 0, thread 31: writes 4 bytes at byte 124 of shared memory, which holds 124"],
  ["write far behind shared memory, not told", "block 0, thread 0: reads byte 4096 of shared memory, which holds 124"],
  ["read shared memory that nobody wrote", "block 0, thread 5: reads byte 20 of shared memory, which nobody wrote"],
  ["read without waiting", "block 0, thread 31: reads byte 252 of shared memory, which nobody wrote"],
  [
    "write without waiting for readers",
    "block 0, thread 31: race: reads byte 252 of shared memory without waiting for thread 63, which wrote it",
  ],
  [
    "a shuffle is no barrier",
    "block 0, thread 31: race: reads byte 120 of shared memory without waiting for thread 30, which wrote it",
  ],
  [
    "ldmatrix behind shared memory",
    "block 0, thread 31: load_matrix_4: reads 16 bytes at byte 496 of shared memory, which holds 496",
  ],
  ["ldmatrix at an odd place", "block 0, thread 0: load_matrix_4: reads byte 0 of shared memory, which nobody wrote"],
  [
    "half a warp shuffles for all",
    "block 0, thread 16: end of the kernel: threads 0-15 wait for this thread at __shfl_sync",
  ],
  [
    "lanes at two collectives",
    "block 0, thread 16: __syncwarp: threads 0-15 wait at __shfl_sync with the mask 0xffffffff for this lane, which is at __syncwarp with 0xffffffff",
  ],
  ["a lane outside its mask", "block 0, thread 16: __syncwarp: the mask 0xffff leaves out lane 16, which calls it"],
  [
    "a shuffle from a lane outside the mask",
    "block 0, thread 15: __shfl_sync: lane 0 reads from lane 20, which the mask 0xffff leaves out",
  ],
  [
    "threads at two barriers",
    "block 0: deadlock: threads 0-31 wait at __syncthreads; threads 32-63 wait at group_sync(1, 64)",
  ],
  [
    "too few threads at a barrier",
    "block 0: deadlock: threads 0-31 wait at group_sync(1, 64); threads 32-63 have ended",
  ],
  [
    "a barrier for different numbers",
    "block 0, thread 32: group_sync: barrier 1: 32 threads wait for 96 threads, this one for 64 (0: all)",
  ],
  [
    "cp.async behind an operand",
    "block 0, thread 25: copy_async_16: reads 16 bytes at byte 400 of 'in', which holds 400",
  ],
  [
    "cp.async from an odd place",
    "block 0, thread 0: copy_async_16: reads 16 bytes at byte 4 of 'in', which holds 400, an address that is not a multiple of 16",
  ],
  [
    "cp.async behind shared memory",
    "block 0, thread 31: copy_async_16: writes 16 bytes at byte 496 of shared memory, which holds 500",
  ],
  [
    "read before the copy is waited for",
    "block 0, thread 0: reads byte 16 of shared memory, which an asynchronous copy has yet to fill",
  ],
  [
    "read before the copy is waited for, not told",
    "block 0, thread 0: writes 4 bytes at byte 400 of 'out', which holds 400",
  ],
  [
    "read what another thread copied",
    "block 0, thread 31: reads byte 480 of shared memory, which an asynchronous copy has yet to fill",
  ],
  ["end with copies in flight", "block 0, thread 0: end of the kernel: asynchronous copies in flight: 1"],
  [
    "arrive where no barrier is",
    "block 0, thread 0: barrier_arrive: no barrier was initialised at byte 16384 of shared memory",
  ],
  [
    "initialise a barrier twice",
    "block 0, thread 1: barrier_init: a barrier was initialised at byte 16384 of shared memory before",
  ],
  [
    "a box to a barrier without fence",
    "block 0, thread 0: load_box: the barrier at byte 16384 of shared memory was initialised without barrier_init_fence",
  ],
  [
    "arrive before the barrier is known",
    "block 0, thread 63: barrier_arrive: race: uses the barrier at byte 16384 of shared memory without waiting for thread 0, which wrote it",
  ],
  [
    "overwrite a barrier",
    "block 0, thread 30: barrier_wait: the barrier at byte 16384 of shared memory was overwritten",
  ],
  [
    "arrive too often",
    "block 0, thread 0: barrier_arrive: one arrival more than the 1 that the barrier at byte 16384 of shared memory waits for in a phase",
  ],
  [
    "a box to an odd place",
    "block 0, thread 0: load_box: writes 8192 bytes at byte 64 of shared memory, not a multiple of 128",
  ],
  [
    "a box behind shared memory",
    "block 0, thread 0: load_box: writes 8192 bytes at byte 8320 of shared memory, which holds 16392",
  ],
  [
    "more bytes than expected",
    "block 0, thread 0: load_box: 192 bytes more arrived at the barrier at byte 16384 of shared memory than were expected",
  ],
  [
    "fewer bytes than expected",
    "block 0: deadlock: threads 0-31 wait at barrier_wait for byte 16384 of shared memory with parity 0; the barrier at byte 16384 misses 0 arrivals and 1 bytes",
  ],
  ["wait for the wrong phase", "block 0, thread 31: reads byte 124 of shared memory, which nobody wrote"],
  [
    "end with a box in flight",
    "block 0: end of the kernel: boxes in flight to the barrier at byte 16384 of shared memory: 1",
  ],
  ["read a box that others waited for", "block 0, thread 63: reads byte 252 of shared memory, which nobody wrote"],
  ["a box of no map", "block 0, thread 0: load_box: a tensor map that was not encoded"],
  [
    "wgmma without fence",
    "block 0, thread 0: wgmma: without wgmma_fence since the last wgmma_wait, or since the start",
  ],
  ["wgmma without commit", "block 0, thread 30: wgmma_wait: a wgmma was issued and not committed"],
  ["end without wgmma_wait", "block 0, thread 30: end of the kernel: products of wgmma in flight"],
  [
    "read accumulators before they are waited for",
    "block 0, thread 30: writes 4 bytes at byte 400 of 'out', which holds 400",
  ],
  [
    "write accumulators before they are waited for",
    "block 0, thread 31: wgmma_wait: accumulators of a wgmma in flight were written",
  ],
  ["write accumulators after the fence", "block 0, thread 31: wgmma: accumulators were written after wgmma_fence"],
  [
    "refill an operand too early",
    "block 0, thread 0: load_box: race: writes byte 0 of shared memory without waiting for the wgmma of warp 0, which reads it",
  ],
  [
    "refill an operand when one warp has waited",
    "block 0, thread 0: load_box: race: writes byte 0 of shared memory without waiting for the wgmma of warp 1, which reads it",
  ],
  [
    "wgmma before its operand is there",
    "block 0, thread 127: wgmma: race: reads byte 0 of shared memory without waiting for a box that completes on the barrier at byte 16384, which wrote it",
  ],
  [
    "an operand written without proxy fence",
    "block 0, thread 127: wgmma: reads byte 0 of shared memory, which thread 0 wrote without a proxy fence after it",
  ],
  [
    "descriptors that differ",
    "block 0, thread 95: wgmma: the descriptor of B differs between the threads of the warpgroup",
  ],
  [
    "a descriptor without swizzle",
    "block 0, thread 126: wgmma: descriptor of B: swizzle mode 0; the emulation knows only 1 (128 bytes)",
  ],
  [
    "a descriptor within the pattern",
    "block 0, thread 126: wgmma: descriptor of B: start address 8448 is 2 rows into a pattern of 1024 bytes, and the base offset is 0",
  ],
  [
    "an operand behind shared memory",
    "block 0, thread 126: wgmma: reads 16 bytes at byte 16384 of shared memory, which holds 16392",
  ],
  [
    "too many registers",
    "block 0, thread 287: registers_release: the warpgroups hold 66560 registers; a multiprocessor has 65536",
  ],
  ["an odd number of registers", "block 0, thread 31: registers_take: 100 registers; 24, 32, ... 256 are allowed"],
];

/** Caught only where the unmapped page lies before the operand. */
const UNSEEN_BY_DEFAULT = "read before an operand, not told";

it("every kernel is run", async () => {
  const { stdout } = await runProgram(await programNamed("faults.cu"));
  expect(new Set(stdout.trim().split("\n"))).toEqual(new Set([...FAULTS.map(([name]) => name), UNSEEN_BY_DEFAULT]));
});

it.each(FAULTS)("%s", async (name, text) => {
  const { status, stdout, stderr } = await runProgram(await programNamed("faults.cu"), [name]);
  expect({ status, stdout, text: stderr.replace(PLACE, "").trimEnd() }).toEqual({
    ...{ status: 70, stdout: "" },
    text: `emulation: ${text}`,
  });
});

it("an error says in which line of the program it was made", async () => {
  const { stderr } = await runProgram(await programNamed("faults.cu"), ["half a warp shuffles for all"]);
  const told = await runProgram(await programNamed("faults.cu"), ["a lane outside its mask"]);
  expect(stderr).not.toMatch(PLACE);
  expect(told.stderr).toMatch(PLACE);
});

/** In some order of the threads a race has happened by luck, in another it shows; it is told in all of them. */
it.each(["0", "1", "2", "3", "4"])("races are told in any order: EMULATION_SEED=%s", async (seed) => {
  const program = await programNamed("faults.cu");
  for (const name of [
    ...["read without waiting", "write without waiting for readers", "a shuffle is no barrier"],
    ...["read what another thread copied", "refill an operand too early", "refill an operand when one warp has waited"],
    ...["wgmma before its operand is there", "read a box that others waited for", "arrive before the barrier is known"],
  ]) {
    const { status } = await runProgram(program, [name], { EMULATION_SEED: seed });
    expect(status, name).toBe(70);
  }
});

it("the unmapped page may lie before the operands", async () => {
  const environment = { EMULATION_GUARD: "start" };
  const program = await programNamed("faults.cu");
  const { stderr } = await runProgram(program, [UNSEEN_BY_DEFAULT], environment);
  expect(stderr).toMatch(/^emulation: block 0, thread 0: reads byte -4 of 'in', which holds 400, at faults\.cu:\d+\n$/);
});
