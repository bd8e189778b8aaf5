// One event stream for several products: it reports changes and whether it is live, and reconnects by itself, with jitter.

const SILENCE_MS = 40_000;
const LONGEST_PAUSE_MS = 10_000;
const GATHER_MS = 20;
/** The most products that the server follows in one stream. */
const MOST = 50;

/** @typedef {{ product: string, from: number, to: number, items: string[], kinds: string[] }} Change */
/** @typedef {{ live?: boolean, lost?: string, change?: Change }} Told what a stream reports: one of these at a time */

/** The stream. It lives in the worker that all tabs of a browser share or, in browsers without shared workers, in each page. */
export class Stream {
  /** @param {(told: Told) => void} tell */
  constructor(tell) {
    this.tell = tell;
    /** The version up to which changes have been reported, by product. @type {Map<string, number>} */
    this.seen = new Map();
    /** @type {EventSource | null} */
    this.source = null;
    this.timer = 0;
    this.failures = 0;
    /** Whether the stream is live; undefined until the first attempt has ended. @type {boolean | undefined} */
    this.isLive = undefined;
  }

  /**
   * Watch a product from a version on; one that is already watched continues from where it is. If there are too many, the one that
   * was asked for longest ago is dropped.
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
    // Wait a moment before connecting: a page with many products names them one by one, and the server notices only late that a
    // stream was closed.
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

  /** @param {Record<string, number>} versions of the products that are followed; others may no longer be seen */
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

  /** Reconnect if nothing, not even a ping, comes for a while: then something between here and the server is dead. */
  guard() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.fall();
      this.connect();
    }, SILENCE_MS + Math.random() * 3000);
  }

  /** Try again a little later; from the second failure on, first ask whether the server refuses. */
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

  /** Whether the server refuses for good (signed out, or no longer a member). An EventSource hides why it failed, so ask by fetch. */
  async isRefused() {
    const stop = new AbortController();
    const answer = await fetch(this.address(), { redirect: "manual", signal: stop.signal }).catch(() => null);
    stop.abort();
    return answer !== null && (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status));
  }
}
