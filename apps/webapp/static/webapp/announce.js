// What one tab, or the service worker, tells the others: something changed, look again.
const channel = new BroadcastChannel("mechanostat");
const listeners = new Set();

channel.onmessage = ({ data }) => { for (const listener of listeners) listener(data); };

export function announce(what) {
  channel.postMessage({ what });
  for (const listener of listeners) listener({ what });
}

export function listen(listener) {
  listeners.add(listener);
}
