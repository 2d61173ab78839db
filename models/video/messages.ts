/** Every text that video files and pictures of clips can show, as one table of codes. */
import { messagesOf, quoted, type Text } from "../messages.js";

const CONVERT = "convert it: `ffmpeg -i clip -pix_fmt yuv420p clip.y4m`";
const AGAIN = "the file was not written or copied to its end: get it again";
const count = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;

export const {
  codes: videoCodes,
  problem: videoProblem,
  fail: videoFault,
} = messagesOf({
  // What is read; frames count from 0.
  "y4m-magic": (file: string): Text => [`${file} is not a y4m file: it does not begin with 'YUV4MPEG2 '`, CONVERT],
  "y4m-header": (file: string, reason: string): Text => [
    `${file} has a y4m header that cannot be read: ${reason}`,
    "a header is one line such as 'YUV4MPEG2 W64 H48 F10:1 Ip A1:1 C420jpeg'",
  ],
  "y4m-extent": (file: string, tag: string, most: number): Text => [
    `${file} gives its ${tag.startsWith("W") ? "width" : "height"} as ${quoted(tag)}, expected a whole number from 1 to ${most}`,
  ],
  "y4m-rate": (file: string, tag: string): Text => [
    `${file} gives its frame rate as ${quoted(tag)}, expected frames and seconds as whole numbers, such as 'F10:1'`,
  ],
  "y4m-interlaced": (file: string, tag: string): Text => [
    `${file} is interlaced (${quoted(tag)}), expected whole frames ('Ip')`,
    "deinterlace it: `ffmpeg -i clip.y4m -vf yadif -pix_fmt yuv420p whole.y4m`",
  ],
  "y4m-colour": (file: string, tag: string, allowed: readonly string[]): Text => [
    `${file} has the colour format ${quoted(tag)}, expected ${allowed.map((each) => `'${each}'`).join(", ")} of 8 bits`,
    CONVERT,
  ],
  "y4m-range": (file: string, tag: string): Text => [
    `${file} gives its colour range as ${quoted(tag)}, expected 'XCOLORRANGE=LIMITED' or 'XCOLORRANGE=FULL'`,
  ],
  "y4m-frame": (file: string, frame: number, at: number): Text => [
    `frame ${frame} of ${file} should begin at byte ${at} with a line 'FRAME', and there is none`,
    "the file is damaged, or its header gives another size than its frames have",
  ],
  "y4m-truncated": (file: string, frame: number, needed: number, found: number): Text => [
    `${file} is truncated: frame ${frame} needs ${needed} bytes, and ${found} are left`,
    AGAIN,
  ],
  "y4m-empty": (file: string): Text => [`${file} has no frames`, "give a clip of at least one frame"],
  "y4m-no-frame": (file: string, frame: number, frames: number): Text => [
    `${file} has no frame ${frame}: it has ${count(frames, "frame")}, counted from 0`,
  ],

  // What is written.
  "clip-empty": (): Text => ["the clip has no frames, and a file needs one at least", "give a frame at least"],
  "clip-extent": (name: string, found: number): Text => [
    `the clip's ${name} is ${found}, expected a whole number from 1 to 16384`,
  ],
  "clip-values": (frame: number, needed: number, found: number): Text => [
    `frame ${frame} of the clip has ${found} values, expected ${needed}: height x width x 3`,
  ],
  "clip-not-a-number": (frame: number, y: number, x: number): Text => [
    `frame ${frame} of the clip is not a number at y ${y}, x ${x}`,
    "look for what made it: weights that are not numbers, or values beyond the range of f16",
  ],
  "clips-differ": (clip: number, found: string, first: string): Text => [
    `clip ${clip} is ${found}, and clip 0 is ${first}: side by side they must be alike`,
    "cut or scale them to one size and length",
  ],
  "clip-rate": (rate: readonly number[]): Text => [
    `the frame rate is ${rate.join(":")}, expected two whole numbers above 0, such as 10:1`,
  ],
  "picture-scale": (name: string, found: number): Text => [
    `${name} is ${found}, expected a whole number from 1 to 65535`,
  ],
  "picture-size": (width: number, height: number, side: number, pixels: number): Text => [
    `the picture would be ${width} x ${height} pixels; at most ${side} on a side and ${pixels} in all can be written`,
    "give a smaller scale, or fewer frames",
  ],
});
