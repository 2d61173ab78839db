/** Every message of video files and of pictures of clips, whole. */
import { afterAll, describe, expect, it } from "vitest";
import type { Clip } from "../../models/video/clip.js";
import { formatGif } from "../../models/video/gif.js";
import { videoCodes } from "../../models/video/messages.js";
import { formatStrip } from "../../models/video/png.js";
import { formatY4m, parseY4m } from "../../models/video/y4m.js";
import { bytesOf } from "./bytes.js";
import { seen, textOf } from "./faults.js";

const CONVERT = "\n  help: convert it: `ffmpeg -i clip -pix_fmt yuv420p clip.y4m`";
const HEADER = "\n  help: a header is one line such as 'YUV4MPEG2 W64 H48 F10:1 Ip A1:1 C420jpeg'";
const DAMAGED = "\n  help: the file is damaged, or its header gives another size than its frames have";
const COLOURS = "expected 'C420', 'C420jpeg', 'C420mpeg2', 'C420paldv', 'C444', 'Cmono' of 8 bits";
const PROGRESSIVE = "\n  help: deinterlace it: `ffmpeg -i clip.y4m -vf yadif -pix_fmt yuv420p whole.y4m`";
const RATE = "expected frames and seconds as whole numbers, such as 'F10:1'";

const reading: readonly [code: string, file: string, text: string][] = [
  ["y4m-magic", "RIFF....AVI ", `a is not a y4m file: it does not begin with 'YUV4MPEG2 '${CONVERT}`],
  ["y4m-magic", "", `a is not a y4m file: it does not begin with 'YUV4MPEG2 '${CONVERT}`],
  [
    "y4m-header",
    `YUV4MPEG2 W2 H2${" ".repeat(4096)}`,
    `a has a y4m header that cannot be read: its line does not end within 4096 bytes${HEADER}`,
  ],
  ["y4m-header", "YUV4MPEG2 W2 H2", `a has a y4m header that cannot be read: the file ends in it${HEADER}`],
  ["y4m-header", "YUV4MPEG2 W2\n", `a has a y4m header that cannot be read: there is no 'H'${HEADER}`],
  ["y4m-header", "YUV4MPEG2 H2\n", `a has a y4m header that cannot be read: there is no 'W'${HEADER}`],
  ["y4m-header", "YUV4MPEG2 W2 H2 W4\n", `a has a y4m header that cannot be read: 'W' is given twice${HEADER}`],
  [
    "y4m-header",
    "YUV4MPEG2 W2 H2 \x1b[2J\n",
    `a has a y4m header that cannot be read: '\\u{1b}[2J' is not known${HEADER}`,
  ],
  ["y4m-extent", "YUV4MPEG2 W0 H2\n", "a gives its width as 'W0', expected a whole number from 1 to 16384"],
  ["y4m-extent", "YUV4MPEG2 W2 H-2\n", "a gives its height as 'H-2', expected a whole number from 1 to 16384"],
  ["y4m-extent", "YUV4MPEG2 W2 H2\r\n", "a gives its height as 'H2\\u{d}', expected a whole number from 1 to 16384"],
  [
    "y4m-extent",
    "YUV4MPEG2 W99999999999 H2\n",
    "a gives its width as 'W99999999999', expected a whole number from 1 to 16384",
  ],
  ["y4m-rate", "YUV4MPEG2 W2 H2 F25\n", `a gives its frame rate as 'F25', ${RATE}`],
  ["y4m-rate", "YUV4MPEG2 W2 H2 F25:0\n", `a gives its frame rate as 'F25:0', ${RATE}`],
  ["y4m-interlaced", "YUV4MPEG2 W2 H2 It\n", `a is interlaced ('It'), expected whole frames ('Ip')${PROGRESSIVE}`],
  ["y4m-interlaced", "YUV4MPEG2 W2 H2 Im\n", `a is interlaced ('Im'), expected whole frames ('Ip')${PROGRESSIVE}`],
  ["y4m-colour", "YUV4MPEG2 W2 H2 C420p10\n", `a has the colour format 'C420p10', ${COLOURS}${CONVERT}`],
  ["y4m-colour", "YUV4MPEG2 W2 H2 C422\n", `a has the colour format 'C422', ${COLOURS}${CONVERT}`],
  ["y4m-colour", "YUV4MPEG2 W2 H2 C444alpha\n", `a has the colour format 'C444alpha', ${COLOURS}${CONVERT}`],
  [
    "y4m-range",
    "YUV4MPEG2 W2 H2 XCOLORRANGE=ODD\n",
    "a gives its colour range as 'XCOLORRANGE=ODD', expected 'XCOLORRANGE=LIMITED' or 'XCOLORRANGE=FULL'",
  ],
  ["y4m-empty", "YUV4MPEG2 W2 H2\n", "a has no frames\n  help: give a clip of at least one frame"],
  [
    "y4m-frame",
    "YUV4MPEG2 W2 H2\nFRAM",
    `frame 0 of a should begin at byte 16 with a line 'FRAME', and there is none${DAMAGED}`,
  ],
  [
    "y4m-frame",
    "YUV4MPEG2 W2 H2\nFRAME\n123456FRAMES\n123456",
    `frame 1 of a should begin at byte 28 with a line 'FRAME', and there is none${DAMAGED}`,
  ],
  [
    "y4m-truncated",
    "YUV4MPEG2 W2 H2\nFRAME\n123456FRAME\n12345",
    "a is truncated: frame 1 needs 6 bytes, and 5 are left\n  help: the file was not written or copied to its end: get it again",
  ],
];

