// The page: which screen, what the frame says, and when to draw again.
import { listen, announce } from "./announce.js";
import { hasCoaches, isAnswer } from "./coaches.js";
import { door } from "./door.js";
import { h, mount } from "./dom.js";
import { entries } from "./entries.js";
import { inbox, unreadCount, unreadWords } from "./inbox.js";
import { lab } from "./lab.js";
import { looks } from "./looks.js";
import { notes } from "./notes.js";
import { keepRegistered } from "./push.js";
import { start, status, syncSoon } from "./schedule.js";
import { settings } from "./settings.js";
import { sharing } from "./sharing.js";
import { language, speak, t } from "./speech.js";
import { today } from "./today.js";
import { look } from "./view.js";
import { workout } from "./workout.js";

const SCREENS = { today, inbox, entries, workout, lab, settings, notes, sharing, looks };
const LIVE = new Set(["today", "inbox", "entries", "notes", "sharing", "looks"]); // drawn again whenever something changed
const place = document.getElementById("screen"), notices = document.getElementById("notices");
const context = { tables: {}, install: {}, changed, say, redraw: () => draw({ isNew: true }) };
let tables = { analytes: [], activities: [], exercises: [], names: {} };
let isPressed = false, isPutOff = false;
let drawn = "", hasNewVersion = false, wasErased = false, spoken = "", failure = "";

const route = () => /^#\/([a-z-]+)(?:\/([0-9a-f-]{36}))?$/.exec(location.hash)?.slice(1) ?? ["today"];

// An edit is on the disk: show it, and send it.
function changed() {
  failure = "";
  announce("changed");
  syncSoon();
}

function say(words) {
  spoken = words;
  setTimeout(() => { if (spoken === words) { spoken = ""; announce("changed"); } }, 6000);
}

// The tables with the names of one language.
function tablesIn(spoken) {
  const { names, analytes, ...others } = tables;
  const nothing = { titles: {}, reasons: {}, categories: {}, looks: {}, activities: {}, exercises: {} };
  const { activities: activityNames, exercises: exerciseNames, ...called } = names[spoken] ?? names.en ?? nothing;
  return { ...others, ...called, activityNames, exerciseNames,
    analytes: analytes.map((one) => ({ ...one, label: one.labels[spoken] ?? one.label })) };
}

// The page is written in English, the same for everybody.
function translateFrame() {
  document.documentElement.lang = language();
  for (const place of document.querySelectorAll("[data-text]")) place.textContent = t(place.dataset.text);
  document.getElementById("nav").setAttribute("aria-label", t("nav.main"));
}

let queue = Promise.resolve(), isQueued = false, told = "";
function draw(options = {}) {
  if (isQueued && !options.isNew) return queue; // a load of many pages is not drawn page by page
  isQueued = true;
  queue = queue.then(() => { isQueued = false; return drawOnce(options); }).catch((error) => {
    told = "";
    mount(notices, h("p", { class: "notice notice-bad", role: "alert" }, t("notice.store", { why: error.message })));
  });
  return queue;
}

async function drawOnce({ isNew = false } = {}) {
  const view = await look(), isIn = Boolean(view.state.token);
  const [asked, id] = route(), name = !isIn || SCREENS[asked] ? asked : "today"; // "#/sign-up" when that is done
  speak(isIn && (view.profile.locale || view.state.complete) ? view.profile.locale : navigator.language);
  context.tables = tablesIn(language());
  const key = `${language()} ${isIn ? `${view.state.athlete} ${location.hash}` : `door ${name}`}`; // a form is drawn once
  frame(view, name, isIn);
  const isAsBefore = !isNew && key === drawn;
  isPutOff = isAsBefore && isPressed;
  if (isAsBefore && (isPressed || !(isIn && LIVE.has(name)) || place.querySelector("textarea:focus"))) return;
  const isOther = key !== drawn;
  if (isOther) failure = "";
  drawn = key;
  const screen = isIn ? SCREENS[name](view, { ...context, id }) : door(view, { ...context, isNew: name === "sign-up" });
  mount(place, screen);
  place.dataset.screen = isIn ? name : "door";
  if (!isOther) return;
  scrollTo(0, 0);
  if (document.activeElement !== document.body) document.getElementById("main").focus({ preventScroll: true });
}

