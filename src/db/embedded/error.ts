/** The embedded server can't be had; the message says why and what to do. For whoever starts the program, as it is. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
}

/** The way out where we know one, and the server's own last words. */
export function explain(words: string): string {
  const advice = advices.find(([pattern]) => pattern.test(words))?.[1];
  const last = words.trim().split('\n').slice(-3).join(' | ');
  return [advice, last && `It said: ${last}`].filter(Boolean).join(' ');
}

/** Turns a refusal of the file system into advice; anything else passes as it is. */
export function readable(error: unknown, folder: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const advice = adviceByCode[code];
  return advice
    ? new EmbeddedDatabaseError(`The embedded PostgreSQL can't use ${folder} (${code}). ${advice}`, { cause: error })
    : error;
}

const fullDisk = 'The disk is full: make room, or set DATA_DIR to a folder elsewhere.';
const foreign = 'Start as the user whose it is, or set DATA_DIR to another folder, or DATABASE_URL.';
const glibc =
  'This system lacks what the packaged PostgreSQL needs (glibc): set DATABASE_URL to a PostgreSQL of your own.';

const adviceByCode: Record<string, string> = {
  ENOSPC: fullDisk,
  EDQUOT: fullDisk,
  EACCES: foreign,
  EPERM: foreign,
  EROFS: 'It is read-only: set DATA_DIR to a folder that can be written, or DATABASE_URL.',
  ENOTDIR: 'A part of the path is a file: set DATA_DIR to a folder.',
  EEXIST: 'A file is in its place: set DATA_DIR to a folder.',
};

const advices: [RegExp, string][] = [
  [/No space left on device|Disk quota exceeded/, fullDisk],
  [
    /database files are incompatible/,
    'Another major version made the data: set DATA_DIR to a new folder, or use pg_upgrade.',
  ],
  [/wrong ownership|Permission denied/, foreign],
  [/error while loading shared libraries|cannot execute|ENOENT/, glibc],
  [/could not create shared memory|Cannot allocate memory/, 'There is not enough memory for its shared buffers.'],
];
