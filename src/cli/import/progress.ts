import { Presets, SingleBar } from 'cli-progress';
import { printable } from '../cli-error.ts';

/** Shows how far the import is: a bar on a terminal, a line every tenth of the way elsewhere. */
export interface Progress {
  imported(count: number): void;
  /** A line that is worth reading while it goes on. */
  note(text: string): void;
  /** Gives the terminal back; to be called whatever happens. */
  stop(): void;
}

/** @param total leads that will be sent */
export function startProgress(total: number): Progress {
  return process.stderr.isTTY ? startBar(total) : startLines(total);
}

function startBar(total: number): Progress {
  const bar = new SingleBar({ format: '{bar} {percentage}% | {value} of {total} leads' }, Presets.shades_classic);
  let drawn = false;
  const stop = () => {
    if (drawn) bar.stop();
    drawn = false;
  };
  return {
    imported(count) {
      if (drawn) bar.update(count);
      else bar.start(total, count);
      drawn = true;
    },
    note(text) {
      stop();
      console.error(printable(text));
    },
    stop,
  };
}

function startLines(total: number): Progress {
  const step = total / 10;
  let next = step;
  return {
    imported(count) {
      if (count < next) return;
      console.log(`${count} of ${total} leads sent`);
      next = count + step;
    },
    note: (text) => console.log(printable(text)),
    stop: () => undefined,
  };
}
