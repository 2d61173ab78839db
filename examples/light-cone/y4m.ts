/** Reads YUV4MPEG2 video, 4:2:0 with 8 bits, from bytes; every fault says what was expected and what was found. */

/** One picture: luma row by row, then both chroma planes at half the width and height. Values as stored, 0 to 255. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

export interface Clip {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly frames: readonly Frame[];
}

/** The file is not what it should be. */
export class ClipError extends Error {
  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`);
    this.name = "ClipError";
  }
}

const MAGIC = "YUV4MPEG2";
const CHROMA = ["420", "420jpeg", "420mpeg2", "420paldv"];
const NEWLINE = 10;

/** The header's fields by their letter: `W128 H96 F10:1 C420jpeg`. */
function headerFields(
  path: string,
  bytes: Uint8Array,
): { readonly fields: Map<string, string>; readonly length: number } {
  const end = bytes.subarray(0, 1024).indexOf(NEWLINE);
  const line = Buffer.from(bytes.subarray(0, Math.max(end, 0))).toString("latin1");
  const [magic, ...rest] = line.split(" ");
  if (magic !== MAGIC) throw new ClipError(path, `this is no Y4M video: it does not begin with a line "${MAGIC} ..."`);
  return { fields: new Map(rest.map((field) => [field.slice(0, 1), field.slice(1)])), length: end + 1 };
}

function extent(path: string, fields: Map<string, string>, letter: "W" | "H"): number {
  const text = fields.get(letter) ?? "";
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0 && value <= 16_384) return value;
  const what = letter === "W" ? "width" : "height";
  throw new ClipError(
    path,
    `the header gives no ${what}: expected ${letter} and a whole number, found "${letter}${text}"`,
  );
}

function rate(fields: Map<string, string>): number {
  const [numerator = Number.NaN, denominator = Number.NaN] = (fields.get("F") ?? "").split(":").map(Number);
  return numerator / denominator;
}

/** @throws ClipError where the bytes are not such a video, or end within a frame. */
export function parseY4m(path: string, bytes: Uint8Array): Clip {
  const { fields, length } = headerFields(path, bytes);
  const [width, height] = [extent(path, fields, "W"), extent(path, fields, "H")];
  const chroma = fields.get("C") ?? "420";
  if (!CHROMA.includes(chroma)) {
    throw new ClipError(
      path,
      `its pixels are C${chroma}; only 4:2:0 with 8 bits is read (${CHROMA.map((c) => `C${c}`).join(", ")})`,
    );
  }
  const lumaSize = width * height;
  const chromaSize = Math.ceil(width / 2) * Math.ceil(height / 2);
  const frames: Frame[] = [];
  for (let at = length; at < bytes.length; ) {
    const number = frames.length;
    const start = bytes.indexOf(NEWLINE, at) + 1;
    if (start === 0 || !/^FRAME( |$)/.test(Buffer.from(bytes.subarray(at, start - 1)).toString("latin1"))) {
      throw new ClipError(path, `expected the line "FRAME" before frame ${number}, at byte ${at}`);
    }
    const end = start + lumaSize + 2 * chromaSize;
    if (end > bytes.length) {
      const [expected, got] = [end - start, bytes.length - start];
      throw new ClipError(path, `frame ${number} is truncated: expected ${expected} bytes, found ${got}`);
    }
    const u = start + lumaSize;
    frames.push({
      width,
      height,
      y: bytes.subarray(start, u),
      u: bytes.subarray(u, u + chromaSize),
      v: bytes.subarray(u + chromaSize, end),
    });
    at = end;
  }
  if (frames.length === 0) throw new ClipError(path, "it holds no frame");
  return { width, height, framesPerSecond: rate(fields), frames };
}

const byte = (value: number) => Math.max(0, Math.min(255, Math.round(value)));

/** RGB by BT.601 with limited range, as the clip's header says; three bytes per pixel. */
export function toRgb({ width, height, y, u, v }: Frame): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  const chromaWidth = Math.ceil(width / 2);
  for (let i = 0; i < width * height; i++) {
    const at = (Math.floor(i / width) >> 1) * chromaWidth + ((i % width) >> 1);
    const light = 1.164 * ((y[i] as number) - 16);
    const [blue, red] = [(u[at] as number) - 128, (v[at] as number) - 128];
    rgb[3 * i] = byte(light + 1.596 * red);
    rgb[3 * i + 1] = byte(light - 0.392 * blue - 0.813 * red);
    rgb[3 * i + 2] = byte(light + 2.017 * blue);
  }
  return rgb;
}
