/** Reads and writes YUV4MPEG2 (`.y4m`) video of 8 bits, bytes in and bytes out; a frame becomes RGB when it is asked for. */
import { quoted } from "../messages.js";
import { type Clip, LONGEST_SIDE, type Rate, requireClip, requireRate } from "./clip.js";
import { chromaByte, lumaByte, lumaOf, RANGES, type Range, writePixel } from "./colour.js";
import { videoFault } from "./messages.js";

export type Y4mColour = "420" | "444" | "mono";

export interface Y4m {
  readonly width: number;
  readonly height: number;
  /** 25 frames per second where the file does not say. */
  readonly rate: Rate;
  readonly frames: number;
  readonly colour: Y4mColour;
  /**
   * RGB of a frame, counted from 0: [height, width, 3], row-major, in [-1, 1].
   * @throws ModelError `y4m-no-frame`.
   */
  frame(index: number): Float32Array<ArrayBuffer>;
  /**
   * The same frame as it is stored.
   * @throws ModelError `y4m-no-frame`.
   */
  planes(index: number): Y4mPlanes;
}

/** The bytes of a frame, row by row. */
export interface Y4mPlanes {
  readonly y: Uint8Array;
  /** Chroma (Cb): of 4:2:0 at half the width and height, rounded up; none of luma alone. */
  readonly u: Uint8Array;
  /** The other chroma (Cr). */
  readonly v: Uint8Array;
}

/** The formats with 4:2:0 differ in where a chroma sample lies, by half a pixel at most; all are read alike. */
const COLOURS: { readonly [tag: string]: Y4mColour } = {
  C420: "420",
  C420jpeg: "420",
  C420mpeg2: "420",
  C420paldv: "420",
  C444: "444",
  Cmono: "mono",
};
const MAGIC = "YUV4MPEG2 ";
const LONGEST_LINE = 4096;
const NEWLINE = 0x0a;
const DEFAULT_RATE: Rate = [25, 1];

interface Header {
  readonly width: number;
  readonly height: number;
  readonly rate: Rate;
  readonly colour: Y4mColour;
  readonly range: Range;
  /** Bytes of the header's line. */
  readonly length: number;
}

const latin = (bytes: Uint8Array) => String.fromCharCode(...bytes);

function readExtent(file: string, tag: string | undefined, letter: string): number {
  if (tag === undefined) throw videoFault("y4m-header", file, `there is no '${letter}'`);
  const extent = /^.\d+$/.test(tag) ? Number(tag.slice(1)) : 0;
  if (extent < 1 || extent > LONGEST_SIDE) throw videoFault("y4m-extent", file, tag, LONGEST_SIDE);
  return extent;
}

function readRate(file: string, tag: string | undefined): Rate {
  if (tag === undefined || tag === "F0:0") return DEFAULT_RATE;
  const [, frames, seconds] = /^F(\d{1,9}):(\d{1,9})$/.exec(tag) ?? [];
  const rate: Rate = [Number(frames ?? 0), Number(seconds ?? 0)];
  if (rate.includes(0)) throw videoFault("y4m-rate", file, tag);
  return rate;
}

/** The tags of a line by their first letter; what begins with X is for programs that know it, and may come often. */
function readTags(file: string, line: string) {
  const tags = new Map<string, string>();
  let rangeTag: string | undefined;
  for (const tag of line.split(" ").filter((part) => part !== "")) {
    const letter = tag.charAt(0);
    if (letter === "X") {
      if (tag.startsWith("XCOLORRANGE=")) rangeTag = tag;
      continue;
    }
    if (!"WHFIAC".includes(letter)) throw videoFault("y4m-header", file, `${quoted(tag)} is not known`);
    if (tags.has(letter)) throw videoFault("y4m-header", file, `'${letter}' is given twice`);
    tags.set(letter, tag);
  }
  return { tags, rangeTag };
}

function readHeader(file: string, bytes: Uint8Array): Header {
  if (latin(bytes.subarray(0, MAGIC.length)) !== MAGIC) throw videoFault("y4m-magic", file);
  const end = bytes.subarray(0, LONGEST_LINE).indexOf(NEWLINE);
  if (end === -1) {
    const why =
      bytes.length < LONGEST_LINE ? "the file ends in it" : `its line does not end within ${LONGEST_LINE} bytes`;
    throw videoFault("y4m-header", file, why);
  }
  const { tags, rangeTag = "XCOLORRANGE=LIMITED" } = readTags(file, latin(bytes.subarray(MAGIC.length, end)));
  const [width, height] = [readExtent(file, tags.get("W"), "W"), readExtent(file, tags.get("H"), "H")];
  const rate = readRate(file, tags.get("F"));
  const interlacing = tags.get("I") ?? "Ip";
  if (interlacing !== "Ip" && interlacing !== "I?") throw videoFault("y4m-interlaced", file, interlacing);
  const colourTag = tags.get("C") ?? "C420";
  if (!Object.hasOwn(COLOURS, colourTag)) throw videoFault("y4m-colour", file, colourTag, Object.keys(COLOURS));
  const range = /^XCOLORRANGE=(LIMITED|FULL)$/.exec(rangeTag)?.[1];
  if (range === undefined) throw videoFault("y4m-range", file, rangeTag);
  const colour = COLOURS[colourTag] as Y4mColour;
  return { width, height, rate, colour, range: RANGES[range === "FULL" ? "full" : "limited"], length: end + 1 };
}

