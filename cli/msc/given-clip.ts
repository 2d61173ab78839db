/** The clip that a command of the model takes, and numbers of frames, checked against the model before anything runs. */
import type { MscConfig } from "../../models/msc/config.js";
import { parseY4m, type Y4m } from "../../models/video/y4m.js";
import { userError } from "../messages.js";
import { bytesOf } from "./bytes.js";

/** @throws ModelError for what is no y4m that can be read, HostError where the file cannot be. */
export const readClip = (file: string, cwd: string): Y4m => parseY4m(bytesOf(file, cwd), file);

/** The values of the first frames of a clip. */
export function firstFrames(clip: Y4m, count: number): Float32Array<ArrayBuffer> {
  const length = clip.width * clip.height * 3;
  const values = new Float32Array(count * length);
  for (let i = 0; i < count; i++) values.set(clip.frame(i), i * length);
  return values;
}

/** @throws UserError `msc-channels` where files cannot hold the model's clips. */
export function requireColours({ name, channels }: MscConfig): void {
  if (channels !== 3) throw userError("msc-channels", { model: name, channels });
}

/** Frames in whole patches. @throws UserError `msc-frames`. */
export function tokenFrames(option: string, given: number, { patch }: MscConfig): number {
  if (given % patch.t !== 0) throw userError("msc-frames", { option, given, patch: patch.t });
  return given / patch.t;
}

/** @throws UserError `msc-clip-frames` where the clip is shorter. */
export function requireFrames(option: string, given: number, file: string, { frames }: Y4m): void {
  if (given > frames) throw userError("msc-clip-frames", { option, given, file, frames });
}
