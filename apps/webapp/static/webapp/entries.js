// Own entries with what became of them, and those that need a decision.
import { h } from "./dom.js";
import * as store from "./store.js";
import { isAnswer } from "./coaches.js";
import { digitsOf } from "./lossless.js";
import { refused } from "./notes.js";
import { day, plain, quantity } from "./words.js";

const SHOWN = 60;
const KINDS = { workout_session: "Workout", lab_result: "Lab result", athlete_profile: "Settings", reminder_ack: "Answer to a reminder" };
const REASONS = {
  deleted: "It was deleted on another device.", quota: "There is no room for more today.", invalid: "The server can not read it.",
  "too-large": "It is too large.", "unknown-type": "The server does not know this kind of entry yet. It is kept there and tried again.",
  "base-failed": "It changes an entry that was not taken.", "group-failed": "It belongs to an entry that was not taken.",
};

export function entries(view, context) {
  return h("div", { class: "stack" },
    h("div", { class: "row row-between" }, h("h1", { tabindex: "-1", id: "entries-title", "data-key": "entries-title" }, "Entries"),
      h("a", { class: "button button-small", href: "#/workout" }, "Add")),
    view.attention.length > 0 && h("section", { class: "stack", "aria-labelledby": "attention" },
      h("h2", { class: "card-title", id: "attention" }, "Need a look"), view.attention.map((item) => (isAnswer(item) ? refused(item, context) : decision(item, view, context)))),
    view.entries.length ? h("ul", { class: "rows card" }, view.entries.slice(0, SHOWN).map((entry) => line(entry, context)))
      : h("div", { class: "empty stack-s" }, h("h2", {}, "Nothing recorded yet"),
        h("p", {}, "Workouts and lab results stand here, with a note whether they were sent.")),
    view.entries.length > SHOWN && h("p", { class: "small muted" }, `The newest ${SHOWN} are shown.`));
}

function line({ id, type, seen, body, isWaiting }, { changed, say }) {
  const isWorkout = type === "workout_session";
  const title = isWorkout ? plain(body.activity) : plain(labelOf(body));
  const remove = async () => {
    if (!confirm(`Delete this entry: ${title}, ${day(body.local_date ?? body.collected_at)}?`)) return;
    await store.edit({ type, id, seen, action: "delete" });
    changed();
    say("Deleted on this device.");
    document.getElementById("entries-title")?.focus();
  };
  return h("li", { class: "app-entry" },
    h("div", { class: "app-entry-main" }, h("p", {}, h("strong", {}, title), " ", h("span", { class: "number" }, isWorkout ? numbersOf(body) : quantity(body))),
      h("p", { class: "small muted" }, [day(body.local_date ?? body.collected_at), !isWorkout && body.lab].filter(Boolean).join(" · "))),
    h("div", { class: "app-entry-side" }, h("span", { class: `tag${isWaiting ? " tag-due" : ""}` }, isWaiting ? "Waiting" : "Sent"),
      h("span", { class: "row" }, h("a", { class: "small", href: `#/${isWorkout ? "workout" : "lab"}/${id}`, "data-key": `${id}-edit`, "aria-label": `Change: ${title}` }, "Change"),
        h("button", { type: "button", class: "button-link small", "data-key": `${id}-delete`, "aria-label": `Delete: ${title}`, onclick: remove }, "Delete"))));
}

const labelOf = ({ analyte, code_text: text, codes }) => ({ vitd_25oh: "25-OH vitamin D" })[analyte] ?? analyte ?? text ?? codes?.[0]?.text ?? codes?.[0]?.code ?? "Result";

function numbersOf({ started_at: start, ended_at: end, rpe }) {
  const minutes = Math.round((Date.parse(end) - Date.parse(start)) / 60_000);
  return [Number.isFinite(minutes) && `${minutes} min`, rpe !== undefined && `effort ${digitsOf(rpe)}`].filter(Boolean).join(", ");
}

// An edit the server did not take: both values, and the two ways on.
function decision({ op, edit, outcome, result, record }, view, { changed, say }) {
  const code = result.code ?? result.kind ?? "";
  const clashes = outcome === "conflict" ? (result.clashes ?? []) : [];
  const why = outcome === "conflict" ? "It was changed on two devices." : REASONS[code] ?? `The server did not take it (${code || outcome}).`;
  const decide = (work, words) => async () => {
    await work();
    changed();
    say(words);
    document.getElementById("entries-title")?.focus();
  };
  return h("article", { class: "card stack-s" },
    h("p", {}, h("strong", {}, KINDS[edit.type] ?? plain(edit.type)), record ? ` of ${day(record.local_date ?? record.collected_at ?? "")}` : "", `. ${why}`),
    clashes.length > 0 && h("dl", { class: "facts" }, clashes.map(({ path, stored, sent }) =>
      [["stored", stored], ["yours", sent]].map(([whose, value]) => h("div", {}, h("dt", {}, `${plain(path.split("/").pop())}, ${whose}`), h("dd", {}, shown(value)))))),
    (result.pointers ?? []).length > 0 && h("p", { class: "small muted" }, `At ${result.pointers.join(", ")}.`),
    h("div", { class: "button-row" },
      h("button", { type: "button", class: "button button-small", "data-key": `${op}-redo`, onclick: decide(() => store.redo(op), "It is sent again.") }, clashes.length ? "Keep mine" : "Send again"),
      h("button", { type: "button", class: "button button-quiet button-small", "data-key": `${op}-drop`, onclick: decide(() => store.giveUp(op), "Given up.") }, clashes.length ? "Keep the stored one" : "Give it up")));
}

const shown = (value) => (value === undefined || value === null ? "removed" : typeof value === "object" && !("\u0000n" in value) ? JSON.stringify(value) : digitsOf(value));
