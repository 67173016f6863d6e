// What the service worker does with a push message and with a tap on what it showed. A message
// holds ids and one generic sentence; everything else is in the feed.
import { answer, ACTIONS, isUuid } from "./reminders.js";
import { announce } from "./announce.js";
import { tIn } from "./speech.js";
import * as store from "./store.js";
import { look } from "./view.js";
import { sync } from "./sync.js";

export const OUTBOX = "mechanostat-outbox"; // name of the browser's own "when there is a network"
// What Chromium shows after a message that showed nothing, such as one that took something down.
const BROWSERS_OWN = "user_visible_auto_notification";
const ICON = "/static/webapp/icon-192.png";

export async function receive(registration, text) {
  const letter = read(text);
  if (letter?.kind === "withdraw") await close(registration, ({ tag }) => tag === letter.tag);
  else if (letter?.kind === "remind") await show(registration, letter);
  await talk(registration);
}

async function show(registration, { id, tag, reminder, sentence }) {
  if (!(await store.account()).token) return; // nobody is signed in: nothing to tell
  const { settled, profile } = await look();
  if (!(await store.noteShown(id)) || settled.has(reminder)) return;
  await registration.showNotification("Mechanostat", {
    body: typeof sentence === "string" && sentence ? sentence : tIn(profile.locale, "remind.sentence"),
    tag: String(tag ?? id ?? "mechanostat"), icon: ICON, badge: ICON, data: { reminder },
    actions: isUuid(reminder) ? ["done", "snoozed"].map((action) => ({ action, title: tIn(profile.locale, `remind.${action}`) })) : [],
  });
}

// Sync, then take down what is answered by now. Without a network that waits for one.
export async function talk(registration) {
  try {
    await sync();
  } catch {
    await registration.sync?.register(OUTBOX).catch(() => undefined);
  }
  await tidy(registration);
}

async function tidy(registration) {
  const { open, settled, state } = await look();
  await close(registration, ({ data, tag }) => !state.token || settled.has(data?.reminder) || tag === BROWSERS_OWN);
  const unread = state.token ? open.filter(({ isNew }) => isNew).length : 0;
  await (unread ? navigator.setAppBadge?.(unread) : navigator.clearAppBadge?.())?.catch(() => undefined);
}

// A tap on an action answers the reminder, with or without a network; a plain tap opens the inbox.
export async function tapped(registration, clients, { action, notification }) {
  notification.close();
  const reminder = notification.data?.reminder;
  if (ACTIONS.includes(action) && isUuid(reminder)) {
    const { athlete } = await store.account();
    if (!athlete) return;
    await answer(reminder, action);
    announce("changed");
    await talk(registration);
    return;
  }
  await openInbox(clients);
}

async function openInbox(clients) {
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.find(({ url }) => new URL(url).pathname === "/app");
  if (!open) return clients.openWindow("/app#/inbox");
  open.postMessage({ what: "open", hash: "#/inbox" });
  return open.focus();
}

async function close(registration, wanted) {
  for (const shown of await registration.getNotifications()) if (wanted(shown)) shown.close();
}

function read(text) {
  try {
    const letter = JSON.parse(text);
    return letter?.v === 1 ? letter : undefined; // a newer kind of message: only sync
  } catch {
    return undefined;
  }
}