/** Extents of a plane of chroma; an odd last column or row has samples of its own. */
function chromaExtents({ width, height, colour }: Pick<Header, "width" | "height" | "colour">) {
  if (colour === "420") return { across: (width + 1) >> 1, down: (height + 1) >> 1, step: 2 };
  return colour === "444" ? { across: width, down: height, step: 1 } : { across: 0, down: 0, step: 1 };
}

/** Where the values of each frame begin. */
function findFrames(file: string, bytes: Uint8Array, start: number, frameBytes: number): number[] {
  const starts: number[] = [];
  for (let at = start; at < bytes.length; ) {
    const end = bytes.subarray(at, at + LONGEST_LINE).indexOf(NEWLINE);
    const line = latin(bytes.subarray(at, at + Math.max(end, 0)));
    if (!/^FRAME( .*)?$/.test(line)) throw videoFault("y4m-frame", file, starts.length, at);
    const values = at + end + 1;
    const left = bytes.length - values;
    if (left < frameBytes) throw videoFault("y4m-truncated", file, starts.length, frameBytes, left);
    starts.push(values);
    at = values + frameBytes;
  }
  if (starts.length === 0) throw videoFault("y4m-empty", file);
  return starts;
}

/** Each pixel takes the chroma of the block that it lies in. */
function readFrame({ y: luma, u, v }: Y4mPlanes, header: Header): Float32Array<ArrayBuffer> {
  const { width, height, range } = header;
  const { across, step } = chromaExtents(header);
  const data = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      const sample = Math.floor(y / step) * across + Math.floor(x / step);
      writePixel(data, pixel * 3, [luma[pixel] as number, u[sample] ?? 128, v[sample] ?? 128], range);
    }
  }
  return data;
}

/**
 * Parses the bytes of a file: progressive frames of 8 bits, 4:2:0, 4:4:4 or luma alone. Colours are taken as BT.601 of
 * limited range, or full range where the header says XCOLORRANGE=FULL; chroma of 4:2:0 is upsampled by nearest, so that
 * a frame that is read and written again keeps its bytes (but for colours outside RGB).
 * @param file for messages.
 * @throws ModelError with a code that begins with `y4m-`.
 */
export function parseY4m(bytes: Uint8Array, file: string): Y4m {
  const header = readHeader(file, bytes);
  const { width, height, rate, colour } = header;
  const { across, down } = chromaExtents(header);
  const [luma, chroma] = [width * height, across * down];
  const starts = findFrames(file, bytes, header.length, luma + 2 * chroma);
  const planes = (index: number): Y4mPlanes => {
    const start = starts[index];
    if (start === undefined) throw videoFault("y4m-no-frame", file, index, starts.length);
    const plane = (from: number, length: number) => bytes.subarray(start + from, start + from + length);
    return { y: plane(0, luma), u: plane(luma, chroma), v: plane(luma + chroma, chroma) };
  };
  const frame = (index: number) => readFrame(planes(index), header);
  return { width, height, rate, frames: starts.length, colour, frame, planes };
}

/** Luma per pixel; chroma as the mean of each block of 2 x 2 pixels, or of what there is of it at an odd edge. */
function writeFrame(bytes: Uint8Array, data: Float32Array, width: number, height: number, range: Range): void {
  const { across, down } = chromaExtents({ width, height, colour: "420" });
  const blues = new Float64Array(across * down);
  const reds = new Float64Array(across * down);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      const part = (channel: number) => data[pixel * 3 + channel] as number;
      const [luma, blue, red] = lumaOf(part(0), part(1), part(2));
      bytes[pixel] = lumaByte(luma, range);
      const sample = (y >> 1) * across + (x >> 1);
      blues[sample] = (blues[sample] as number) + blue;
      reds[sample] = (reds[sample] as number) + red;
    }
  }
  for (let sample = 0; sample < blues.length; sample++) {
    const [x, y] = [2 * (sample % across), 2 * Math.floor(sample / across)];
    const pixels = Math.min(2, width - x) * Math.min(2, height - y);
    bytes[width * height + sample] = chromaByte((blues[sample] as number) / pixels, range);
    bytes[width * height + blues.length + sample] = chromaByte((reds[sample] as number) / pixels, range);
  }
}

/**
 * The bytes of a file of 4:2:0, BT.601; the header says which range.
 * @throws ModelError with a code that begins with `clip-`.
 */
export function formatY4m(
  clip: Clip & { readonly rate: Rate },
  { range = "limited" }: { readonly range?: keyof typeof RANGES } = {},
): Uint8Array<ArrayBuffer> {
  requireClip(clip);
  requireRate(clip.rate);
  const { width, height, rate, frames } = clip;
  const encoder = new TextEncoder();
  const tags = [`W${width}`, `H${height}`, `F${rate.join(":")}`, "Ip", "A1:1", "C420jpeg"];
  const header = encoder.encode(`${MAGIC}${tags.join(" ")} XCOLORRANGE=${range.toUpperCase()}\n`);
  const line = encoder.encode("FRAME\n");
  const { across, down } = chromaExtents({ width, height, colour: "420" });
  const frameBytes = line.length + width * height + 2 * across * down;
  const bytes = new Uint8Array(header.length + frames.length * frameBytes);
  bytes.set(header);
  for (const [index, data] of frames.entries()) {
    const start = header.length + index * frameBytes;
    bytes.set(line, start);
    writeFrame(bytes.subarray(start + line.length, start + frameBytes), data, width, height, RANGES[range]);
  }
  return bytes;
}
