import { type DestinationStream, type Logger, pino } from 'pino';
import { describeDbError, findDbError } from './db/client.ts';

export interface LogOptions {
  level: string;
  /** Default: standard output. */
  destination?: DestinationStream;
}

/** Logs as JSON, one line each. What could carry a secret or a lead's data is taken out of errors, whoever logs them. */
export function createLogger({ level, destination }: LogOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
    redact: { paths: secretPaths, censor: '[secret]' },
  };
  return destination ? pino(options, destination) : pino(options);
}

const secretNames = [
  'authorization',
  'secret',
  'password',
  'credentials',
  'accessToken',
  'refreshToken',
  'clientSecret',
];
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** Causes are followed this far. */
const depthMax = 4;

/** What a log may say of an error: the database's errors and those of parsers quote what they were given, so their messages are left out. */
function describeError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const ofDatabase = findDbError(error) !== null || error.name === 'DrizzleQueryError';
  const quotes = ofDatabase || error instanceof SyntaxError || error.name === 'ZodError';
  return {
    type: error.name === 'Error' ? error.constructor.name : error.name,
    message: ofDatabase ? describeDbError(error) : quotes ? 'left out: it may quote what was given' : error.message,
    ...('code' in error && { code: error.code }),
    stack: framesOf(error),
    ...(!ofDatabase &&
      error.cause !== undefined &&
      depth < depthMax && { cause: describeError(error.cause, depth + 1) }),
  };
}

/** The stack begins with the message. */
function framesOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^ +at /.test(line))
    .map((line) => line.trim())
    .join('\n');
}
