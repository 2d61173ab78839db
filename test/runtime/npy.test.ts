/** `.npy` files: round trips, what numpy writes, and every message of the host, whole. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatNpy, HostError, parseNpy, readNpy, requireShape, writeNpy } from "../../runtime/index.js";
import { hostCodes, hostProblem } from "../../runtime/messages.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mscc-npy-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const seen = new Set<string>();
function textOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    for (const { code } of error.problems) seen.add(code);
    return error.message;
  }
  return "no error";
}

/** A file as some other program could have written it. */
function npy(dict: string, values: Uint8Array, major = 1, minor = 0): Buffer {
  const head = Buffer.alloc(major === 1 ? 10 : 12);
  head.write("\x93NUMPY", "latin1");
  head[6] = major;
  head[7] = minor;
  if (major === 1) head.writeUInt16LE(dict.length, 8);
  else head.writeUInt32LE(dict.length, 8);
  return Buffer.concat([head, Buffer.from(dict, "latin1"), values]);
}
const dict = (descr: string, shape: string, fortran = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
const bytesOf = (values: Float32Array | Int32Array | BigInt64Array) => new Uint8Array(values.buffer);
const floats = bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6));

describe("files", () => {
  it("come back as they were written, bit for bit", () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 });
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.integer(), (shape, whole, seed) => {
        const count = shape.reduce((product, extent) => product * extent, 1);
        const words = Int32Array.from({ length: count }, (_, i) => Math.imul(seed + i, 0x9e3779b1));
        const data = whole ? words : new Float32Array(words.buffer);
        const path = join(folder, "round.npy");
        writeNpy(path, { shape, data });
        const back = readNpy(path, whole ? "int" : "float");
        expect(back.shape).toEqual(shape);
        expect(new Int32Array(back.data.buffer)).toEqual(words);
      }),
      { numRuns: 200 },
    );
  });

  it("are what numpy.save writes", () => {
    const text = formatNpy({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117);
    expect(text.toString("latin1")).toBe(
      `\x93NUMPY\x01\x00\x76\x00${header}\n${Buffer.from(floats).toString("latin1")}`,
    );
    expect(formatNpy({ shape: [6], data: new Float32Array(6) }).toString("latin1")).toContain("'shape': (6,), ");
    expect(formatNpy({ shape: [], data: new Float32Array(1) }).toString("latin1")).toContain("'shape': (), ");
  });

  it("may have version 2.0, keys in another order, a view's data, one dimension in Fortran order", () => {
    const text = "{'shape': (3, 2), 'fortran_order': False, 'descr': '<f4'}\n";
    expect(parseNpy("a.npy", npy(text, floats, 2))).toEqual({ shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(parseNpy("a.npy", npy(dict("<f4", "(6, 1)", "True"), floats)).shape).toEqual([6, 1]);
    const view = new Float32Array([0, 1, 2, 3, 4, 5, 6]).subarray(1);
    expect(parseNpy("a.npy", formatNpy({ shape: [6], data: view })).data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  it("hold int64 where the values fit int32", () => {
    const values = BigInt64Array.of(0n, -(2n ** 31n), 2n ** 31n - 1n);
    const { data } = parseNpy("a.npy", npy(dict("<i8", "(3,)"), bytesOf(values)), "int");
    expect(data).toEqual(Int32Array.of(0, -(2 ** 31), 2 ** 31 - 1));
  });

  it("are written whole or not at all", () => {
    const path = join(folder, "missing", "o.npy");
    const text = textOf(() => writeNpy(path, { shape: [1], data: new Float32Array(1) }));
    expect(text.replaceAll(folder, "")).toBe("/missing/o.npy cannot be written: its folder does not exist");
    rmSync(join(folder, "round.npy"), { force: true });
    const kept = join(folder, "kept");
    writeFileSync(kept, "old");
    writeNpy(kept, { shape: [1], data: new Float32Array(1) });
    expect(readFileSync(kept).length).toBe(132);
    expect(readdirSync(folder)).toEqual(["kept"]);
  });
});

describe("messages", () => {
  const faults: readonly [string, Buffer, "float" | "int" | "any", string][] = [
    ["npy-magic", Buffer.from("PK\x03\x04..."), "any", "a.npy is not a .npy file: it does not begin with '\\x93NUMPY'"],
    [
      "npy-version",
      npy("", floats, 3),
      "any",
      "a.npy has .npy version 3.0, expected 1.0 or 2.0\n  help: save it again with numpy.save",
    ],
    [
      "npy-header",
      npy("{'descr': [('x', '<f4')]}", floats),
      "any",
      "a.npy has a .npy header that cannot be read: no 'descr' of a plain dtype",
    ],
    [
      "npy-header",
      npy("{'descr': '<f4'}", floats),
      "any",
      "a.npy has a .npy header that cannot be read: no 'fortran_order'",
    ],
    [
      "npy-header",
      npy("{'descr': '<f4', 'fortran_order': False}", floats),
      "any",
      "a.npy has a .npy header that cannot be read: no 'shape'",
    ],
    [
      "npy-dtype",
      npy(dict("<f8", "(3,)"), floats),
      "float",
      "a.npy holds dtype '<f8', expected float32 ('<f4')\n  help: convert it with array.astype",
    ],
    [
      "npy-dtype",
      npy(dict("<f4", "(6,)"), floats),
      "int",
      "a.npy holds dtype '<f4', expected int32 ('<i4') or int64 ('<i8')\n  help: convert it with array.astype",
    ],
    [
      "npy-dtype",
      npy(dict(">f4", "(6,)"), floats),
      "any",
      "a.npy holds dtype '>f4', expected float32, int32 or int64\n  help: convert it with array.astype",
    ],
    [
      "npy-order",
      npy(dict("<f4", "(2, 3)", "True"), floats),
      "any",
      "a.npy is in Fortran order, expected C order\n  help: save numpy.ascontiguousarray(array)",
    ],
    ["npy-truncated", npy(dict("<f4", "(2, 4)"), floats), "any", "a.npy is truncated: expected 102 bytes, got 94"],
    [
      "npy-truncated",
      npy(dict("<f4", "(2, 3)"), floats).subarray(0, 40),
      "any",
      "a.npy is truncated: expected 70 bytes, got 40",
    ],
    ["npy-truncated", npy("", floats).subarray(0, 9), "any", "a.npy is truncated: expected 10 bytes, got 9"],
    ["npy-trailing", npy(dict("<f4", "(5,)"), floats), "any", "a.npy is too long: expected 88 bytes, got 92"],
    [
      "npy-range",
      npy(dict("<i8", "(2,)"), bytesOf(BigInt64Array.of(7n, 2n ** 31n))),
      "any",
      "value 1 of a.npy is 2147483648, expected within -2147483648 to 2147483647: mscc reads int64 as int32",
    ],
  ];
  it.each(faults)("%s", (code, bytes, want, text) => {
    expect(textOf(() => parseNpy("a.npy", bytes, want))).toBe(text);
    expect([...seen]).toContain(code);
  });

  it("file-unreadable", () => {
    expect(textOf(() => readNpy("/nowhere/a.npy"))).toBe("/nowhere/a.npy cannot be read: it does not exist");
  });

  it("npy-rank, npy-extent", () => {
    const axes = [{ name: "batch" }, { name: "x", extent: 4 }, { name: "dim", extent: 8 }];
    expect(textOf(() => requireShape("a.npy", [4, 8], axes))).toBe(
      "a.npy has shape [4, 8], expected 3 dimensions: [batch, x, dim]",
    );
    expect(textOf(() => requireShape("a.npy", [9, 5, 7], axes))).toBe(
      "axis 'x' of a.npy has extent 5, expected 4\naxis 'dim' of a.npy has extent 7, expected 8",
    );
    expect(textOf(() => requireShape("a.npy", [9, 4, 8], axes))).toBe("no error");
  });

  const told: readonly [ReturnType<typeof hostProblem>, string, string | undefined][] = [
    [
      hostProblem("no-adapter"),
      "no WebGPU adapter was found on this machine",
      "install a Vulkan driver: on Debian and Ubuntu the package mesa-vulkan-drivers, Mesa 23 or newer (on Debian 12 from bookworm-backports), in a checkout of mscc 'npm run setup'; then 'mscc doctor' shows what is there",
    ],
    [
      hostProblem("no-webgpu", "Cannot find package 'webgpu'"),
      "the npm package 'webgpu' cannot be loaded: Cannot find package 'webgpu'",
      "run 'npm install' on this machine: the package brings one binary per platform (Linux, macOS, Windows; x64, arm64)",
    ],
    [
      hostProblem("no-device", "limit too high"),
      "the adapter gave no device: limit too high",
      "'mscc doctor' shows what it offers",
    ],
    [hostProblem("gpu-closed"), "this GPU was closed", "open another one with openGpu()"],
    [hostProblem("host-length", "q", 64, 63), "q holds 63 values, its shape and strides reach 64", undefined],
    [
      hostProblem("host-dtype", "rows", "Int32Array", "Float32Array"),
      "rows holds Float32Array, expected Int32Array",
      undefined,
    ],
  ];
  it.each(told)("of the machine: %o", (problem, message, help) => {
    seen.add(problem.code);
    expect(problem).toEqual({ code: problem.code, message, ...(help ? { help } : {}) });
  });

  afterAll(() => {
    expect(hostCodes.filter((code) => !seen.has(code))).toEqual([]);
  });
});