const clip = (width: number, height: number, frames: number): Clip => ({
  width,
  height,
  frames: Array.from({ length: frames }, () => new Float32Array(width * height * 3)),
});
const one = clip(2, 2, 1);
const withNaN = Float32Array.from({ length: 12 }, (_, i) => (i === 7 ? Number.NaN : 0));
const EXTENT = "expected a whole number from 1 to 16384";
const SCALE = "expected a whole number from 1 to 65535";
const SIZE =
  "at most 65535 on a side and 67108864 in all can be written\n  help: give a smaller scale, or fewer frames";

const writing: readonly [code: string, work: () => unknown, text: string][] = [
  [
    "y4m-no-frame",
    () => parseY4m(formatY4m({ ...one, rate: [1, 1] }), "a").frame(1),
    "a has no frame 1: it has 1 frame, counted from 0",
  ],
  [
    "clip-empty",
    () => formatY4m({ ...clip(2, 2, 0), rate: [1, 1] }),
    "the clip has no frames, and a file needs one at least\n  help: give a frame at least",
  ],
  [
    "clip-empty",
    () => formatStrip([]),
    "the clip has no frames, and a file needs one at least\n  help: give a frame at least",
  ],
  ["clip-extent", () => formatStrip([{ ...one, width: 1.5 }]), `the clip's width is 1.5, ${EXTENT}`],
  ["clip-extent", () => formatStrip([{ ...one, height: 0 }]), `the clip's height is 0, ${EXTENT}`],
  [
    "clip-values",
    () => formatStrip([{ ...one, width: 3 }]),
    "frame 0 of the clip has 12 values, expected 18: height x width x 3",
  ],
  [
    "clip-not-a-number",
    () => formatGif([{ ...one, frames: [new Float32Array(12), withNaN] }], { rate: [1, 1] }),
    "frame 1 of the clip is not a number at y 1, x 0\n  help: look for what made it: weights that are not numbers, or values beyond the range of f16",
  ],
  [
    "clips-differ",
    () => formatStrip([one, clip(2, 3, 1)]),
    "clip 1 is 1 x 3 x 2, and clip 0 is 1 x 2 x 2: side by side they must be alike\n  help: cut or scale them to one size and length",
  ],
  [
    "clip-rate",
    () => formatGif([one], { rate: [10, 0] }),
    "the frame rate is 10:0, expected two whole numbers above 0, such as 10:1",
  ],
  ["picture-scale", () => formatGif([one], { rate: [1, 1], scale: 0.5 }), `scale is 0.5, ${SCALE}`],
  ["picture-scale", () => formatStrip([one], { columns: 0 }), `columns is 0, ${SCALE}`],
  [
    "picture-size",
    () => formatGif([one], { rate: [1, 1], scale: 65535 }),
    `the picture would be 131070 x 131070 pixels; ${SIZE}`,
  ],
  ["picture-size", () => formatStrip([one], { scale: 5000 }), `the picture would be 10000 x 10000 pixels; ${SIZE}`],
];

describe("messages", () => {
  it.each(reading)("%s of reading, case %#", (code, file, text) => {
    expect(textOf(() => parseY4m(bytesOf(file), "a"))).toBe(text);
    expect([...seen]).toContain(code);
  });

  it.each(writing)("%s, case %#", (code, work, text) => {
    expect(textOf(work)).toBe(text);
    expect([...seen]).toContain(code);
  });

  afterAll(() => {
    expect(videoCodes.filter((code) => !seen.has(code))).toEqual([]);
  });
});
