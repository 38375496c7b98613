import type { Container } from '../../src/storage/container.ts';
import { openMemory, type MemoryOptions } from '../../src/storage/drivers/memory.ts';
import { randomFrom } from '../random.ts';

interface Waiting {
  readonly writer: Writer;
  readonly go: () => void;
}

/** What a flow gets of the scheduler: its container, and the waiting that stands in for the clock's. */
export interface Turn {
  readonly container: Container;
  readonly waiting: { readonly sleep: () => Promise<void>; readonly random: () => number };
}

interface Writer {
  /** How many steps it still takes before it is killed. */
  left: number;
}

/**
 * Lets several flows take turns at one store: every request of each is a step, and a seed decides who goes next, so that
 * an order of requests which goes wrong is found again.
 */
export class Scheduler {
  readonly random: () => number;
  readonly #memory: MemoryOptions;
  #waiting: Waiting[] = [];
  #last: Writer | undefined;

  constructor(seed: number, memory: MemoryOptions) {
    this.random = randomFrom(seed);
    this.#memory = memory;
  }

  /** Adds a flow that begins with the first step; it is killed after so many steps, and then never ends. */
  add<T>(flow: (turn: Turn) => Promise<T>, killedAfter = Infinity): Promise<T> {
    const writer: Writer = { left: killedAfter };
    const wait = async (): Promise<undefined> => {
      await new Promise<void>((go) => this.#waiting.push({ writer, go }));
      return undefined;
    };
    const container = openMemory({ ...this.#memory, misbehave: wait });
    const result = wait().then(() => flow({ container, waiting: { sleep: wait, random: this.random } }));
    result.catch(() => undefined); // the caller hears of it, later perhaps
    return result;
  }

  /** Runs until nobody is left to take a turn. `look` is called after every step. */
  async run(look: () => void): Promise<void> {
    for (;;) {
      for (let idle = 0; idle < 3; idle++) await new Promise((resolve) => setImmediate(resolve));
      look();
      this.#waiting = this.#waiting.filter(({ writer }) => writer.left > 0);
      const next = this.#choose();
      if (next === undefined) return;
      this.#waiting = this.#waiting.filter((one) => one !== next);
      next.writer.left -= 1;
      this.#last = next.writer;
      next.go();
    }
  }

  /** Mostly whoever went last: the rare changes are what races are made of. */
  #choose(): Waiting | undefined {
    const same = this.#waiting.filter(({ writer }) => writer === this.#last);
    const among = same.length > 0 && this.random() < 0.7 ? same : this.#waiting;
    return among[Math.floor(this.random() * among.length)];
  }
}
