// How and when to be reached, the devices, and signing out.
import { about } from "./about.js";
import { signOut } from "./account.js";
import { field, h, mount, options } from "./dom.js";
import { stringify } from "./lossless.js";
import { devices, pushState, turnOff, turnOn } from "./push.js";
import { syncSoon } from "./schedule.js";
import * as store from "./store.js";
import { language, LANGUAGES, many, speak, t } from "./speech.js";
import { day, plain } from "./words.js";

const WINDOW = /^\s*(\d{1,2}(?::\d{2})?)\s*-\s*(\d{1,2}(?::\d{2})?)\s*$/;
const USUAL_HOUR = 9;
const two = (number) => String(number).padStart(2, "0");

export function settings(view, context) {
  return h("div", { class: "stack" }, h("h1", { tabindex: "-1" }, t("settings.title")),
    about(view, context), notifications(), wishes(view, context), deviceList(view), installing(context), leaving(view));
}

function notifications() {
  const words = h("p", { class: "muted", id: "push-words", role: "status" }, t("settings.looking"));
  const button = h("button", { type: "button", class: "button button-small", hidden: true, "aria-describedby": "push-words" });
  async function show(trouble) {
    const { state, words: said } = await pushState().catch((error) => ({ state: "unsupported", words: error.message }));
    words.textContent = trouble ?? said;
    button.hidden = !["on", "off"].includes(state);
    button.textContent = t(state === "on" ? "settings.turn_off" : "settings.turn_on");
    button.classList.toggle("button-quiet", state === "on");
    button.disabled = false;
    button.onclick = () => change(state === "on" ? turnOff : turnOn);
  }
  async function change(work) {
    button.disabled = true;
    await work().then(() => show(), (error) => show(error.message));
  }
  show();
  return h("section", { class: "card stack-s", "aria-labelledby": "notify" },
    h("h2", { class: "card-title", id: "notify" }, t("settings.notify")),
    h("p", { class: "small muted" }, t("settings.notify_note")), words, h("div", {}, button));
}

// Wishes are fields of the synced profile, so they follow to every device, also from offline.
function wishes({ profile, profileSeen: seen, state }, { changed, redraw, say }) {
  const [, from, to] = WINDOW.exec(profile.quiet_hours ?? "22:00-07:00") ?? [null, "22:00", "07:00"];
  const clockTime = (text) => (text.includes(":") ? text.padStart(5, "0") : `${text.padStart(2, "0")}:00`);
  const isQuiet = h("input", { type: "checkbox", id: "quiet", checked: !["none", "off"].includes(profile.quiet_hours) });
  const start = h("input", { type: "time", id: "quiet-from", value: clockTime(from) });
  const end = h("input", { type: "time", id: "quiet-to", value: clockTime(to) });
  const hour = h("select", { id: "hour" }, options([...Array(24).keys()].map((each) => [String(each), `${two(each)}:00`]), String(profile.delivery_hour ?? USUAL_HOUR)));
  const off = Array.isArray(profile.reminder_channels_off) ? profile.reminder_channels_off : [];
  const isPushed = h("input", { type: "checkbox", id: "pushed", checked: !off.includes("push") });
  const speech = h("select", { id: "language" }, options(Object.entries(LANGUAGES), language()));
  const result = h("p", { class: "small", role: "status" });
  const sayQuiet = () => { start.disabled = end.disabled = !isQuiet.checked; };
  isQuiet.addEventListener("change", sayQuiet);
  sayQuiet();

  async function submit(event) {
    event.preventDefault();
    const isOther = speech.value !== language(); // a locale such as de-AT stays while its language does
    const told = {
      ...(isOther ? { locale: speech.value } : {}),
      delivery_hour: Number(hour.value), quiet_hours: isQuiet.checked ? `${start.value || "22:00"}-${end.value || "07:00"}` : "none",
      reminder_channels_off: [...off.filter((channel) => channel !== "push"), ...(isPushed.checked ? [] : ["push"])],
    };
    const usual = { delivery_hour: USUAL_HOUR, quiet_hours: "22:00-07:00", reminder_channels_off: [] };
    const set = Object.fromEntries(Object.entries(told).filter(([name, value]) => stringify(value) !== stringify(profile[name] ?? usual[name] ?? null)));
    if (!Object.keys(set).length) return mount(result, t("saved.nothing"));
    [seen] = await store.edit({ type: "athlete_profile", id: state.athlete, seen, set });
    Object.assign(profile, set);
    if (isOther) speak(speech.value);
    const words = t(navigator.onLine ? "saved.now" : "saved.later");
    mount(result, words);
    changed();
    if (!isOther) return;
    say(words);
    redraw();
  }

  return h("form", { class: "card stack", onsubmit: submit, "aria-labelledby": "wishes" },
    h("h2", { class: "card-title", id: "wishes" }, t("settings.wishes")),
    h("label", { class: "check" }, isPushed, t("settings.send")),
    field(t("settings.language"), speech, { help: t("settings.language_help") }),
    field(t("settings.hour"), hour, { help: t("settings.hour_help") }),
    h("label", { class: "check" }, isQuiet, t("settings.quiet")),
    h("div", { class: "app-pair" }, field(t("settings.from"), start), field(t("settings.to"), end)),
    h("div", { class: "row" }, h("button", { class: "button button-small", type: "submit" }, t("saved.save")), result));
}

