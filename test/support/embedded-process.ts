import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const program = fileURLToPath(new URL('./fixtures/embedded-process.ts', import.meta.url));

const answerSchema = z.looseObject({
  url: z.string().optional(),
  refused: z.string().optional(),
  log: z.string().optional(),
  interrupted: z.string().optional(),
  left: z.literal(true).optional(),
});
type Answer = z.output<typeof answerSchema>;

/** A real process that opens the embedded server of a folder: see fixtures/embedded-process.ts. */
export class EmbeddedProcess {
  readonly log: string[] = [];
  readonly #child: ChildProcess;
  readonly #answers: Answer[] = [];
  readonly #exited: Promise<unknown>;
  #arrived = Promise.withResolvers<void>();

  /** @param prefix a command in front, e.g. one that changes the user */
  constructor(dataDir: string, prefix: string[] = []) {
    const [command = process.execPath, ...args] = [...prefix, process.execPath, program, dataDir];
    // A group of its own, as a terminal gives to the command that runs in it.
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    this.#exited = once(this.#child, 'exit');
    if (!this.#child.stdout) throw new Error('the process has no output');
    const lines = createInterface({ input: this.#child.stdout });
    lines.on('line', (line) => {
      const answer = answerSchema.parse(JSON.parse(line));
      if (answer.log) this.log.push(answer.log);
      this.#answers.push(answer);
      this.#signal();
    });
    lines.on('close', () => this.#signal());
  }

  /** Where the server is, once it can be used. */
  async url(): Promise<string> {
    const { url, refused } = await this.#answer((answer) => answer.url ?? answer.refused);
    if (!url) throw new Error(`refused: ${refused}`);
    return url;
  }

  async refusal(): Promise<string> {
    const { url, refused } = await this.#answer((answer) => answer.url ?? answer.refused);
    if (!refused) throw new Error(`not refused: ${url}`);
    return refused;
  }

  /** Ends in order. */
  async leave(): Promise<void> {
    this.#child.stdin?.write('leave\n');
    await this.#answer((answer) => answer.left);
    await this.#exited;
  }

  /** Ctrl-C: the whole group gets the signal. Returns what the database answered to the process after that. */
  async interrupt(): Promise<string | undefined> {
    process.kill(-this.pid, 'SIGINT');
    const { interrupted } = await this.#answer((answer) => answer.interrupted);
    await this.#answer((answer) => answer.left);
    await this.#exited;
    return interrupted;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the process was not started');
    return this.#child.pid;
  }

  #signal(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers<void>();
  }

  async #answer(wanted: (answer: Answer) => unknown): Promise<Answer> {
    for (;;) {
      const found = this.#answers.find(wanted);
      if (found) return found;
      if (this.#child.stdout?.closed) throw new Error(`the process ended: ${JSON.stringify(this.#answers)}`);
      await this.#arrived.promise;
    }
  }
}