function frame(view, name, isIn) {
  if (document.documentElement.lang !== language()) translateFrame();
  document.getElementById("nav").hidden = !isIn;
  for (const link of document.querySelectorAll("#nav a")) {
    const isHere = [link.getAttribute("href"), ...(link.dataset.also ?? "").split(" ")].includes(`#/${name}`);
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.getElementById("coaches").hidden = !hasCoaches(view);
  const unread = isIn ? unreadCount(view) : 0, mark = document.getElementById("unread");
  mark.hidden = !unread;
  mark.textContent = unread || "";
  mark.setAttribute("aria-label", unreadWords(unread));
  (unread ? navigator.setAppBadge?.(unread) : navigator.clearAppBadge?.())?.catch(() => undefined);
  const state = isIn ? syncWords(view) : "", sync = document.getElementById("sync");
  if (sync.textContent !== state) sync.textContent = state;
  sync.dataset.state = !navigator.onLine || status.trouble ? "off" : view.waiting ? "waiting" : "sent";
  const news = toTell(view, isIn).map(([kind, ...text]) => h("p", { class: `notice ${kind}`, role: "status" }, text));
  const words = news.map(({ className, textContent }) => className + textContent).join();
  if (words !== told) mount(notices, news); // else a screen reader would say them again
  told = words;
}

function syncWords({ waiting, attention, state }) {
  const parts = [];
  if (!navigator.onLine) parts.push(t("sync.offline"));
  if (waiting) parts.push(t("sync.waiting", { count: waiting }));
  if (!parts.length) parts.push(t(status.trouble ? "sync.no_touch" : state.complete ? "sync.all_sent" : "sync.loading"));
  if (attention.length) parts.push(t("sync.to_look_at", { count: attention.length }));
  return parts.join(", ");
}

function toTell({ state, attention }, isIn) {
  const found = [];
  if (spoken) found.push(["notice-good", spoken]);
  if (failure) found.push(["notice-bad", t("notice.failed", { why: failure })]);
  if (isIn && status.trouble && navigator.onLine) found.push(["notice-warn", t("notice.trouble", { why: status.trouble })]);
  for (const [name, items, words] of [["notes", attention.filter(isAnswer), t("notice.answer_refused")],
    ["entries", attention.filter((item) => !isAnswer(item)), t("notice.decision")]])
    if (isIn && items.length && route()[0] !== name) found.push(["notice-warn", h("a", { href: `#/${name}` }, words)]);
  if (wasErased || state.erased) found.push(["notice-warn", t("notice.erased")]);
  if (isIn && Math.abs(status.clockOffsetMs ?? 0) > 120_000) found.push(["notice-warn", t("notice.clock")]);
  if (status.isTooOld) found.push(["notice-warn", t("notice.too_old")]);
  if (hasNewVersion) found.push(["", `${t("notice.new_version")} `, h("button", { class: "button-link", type: "button", onclick: () => location.reload() }, t("notice.reload"))]);
  return found;
}

async function register() {
  if (!navigator.serviceWorker) return;
  const hadOne = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => { hasNewVersion = hadOne; draw(); });
  navigator.serviceWorker.addEventListener("message", ({ data }) => { if (data?.what === "open") location.hash = data.hash; });
  await navigator.serviceWorker.register("/app/sw.js", { scope: "/app", type: "module", updateViaCache: "none" })
    .catch(() => undefined); // without one the app works while there is a network
}

const wordsFor = (reason) => (reason?.name === "QuotaExceededError" ? `${t("notice.full")} ` : "")
  + (reason?.message || reason?.name || String(reason));

addEventListener("unhandledrejection", (event) => { // such as a store that is full
  event.preventDefault();
  failure = wordsFor(event.reason);
  draw();
});
// A press ends on what it began on, or it is none: nothing is drawn again under a finger.
addEventListener("pointerdown", ({ button }) => { isPressed = button === 0; }, true);
for (const name of ["pointerup", "pointercancel", "contextmenu"]) addEventListener(name, () => {
  isPressed = false;
  if (isPutOff) draw();
}, true);
addEventListener("hashchange", () => draw());
addEventListener("offline", () => draw());
addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); context.install.prompt = event; });
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
listen(({ what }) => {
  if (what === "erased") wasErased = true;
  draw();
});
register();
tables = await fetch("/app/tables.json").then((answer) => answer.json()).catch(() => tables);
await draw({ isNew: true });
start();
keepRegistered().catch(() => undefined); // tried again at the next start
navigator.storage?.persist?.().catch(() => undefined); // so that the browser does not clear what is unsent
