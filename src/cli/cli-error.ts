/** 1: it could not be done, or not completely. 2: the command line itself is wrong; of verify, also that it could not be checked. */
export type FailureCode = 1 | 2;

/** An expected failure of a command: its message is all the user gets to see, on one line and without a stack trace. */
export class CliError extends Error {
  readonly exitCode: FailureCode;
  constructor(message: string, exitCode: FailureCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Text from a file or a server, made safe for a terminal: one line, no control characters. */
export function printable(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\p{C}/gu, '�');
}
