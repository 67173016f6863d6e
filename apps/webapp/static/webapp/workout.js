// Entering a workout, or changing one.
import * as clock from "./clock.js";
import { complain, field, h, options } from "./dom.js";
import { uuid4 } from "./ids.js";
import { stringify } from "./lossless.js";
import { setsEditor } from "./sets.js";
import * as store from "./store.js";
import { addTabs, onceEach, saved } from "./saved.js";
import { folded } from "./folding.js";
import { t } from "./speech.js";
import { named } from "./words.js";

const LONGEST_MIN = 48 * 60;

export function workout(view, { tables, id, changed }) {
  let { body: known, seen } = (id && view.entries.find((entry) => entry.id === id)) || {};
  if (id && !known) return h("p", { class: "empty" }, t("entries.gone"));
  const keys = [...new Set([known?.activity, ...tables.activities].filter(Boolean))];
  const activity = h("select", { id: "activity" }, options(keys.map((key) => [key, named(tables.activityNames, key)]), known?.activity ?? "strength"));
  const started = h("input", { id: "started", type: "datetime-local", required: true, value: localTime(known ? new Date(known.started_at) : hourAgo()) });
  const duration = h("input", { id: "duration", type: "number", min: 1, max: LONGEST_MIN, step: 1, inputmode: "numeric", required: true,
    value: known ? minutesOf(known) : 45 });
  const effort = h("input", { id: "rpe", type: "range", min: 0, max: 10, step: 1, value: known?.rpe ?? 5 });
  const effortWords = h("output", { for: "rpe", class: "number" });
  const isRated = h("input", { type: "checkbox", id: "rated", checked: known ? known.rpe !== undefined : true, onchange: sayEffort });
  const sets = setsEditor(known?.exercises ?? [], tables);
  const result = h("div", { role: "status", class: "app-saved" });
  const once = onceEach();
  effort.addEventListener("input", () => { isRated.checked = true; sayEffort(); });
  sayEffort();

  function sayEffort() {
    const words = isRated.checked ? `${effort.value}, ${t(`workout.effort_${effort.value}`)}` : t("workout.not_rated");
    effortWords.textContent = words;
    effort.setAttribute("aria-valuetext", words);
  }

  async function submit(event) {
    event.preventDefault();
    const isMoved = !known || started.value !== localTime(new Date(known.started_at));
    const start = new Date(isMoved ? started.value : known.started_at), minutes = Number(duration.value);
    complain(started, Number.isNaN(start.valueOf()) ? t("workout.began_wrong") : "");
    complain(duration, minutes >= 1 && minutes <= LONGEST_MIN ? "" : t("workout.minutes_wrong"));
    const problem = sets.problem();
    const wrong = [started, duration].find((control) => control.hasAttribute("aria-invalid")) ?? problem;
    if (wrong) return wrong.focus();
    const end = new Date(start.valueOf() + Math.round(minutes) * 60_000);
    // An entry made in another zone keeps its own words for what nobody touched.
    const east = isMoved ? clock.offsetMinutes(start) : known.utc_offset_min ?? clock.offsetMinutes(start);
    const times = isMoved ? { started_at: clock.stamp(start), utc_offset_min: east, local_date: clock.localDay(start) } : {};
    const isLonger = isMoved || minutesOf(known) !== minutes;
    const body = { activity: activity.value, ...times, ...(isLonger ? { ended_at: clock.stamp(end, isMoved ? undefined : east) } : {}),
      rpe: isRated.checked ? Number(effort.value) : null, exercises: sets.value() };
    const set = known ? changesTo(known, body) : withoutNothing(body);
    if (known && !Object.keys(set).length) return saved(result, { nothing: true });
    const told = { set: withoutNothing(set), unset: nothings(set) };
    const save = async () => { [seen] = await store.edit({ type: "workout_session", id: id ?? uuid4(), seen, ...told }); };
    if (!(await once(stringify(told), save))) return saved(result, { again: true });
    changed();
    saved(result, { isEdit: Boolean(known) });
    if (known) known = folded(known, told);
    else seen = undefined; // the next one is another
  }

  return h("div", { class: "stack" }, addTabs("#/workout", t(known ? "workout.change_title" : "workout.title"), known),
    h("form", { class: "card stack", novalidate: true, onsubmit: submit },
      field(t("workout.activity"), activity),
      h("div", { class: "app-pair app-pair-wide" }, field(t("workout.began"), started), field(t("workout.minutes"), duration)),
      h("div", { class: "field" },
        h("div", { class: "row row-between" }, h("label", { for: "rpe" }, t("workout.effort")), effortWords), effort,
        h("div", { class: "row row-between small muted" }, t("workout.whole"), h("label", { class: "check" }, isRated, t("workout.rate")))),
      sets.element,
      h("button", { class: "button button-wide", type: "submit" }, t("saved.save")), result));
}

const hourAgo = () => new Date(Math.floor((Date.now() - 3_600_000) / 300_000) * 300_000);
const localTime = (at) => clock.stamp(at).slice(0, 16);
const minutesOf = ({ started_at: start, ended_at: end }) => Math.max(1, Math.round((Date.parse(end) - Date.parse(start)) / 60_000));
const withoutNothing = (body) => Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && !(Array.isArray(value) && !value.length)));
const nothings = (body) => Object.keys(body).filter((name) => body[name] === null || (Array.isArray(body[name]) && !body[name].length));

// Only what was changed is sent.
function changesTo(known, body) {
  const was = (name) => known[name] ?? (name === "exercises" ? [] : null);
  return Object.fromEntries(Object.entries(body).filter(([name, value]) => stringify(value) !== stringify(was(name))));
}
