// One event stream over several products: tells changes and whether it is live; reconnects by itself, with jitter.

const SILENCE_MS = 40_000;
const LONGEST_PAUSE_MS = 10_000;
const GATHER_MS = 20;
/** So many products the server tells of in one stream. */
const MOST = 50;

/** @typedef {{ product: string, from: number, to: number, items: string[], kinds: string[] }} Change */
/** @typedef {{ live?: boolean, lost?: string, change?: Change }} Told what a stream says: one of these at a time */

/** A stream for whoever listens; lives in the worker that a browser's tabs share, or in a page where there is none. */
export class Stream {
  /** @param {(told: Told) => void} tell */
  constructor(tell) {
    this.tell = tell;
    /** Versions told so far, by product. @type {Map<string, number>} */
    this.seen = new Map();
    /** @type {EventSource | null} */
    this.source = null;
    this.timer = 0;
    this.failures = 0;
    /** Not known before the first try has ended. @type {boolean | undefined} */
    this.isLive = undefined;
  }

  /**
   * Watch a product from a version on; one that is watched already goes on from where it is. Where there are too many, the
   * one that was asked for longest ago is watched no more.
   * @param {string} key
   * @param {number} version
   */
  watch(key, version) {
    const at = this.seen.get(key);
    this.seen.delete(key);
    this.seen.set(key, at ?? version);
    if (at !== undefined) return;
    const [oldest] = this.seen.keys();
    if (this.seen.size > MOST && oldest !== undefined) this.seen.delete(oldest);
    // A page of many products names them one by one, and the server notices late that a stream was left.
    this.source?.close();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), GATHER_MS);
  }

  address() {
    const since = [...this.seen].filter(([, version]) => version > 0).map(([key, version]) => `${key}:${version}`);
    return `/live?${new URLSearchParams({ products: [...this.seen.keys()].join(","), since: since.join(",") })}`;
  }

  connect() {
    this.source?.close();
    clearTimeout(this.timer);
    if (!this.seen.size) return;
    const source = new EventSource(this.address());
    this.source = source;
    source.addEventListener("hello", (event) => this.greet(JSON.parse(event.data).versions));
    source.addEventListener("ping", () => this.hear());
    source.addEventListener("ended", () => this.connect());
    source.onmessage = (event) => {
      const change = JSON.parse(event.data);
      this.seen.set(change.product, change.to);
      this.hear();
      this.tell({ change });
    };
    source.onerror = () => {
      source.close();
      this.fall();
      void this.again();
    };
    this.guard();
  }

  /** @param {Record<string, number>} versions of the products that are followed; others are no longer to be seen */
  greet(versions) {
    for (const [key, version] of [...this.seen]) {
      if (!(key in versions)) this.lose(key);
      else if (!version) this.seen.set(key, versions[key] ?? 0);
    }
    this.hear();
  }

  hear() {
    this.failures = 0;
    this.isLive = true;
    this.tell({ live: true });
    this.guard();
  }

  fall() {
    this.isLive = false;
    this.tell({ live: false });
  }

  /** @param {string} key */
  lose(key) {
    this.seen.delete(key);
    this.tell({ lost: key });
  }

  /** Silence means that something in between is dead. */
  guard() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.fall();
      this.connect();
    }, SILENCE_MS + Math.random() * 3000);
  }

  /** Try again a little later; from the second failure on ask first whether it is any use. */
  async again() {
    clearTimeout(this.timer);
    this.failures += 1;
    if (this.failures > 1 && (await this.isRefused())) {
      for (const key of [...this.seen.keys()]) this.lose(key);
      return;
    }
    const pause = Math.min(400 * 2 ** this.failures, LONGEST_PAUSE_MS);
    this.timer = setTimeout(() => this.connect(), pause * (0.5 + Math.random() / 2));
  }

  /** An EventSource hides why it failed. Signed out or no member any more is for good. */
  async isRefused() {
    const stop = new AbortController();
    const answer = await fetch(this.address(), { redirect: "manual", signal: stop.signal }).catch(() => null);
    stop.abort();
    return answer !== null && (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status));
  }
}
