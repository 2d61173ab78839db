/** The machine in words, for the head of a report. */
import { cpus, loadavg, totalmem } from "node:os";

/** Its load too, since others may have been at work on it. */
export function machineText(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${first?.model.trim() || process.arch}, ${cpus().length} cores, ${memory} GiB, load ${loadavg()[0]?.toFixed(1)} at the start`;
}