function deviceList({ state }) {
  const list = h("div", {}, h("p", { class: "muted" }, t("settings.looking")));
  devices().then((found) => mount(list, h("ul", { class: "rows" }, found.map((one) => h("li", { class: "app-line" },
    h("span", {}, h("strong", {}, one.name), ` ${plain(one.platform)}`, one.id === state.device && [" ", h("span", { class: "tag" }, t("settings.this_one"))],
      h("span", { class: "small muted app-block" }, [t("settings.since", { day: day(one.created_at) }), pushWords(one)].filter(Boolean).join(" · "))))))),
  () => mount(list, h("p", { class: "muted" }, t("settings.needs_network"))));
  return h("section", { class: "card", "aria-labelledby": "devices" }, h("h2", { class: "card-title", id: "devices" }, t("settings.devices")), list);
}

const PUSH = new Set(["none", "on", "stopped"]);
const pushWords = ({ push }) => [PUSH.has(push?.state) && t(`settings.push_${push.state}`), push?.code && plain(push.code).toLowerCase()].filter(Boolean).join(": ");

function installing({ install }) {
  if (!install.prompt) return null;
  return h("section", { class: "card stack-s" }, h("h2", { class: "card-title" }, t("settings.install")),
    h("p", { class: "small muted" }, t("settings.install_note")),
    h("div", {}, h("button", { type: "button", class: "button button-quiet button-small", onclick: () => install.prompt.prompt() }, t("settings.install_button"))));
}

function leaving({ state, waiting, attention }) {
  const message = h("div", { role: "alert" });
  async function leave() {
    if (waiting) await syncSoon();
    const left = await store.unsentCount();
    if (!left) return signOut();
    mount(message, h("div", { class: "notice notice-warn stack-s" },
      h("p", {}, many("settings.leave_unsent", left)),
      h("div", { class: "button-row" }, h("button", { type: "button", class: "button button-danger button-small", onclick: signOut }, t("settings.leave_anyway")),
        h("button", { type: "button", class: "button button-quiet button-small", onclick: () => mount(message, []) }, t("settings.stay")))));
  }
  return h("section", { class: "card stack-s", "aria-labelledby": "leave" }, h("h2", { class: "card-title", id: "leave" }, t("settings.account")),
    h("p", {}, state.email), h("p", { class: "small muted" }, t("settings.leave")),
    message, h("div", {}, h("button", { type: "button", class: "button button-quiet button-small", onclick: leave }, t("settings.sign_out"))),
    attention.length > 0 && h("p", { class: "small" }, h("a", { href: "#/entries" }, many("settings.leave_look", attention.length))));
}
