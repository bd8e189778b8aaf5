// A shared worker with the one stream that all tabs of a browser share.
import { Stream } from "./stream.js";

/** @type {Set<MessagePort>} */
const ports = new Set();

const stream = new Stream((told) => {
  for (const port of ports) port.postMessage(told);
});

const scope = /** @type {any} */ (globalThis);
scope.onconnect = (/** @type {MessageEvent} */ event) => {
  const port = event.ports[0];
  if (!port) return;
  port.onmessage = ({ data }) => {
    if (data.leave) return void ports.delete(port);
    ports.add(port);
    stream.watch(data.watch, data.version);
    // A page that is older than what was already announced has to be told now.
    const at = stream.seen.get(data.watch) ?? 0;
    if (at > data.version) {
      port.postMessage({ change: { product: data.watch, from: data.version, to: at, items: [], kinds: [] } });
    }
    port.postMessage({ live: stream.isLive });
  };
};
