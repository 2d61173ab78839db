/** What `mscc msc sample` was asked for; what is not given comes from the run that is resumed, or is the default. */
import type { StoredDtype } from "../../models/msc/extents.js";
import type { SampleMode } from "../../models/msc/rounds.js";

export interface SampleRequest {
  readonly model: string | undefined;
  readonly models: string | undefined;
  readonly weights: string | undefined;
  readonly clip: string | undefined;
  /** Frames of video, as are the other counts. */
  readonly context: number | undefined;
  readonly frames: number | undefined;
  readonly chunk: number | undefined;
  readonly steps: number | undefined;
  readonly mode: SampleMode | undefined;
  readonly seed: number | undefined;
  readonly dtype: StoredDtype | undefined;
  readonly outputs: readonly string[];
  readonly scale: number;
  readonly state: string | undefined;
  readonly resume: string | undefined;
  readonly format: string;
}
