// Open reminders, why they are there, and the three answers.
import { h } from "./dom.js";
import { answer, ACTIONS } from "./reminders.js";
import { count, day, daysUntil, titleOf, when, whyOf } from "./words.js";

const SEEN_AFTER_MS = 1500;
const told = new Set(); // seen on this page already
const answering = new Set();
let timer;

export function inbox(view, context) {
  const { changed } = context;
  const unread = view.open.filter(({ isNew }) => isNew);
  seeSoon(unread.map(({ id }) => id).filter((id) => !told.has(id)), changed);
  return h("div", { class: "stack" },
    h("div", { class: "row row-between" }, h("h1", { tabindex: "-1", id: "inbox-title", "data-key": "inbox-title" }, "Inbox"),
      h("p", { class: "muted small", role: "status" }, unread.length ? `${unread.length} unread` : "Nothing unread")),
    view.open.length
      ? h("ul", { class: "plain-list stack", "aria-label": "Open reminders" }, view.open.map((one) => line(one, view, context)))
      : h("div", { class: "empty stack-s" }, h("h2", {}, "Nothing to do"),
        h("p", {}, "When a test is due again it shows up here on its day.")),
    view.later.length > 0 && h("section", { "aria-labelledby": "later" }, h("h2", { class: "card-title", id: "later" }, "Later"),
      h("ul", { class: "rows card" }, view.later.map(({ body }) => h("li", { class: "app-line" }, h("span", {}, titleOf(body, context.tables, view.profile.locale)),
        h("span", { class: "tag" }, h("time", { datetime: body.due_date }, when(body.due_date))))))));
}

function line({ id, body, isNew }, { entries, profile }, { changed, say, tables }) {
  const days = daysUntil(body.due_date), title = titleOf(body, tables, profile.locale);
  const act = async (action) => {
    if (answering.has(id)) return; // two taps are one answer
    answering.add(id);
    await answer(id, action).finally(() => answering.delete(id));
    changed();
    say(`${ACTIONS[action]}: noted on this device.`);
    document.getElementById("inbox-title")?.focus();
  };
  return h("li", { class: "card stack-s app-reminder" },
    h("div", { class: "row row-between" },
      h("span", { class: "row" }, isNew && [h("span", { class: "dot-new", "aria-hidden": "true" }), h("span", { class: "visually-hidden" }, "Unread")],
        h("span", { class: "number small muted" }, "Due ", h("time", { datetime: body.due_date }, day(body.due_date)))),
      h("span", { class: `tag ${days < 0 ? "tag-overdue" : "tag-due"}` }, when(body.due_date))),
    h("h2", { class: "app-reminder-title" }, title),
    h("p", { class: "small muted" }, `Because ${whyOf(body, tables, entries)}.`),
    h("div", { class: "button-row app-actions", role: "group", "aria-label": `Answer: ${title}` },
      Object.entries(ACTIONS).map(([action, label]) => h("button", { type: "button", "data-key": `${id}-${action}`,
        class: `button button-small${action === "done" ? "" : " button-quiet"}`, onclick: () => act(action) }, label))));
}

// What stood on the screen for a moment has been seen, on every device.
function seeSoon(ids, changed) {
  clearTimeout(timer);
  if (!ids.length) return;
  timer = setTimeout(async () => {
    if (document.hidden || location.hash !== "#/inbox") return;
    for (const id of ids) {
      told.add(id);
      await answer(id, "seen");
    }
    changed();
  }, SEEN_AFTER_MS);
}

export const unreadCount = (view) => view.open.filter(({ isNew }) => isNew).length;
export const unreadWords = (number) => count(number, "unread reminder", "unread reminders");
