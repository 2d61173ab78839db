/** Binds the hand-written kernel on a device that only answers: what the launcher says, for tests of its texts. */
import { expect } from "vitest";
import { type BindOptions, createKernel } from "../../runtime/launcher/index.js";
import { fakeDevice, operand } from "./fake-device.js";
import { type HandWritten, handWritten } from "./hand-written.js";
import { attempt } from "./launch-texts.js";

export const base = {
  q: operand([1, 2, 8, 4]),
  k: operand([1, 2, 8, 4]),
  v: operand([1, 2, 8, 4]),
  output: operand([1, 2, 8, 4]),
};
/** Binds with some options changed; nothing may reach the GPU where a check fails. */
export async function bindText(
  change: { readonly [name: string]: unknown },
  options: HandWritten = {},
): Promise<string> {
  const { device, calls } = fakeDevice();
  const kernel = await createKernel(device, handWritten(options));
  const before = calls.length;
  const text = await attempt(() => kernel.bind({ ...base, ...change } as BindOptions));
  if (text !== "no error") expect(calls.length).toBe(before);
  return text;
}
