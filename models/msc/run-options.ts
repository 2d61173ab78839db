/** Options that sampling and denoising have in common. */
import { networkFault } from "./network-messages.js";

export const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;

/** @throws ModelError `sample-option`. */
export function requireCount(name: string, value: number): void {
  if (!isCount(value)) throw networkFault("sample-option", name, String(value), "a positive integer");
}

/** @throws ModelError `sample-option`. */
export function requireSeed(seed: number): void {
  if (!Number.isInteger(seed)) throw networkFault("sample-option", "seed", String(seed), "an integer");
}
