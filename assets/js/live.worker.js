// The stream that all tabs of a browser share.
import { Stream } from "./stream.js";

/** @type {Set<MessagePort>} */
const ports = new Set();
let live = false;

const stream = new Stream((message) => {
  if (typeof message === "object" && message && "live" in message) live = message.live === true;
  for (const port of ports) port.postMessage(message);
});

const scope = /** @type {any} */ (globalThis);
scope.onconnect = (/** @type {MessageEvent} */ event) => {
  const port = event.ports[0];
  if (!port) return;
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data.leave) ports.delete(port);
    else stream.watch(data.watch, data.version);
    if (data.watch) port.postMessage({ live });
  };
};
