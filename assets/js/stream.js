// One event stream over several products: tells changes and whether it is live; reconnects by itself, with jitter.

const SILENCE_MS = 40_000;

/** A stream for whoever listens; lives in the worker that a browser's tabs share, or in a page where there is none. */
export class Stream {
  /** @param {(message: unknown) => void} tell */
  constructor(tell) {
    this.tell = tell;
    /** @type {Map<string, number>} versions told so far, by product */
    this.seen = new Map();
    /** @type {EventSource | null} */
    this.source = null;
    this.alive = 0;
    this.timer = 0;
    this.failures = 0;
  }

  /** Watch a product from a version on. @param {string} key @param {number} version */
  watch(key, version) {
    const known = this.seen.get(key);
    if (known !== undefined) return;
    this.seen.set(key, version);
    this.connect();
  }

  connect() {
    this.source?.close();
    clearTimeout(this.timer);
    const products = [...this.seen.keys()].join(",");
    const since = [...this.seen].map(([key, version]) => `${key}:${version}`).join(",");
    const source = new EventSource(`/live?products=${encodeURIComponent(products)}&since=${encodeURIComponent(since)}`);
    this.source = source;
    source.addEventListener("hello", () => this.heard());
    source.addEventListener("ping", () => this.heard());
    source.addEventListener("ended", () => this.stop());
    source.onmessage = (event) => {
      this.heard();
      const change = JSON.parse(event.data);
      this.seen.set(change.product, change.to);
      this.tell({ change });
    };
    source.onerror = () => {
      this.tell({ live: false });
      source.close();
      this.again();
    };
    this.guard();
  }

  heard() {
    this.failures = 0;
    this.tell({ live: true });
    this.guard();
  }

  /** Silence means that something in between is dead. */
  guard() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.tell({ live: false });
      this.connect();
    }, SILENCE_MS + Math.random() * 3000);
  }

  again() {
    clearTimeout(this.timer);
    this.failures += 1;
    const pause = Math.min(500 * 2 ** this.failures, 10_000);
    this.timer = setTimeout(() => this.connect(), pause * (0.5 + Math.random() / 2));
  }

  /** Access ended: say so and stay quiet. */
  stop() {
    this.source?.close();
    clearTimeout(this.timer);
    this.tell({ live: false, ended: true });
  }
}
