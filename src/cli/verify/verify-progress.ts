import { Presets, SingleBar } from 'cli-progress';

/** Shows on standard error how far a verification is: a bar on a terminal, a line every tenth of the way elsewhere. */
export interface VerifyProgress {
  reached(done: number, total: number | null): void;
  /** Gives the terminal back. Safe to call twice. */
  stop(): void;
}

export function startVerifyProgress(): VerifyProgress {
  return process.stderr.isTTY ? startBar() : startLines();
}

function startBar(): VerifyProgress {
  const bar = new SingleBar({ format: '{bar} {percentage}% | {value} of {total} checked' }, Presets.shades_classic);
  let drawn = false;
  return {
    reached(done, total) {
      if (!drawn) bar.start(total ?? done, done);
      drawn = true;
      bar.setTotal(total ?? done);
      bar.update(done);
    },
    stop() {
      if (drawn) bar.stop();
      drawn = false;
    },
  };
}

function startLines(): VerifyProgress {
  let tenths = 0;
  return {
    reached(done, total) {
      if (!total || done === 0) return;
      const now = Math.floor((done / total) * 10);
      if (now > tenths) console.error(`${done} of ${total} checked`);
      tenths = Math.max(tenths, now);
    },
    stop: () => undefined,
  };
}
