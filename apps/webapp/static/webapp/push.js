// Notifications on this device: asking the browser, telling the server, and the words for each way
// it can fail.
import { ask, NoAnswer, Refused } from "./exchange.js";
import { t } from "./speech.js";
import * as store from "./store.js";

const REGISTRATION_MS = 10_000;

// What the person can be told: `state` is on, off, denied, unsupported or not-installed.
export async function pushState() {
  if (!("serviceWorker" in navigator)) return { state: "unsupported", words: t("push.insecure") };
  if (!("PushManager" in globalThis) || !("Notification" in globalThis))
    return { state: "unsupported", words: t(isApple() ? "push.add_to_home" : "push.unsupported") };
  if (Notification.permission === "denied")
    return { state: "denied", words: t("push.blocked") };
  const subscription = await (await registered()).pushManager.getSubscription();
  const { pushEndpoint } = await store.account(); // what the server was told, since somebody signed in
  return subscription && subscription.endpoint === pushEndpoint ? { state: "on", words: t("push.on") } : { state: "off", words: t("push.off") };
}

// Subscribe and register. Throws an error whose message can be shown.
export async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted")
    throw new Error(t("push.not_allowed"));
  await register();
}

// The browser may give a device another address by itself, and the server may take another key, by
// which the old address is never heard again: tell the server, without a word.
export async function keepRegistered() {
  const { token, pushEndpoint, isPushEnding } = await store.account();
  if (token && isPushEnding) return tellOff();
  if (!token || !pushEndpoint || globalThis.Notification?.permission !== "granted") return;
  const subscription = await (await registered()).pushManager.getSubscription();
  if (subscription?.endpoint !== pushEndpoint || !isFor(subscription, await serverKey(token))) await register();
}

async function register() {
  const { token, device } = await store.account();
  const key = await serverKey(token);
  const registration = await registered();
  let subscription;
  try {
    await dropOther(registration, key);
    subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch (error) {
    throw new Error(t(error.name === "NotAllowedError" ? "push.not_allowed" : "push.no_service"));
  }
  const { endpoint, keys } = subscription.toJSON();
  try {
    await ask("PUT", `/v1/devices/${device}/push-token`, { token, body: { channel: "webpush", token: JSON.stringify({ endpoint, ...keys }) } });
  } catch (error) {
    await subscription.unsubscribe().catch(() => undefined);
    throw new Error(error instanceof NoAnswer ? t("push.no_network") : t("push.not_taken", { why: error.message }));
  }
  await store.notePush(endpoint);
}

export async function turnOff() {
  await (await (await registered()).pushManager.getSubscription())?.unsubscribe();
  await store.notePush(null, { isEnding: true });
  await tellOff().catch((error) => { if (!(error instanceof NoAnswer)) throw error; }); // at a later start
}

async function tellOff() {
  const { token, device } = await store.account();
  await ask("DELETE", `/v1/devices/${device}/push-token`, { token })
    .catch((error) => { if (error.status !== 404) throw error; }); // the device is gone, and its address with it
  await store.notePush(null);
}

async function serverKey(token) {
  try {
    const config = await ask("GET", "/v1/push/config", { token });
    const key = config?.vapid_public_key;
    if (key) return bytes(key);
  } catch (error) {
    if (error instanceof NoAnswer) throw new Error(t("push.no_network"));
    if (!(error instanceof Refused)) throw error;
  }
  throw new Error(t("push.none"));
}

// A subscription made for another key of the server would never be heard.
async function dropOther(registration, key) {
  const old = await registration.pushManager.getSubscription();
  if (old && !isFor(old, key)) await old.unsubscribe();
}

function isFor(subscription, key) {
  const had = subscription.options?.applicationServerKey;
  return !had || String(new Uint8Array(had)) === String(key);
}

function registered() {
  if (globalThis.registration) return globalThis.registration; // in the service worker itself
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(t("push.not_installed"))), REGISTRATION_MS);
  });
  return Promise.race([navigator.serviceWorker.ready, late]);
}

function bytes(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const isApple = () => /iPhone|iPad/.test(navigator.userAgent);

export async function devices() {
  const { token } = await store.account();
  return (await ask("GET", "/v1/devices", { token })).devices;
}
