/** How operands lie in buffers: bytes of halves, rows that are read several elements at a time, and arrays of the host. */
import { describe, expect, it } from "vitest";
import { halfBits } from "../../runtime/half.js";
import { bytesFor, denseOutput, outputLayout, placed } from "../../runtime/host-layout.js";
import { createKernel, LaunchError } from "../../runtime/launcher/index.js";
import { fakeDevice, operand } from "./fake-device.js";
import { type HandWritten, handWritten } from "./hand-written.js";

/** What `bind` says of four operands with one layout. */
async function refusal(
  options: HandWritten,
  shape: readonly number[],
  more: Parameters<typeof operand>[1],
): Promise<string> {
  const kernel = await createKernel(fakeDevice().device, handWritten(options));
  const input = operand(shape, more);
  try {
    kernel.bind({ q: input, k: input, v: input, output: operand(shape) });
    return "";
  } catch (error) {
    return error instanceof LaunchError ? (error.problems[0]?.message ?? "") : String(error);
  }
}

const f16: HandWritten = { kernel: { dtype: "f16" } };

describe("a kernel of f16", () => {
  it("takes two bytes for each element", async () => {
    expect(await refusal(f16, [1, 2, 8, 4], { bytes: 128 })).toBe("");
    expect(await refusal(f16, [1, 2, 8, 4], { bytes: 126 })).toBe("q reaches 128 bytes into its buffer, which has 126");
    expect(await refusal({}, [1, 2, 8, 4], { bytes: 128 })).toBe("q reaches 256 bytes into its buffer, which has 128");
  });

  it("binds whole words", async () => {
    const odd = { ...f16, headDim: 3 };
    expect(await refusal(odd, [1, 1, 1, 3], { bytes: 8 })).toBe("");
    expect(await refusal(odd, [1, 1, 1, 3], { bytes: 6 })).toBe("q reaches 8 bytes into its buffer, which has 6");
  });

  it("binds from where WebGPU allows, and gives the rest in elements", async () => {
    const { device } = fakeDevice();
    const bound: GPUBufferBinding[][] = [];
    const written: ArrayBuffer[] = [];
    Object.assign(device, {
      createBindGroup: ({ entries }: GPUBindGroupDescriptor) =>
        bound.push([...entries].map(({ resource }) => resource as GPUBufferBinding)),
    });
    Object.assign(device.queue, { writeBuffer: (_: unknown, __: number, data: ArrayBuffer) => written.push(data) });
    const compiled = handWritten(f16);
    const kernel = await createKernel(device, compiled);
    const shape = [1, 1, 8, 4];
    const q = operand(shape, { offset: 134, bytes: 1024 });
    kernel.bind({ q, k: operand(shape), v: operand(shape), output: operand(shape) });
    expect(bound[0]?.[1]).toMatchObject({ offset: 256, size: 134 * 2 + 64 - 256 });
    const field = compiled.kernel.uniforms.fields.find(({ name }) => name === "q_offset");
    expect(new DataView(written[0] as ArrayBuffer).getInt32(field?.offset as number, true)).toBe(6);
  });
});

describe("a kernel that reads four elements at a time", () => {
  const fast = { headDim: 3, kernel: { rowAlignment: 4 } };
  const strides = [64, 32, 4, 1];

  it("needs the whole last step in the buffer", async () => {
    expect(await refusal(fast, [1, 2, 8, 3], { strides, bytes: 252 })).toBe(
      "q reaches 256 bytes into its buffer, which has 252",
    );
  });

  it("takes no broadcast along a row", async () => {
    expect(await refusal({ kernel: { rowAlignment: 4 } }, [1, 2, 8, 4], { strides: [64, 32, 4, 0] })).toBe(
      "axis 'dim' of q has stride 0, this kernel reads 4 elements at a time and takes 1",
    );
  });
});

describe("arrays of the host", () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => i / 3);
  const tensor = { shape: [1, 2, 4, 3], data };

  it("lie as they are where the kernel takes any layout", () => {
    const found = placed(handWritten({ headDim: 3 }), "q", tensor);
    expect(found.data).toBe(data);
    expect(found.layout).toEqual({ shape: tensor.shape });
  });

  it("are rounded to halves", () => {
    const compiled = handWritten({ headDim: 3, ...f16 });
    expect([...placed(compiled, "q", tensor).data]).toEqual([...data].map(halfBits));
    expect([1, 2, 3].map((count) => bytesFor(compiled, count))).toEqual([4, 4, 8]);
    const back = denseOutput(compiled, { shape: [3] }, Uint16Array.of(0x3c00, 0x4000, 0xc000, 0).buffer);
    expect([...back]).toEqual([1, 2, -2]);
  });

  it("get rows that a kernel can read which reads four elements at a time", () => {
    const compiled = handWritten({ headDim: 3, kernel: { rowAlignment: 4 } });
    const { data: rows, layout } = placed(compiled, "q", tensor);
    expect(layout).toEqual({ shape: tensor.shape, strides: [32, 16, 4, 1] });
    expect([...rows].filter((_, i) => i % 4 < 3)).toEqual([...data]);
    expect([...rows].filter((_, i) => i % 4 === 3)).toEqual(new Array(8).fill(0));
    // The same element by other strides.
    const turned = placed(compiled, "q", { shape: [1, 2, 4, 3], data, strides: [0, 3, 6, 1] });
    expect([...turned.data].slice(0, 8)).toEqual([...data.subarray(0, 3), 0, ...data.subarray(6, 9), 0]);
    const output = outputLayout(compiled, [1, 2, 4, 3]);
    expect(output).toEqual({ layout, count: 32 });
    expect([...denseOutput(compiled, output.layout, rows.buffer)]).toEqual([...data]);
  });

  it("stay as they are where they are faulty, for bind to say so", () => {
    const compiled = handWritten({ headDim: 3, kernel: { rowAlignment: 4 } });
    for (const layout of [{ strides: [0, -3, 3, 1] }, { shape: [2, 4, 3] }, { offset: 0.5 }]) {
      expect(placed(compiled, "q", { ...tensor, ...layout }).data).toBe(data);
    }
  });
});
