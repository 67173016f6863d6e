// The service worker: keeps the app's files for offline, hears pushes, answers taps.
import { OUTBOX, receive, talk, tapped } from "./letters.js";
import { keepRegistered } from "./push.js";

const PREFIX = "mechanostat-";

// Called once by the script the server makes, with the name of the release and all its files.
export function start({ version, page, files }) {
  const cacheName = PREFIX + version;
  const kept = new Set(files);
  const { registration, clients } = self;

  self.addEventListener("install", (event) => {
    event.waitUntil(keep(cacheName, files).then(() => self.skipWaiting()));
  });
  self.addEventListener("activate", (event) => {
    event.waitUntil(dropOthers(cacheName).then(() => clients.claim()));
  });
  self.addEventListener("fetch", (event) => {
    const { pathname, origin } = new URL(event.request.url);
    if (event.request.method !== "GET" || origin !== self.location.origin || !kept.has(pathname)) return;
    if (event.request.mode === "navigate" && pathname !== page) return;
    event.respondWith(fromCache(cacheName, pathname, event.request));
  });
  self.addEventListener("push", (event) => {
    event.waitUntil(receive(registration, event.data?.text() ?? ""));
  });
  self.addEventListener("notificationclick", (event) => {
    event.waitUntil(tapped(registration, clients, event));
  });
  self.addEventListener("pushsubscriptionchange", (event) => {
    event.waitUntil(keepRegistered().catch(() => undefined)); // else when the app is opened next
  });
  self.addEventListener("sync", (event) => {
    if (event.tag === OUTBOX) event.waitUntil(talk(registration));
  });
}

// All or nothing: a release of which a file is missing is not installed.
async function keep(cacheName, files) {
  const cache = await caches.open(cacheName);
  await cache.addAll(files.map((file) => new Request(file, { cache: "reload", credentials: "omit" })));
}

async function dropOthers(cacheName) {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== cacheName).map((name) => caches.delete(name)));
}

async function fromCache(cacheName, pathname, request) {
  const cache = await caches.open(cacheName);
  return (await cache.match(pathname)) ?? fetch(request);
}
