import { isUtf8 } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { UnusableCsvError } from './unusable-csv-error.ts';

/** 50 MB: some hundred thousand leads. What is larger is refused before anything is read. */
const csvBytesMax = 50_000_000;

/**
 * Reads a whole CSV file, so that checking and sending see the same bytes, and takes off the byte order mark.
 * @throws UnusableCsvError when it can't be read, is too large, or is not text in UTF-8
 */
export async function readCsvFile(path: string): Promise<Buffer> {
  const bytes = await readBounded(path);
  const problem = problemOf(bytes);
  if (problem) throw new UnusableCsvError(problem);
  return withoutByteOrderMark(bytes);
}

async function readBounded(path: string): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const stats = await file.stat();
    if (stats.isFile() && stats.size > csvBytesMax) throw tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    // A pipe does not tell its size, and a file may grow meanwhile.
    for await (const chunk of file.createReadStream({ autoClose: false })) {
      size += chunk.length;
      if (size > csvBytesMax) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  } catch (error) {
    if (error instanceof UnusableCsvError) throw error;
    throw new UnusableCsvError(`can't be read: ${reasons[codeOf(error)] ?? codeOf(error)}.`);
  } finally {
    await file?.close();
  }
}

function tooLarge(): UnusableCsvError {
  return new UnusableCsvError(`is larger than ${csvBytesMax / 1_000_000} MB. Split it, each part with the header row.`);
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

const zipSignature = Buffer.from('PK\x03\x04', 'latin1');
const utf16Marks = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];
const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Why these bytes are no CSV in UTF-8, in words that say the way out; null when they may be. */
function problemOf(bytes: Buffer): string | null {
  if (startsWith(bytes, zipSignature))
    return 'is an Excel workbook or another archive, not CSV. Save it as "CSV UTF-8".';
  if (utf16Marks.some((mark) => startsWith(bytes, mark))) return 'is text in UTF-16. Save it as "CSV UTF-8".';
  if (bytes.includes(0)) return 'is a binary file, not CSV.';
  if (!isUtf8(bytes)) return `is not text in UTF-8 (line ${firstInvalidLine(bytes)}). Save it as "CSV UTF-8".`;
  return null;
}

function startsWith(bytes: Buffer, signature: Buffer): boolean {
  return bytes.subarray(0, signature.length).equals(signature);
}

/** No character of UTF-8 contains the byte of a line feed, so each line can be looked at alone. */
function firstInvalidLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf('\n', start);
    if (!isUtf8(bytes.subarray(start, end < 0 ? bytes.length : end))) break;
    start = end < 0 ? bytes.length : end + 1;
  }
  return line;
}

function withoutByteOrderMark(bytes: Buffer): Buffer {
  return startsWith(bytes, utf8Mark) ? bytes.subarray(utf8Mark.length) : bytes;
}
