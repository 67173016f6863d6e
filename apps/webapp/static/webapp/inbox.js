// Open reminders, why they are there, and the three answers.
import { h } from "./dom.js";
import { answer, ACTIONS } from "./reminders.js";
import { many, t } from "./speech.js";
import { day, daysUntil, titleOf, when, whyOf } from "./words.js";

const SEEN_AFTER_MS = 1500;
const told = new Set(); // seen on this page already
const answering = new Set();
let timer;

export function inbox(view, context) {
  const { changed } = context;
  const unread = view.open.filter(({ isNew }) => isNew);
  seeSoon(unread.map(({ id }) => id).filter((id) => !told.has(id)), changed);
  return h("div", { class: "stack" },
    h("div", { class: "row row-between" }, h("h1", { tabindex: "-1", id: "inbox-title", "data-key": "inbox-title" }, t("inbox.title")),
      h("p", { class: "muted small", role: "status" }, unread.length ? many("inbox.unread", unread.length) : t("inbox.seen_all"))),
    view.open.length
      ? h("ul", { class: "plain-list stack", "aria-label": t("inbox.open") }, view.open.map((one) => line(one, view, context)))
      : h("div", { class: "empty stack-s" }, h("h2", {}, t("inbox.nothing")),
        h("p", {}, t("inbox.empty"))),
    view.later.length > 0 && h("section", { "aria-labelledby": "later" }, h("h2", { class: "card-title", id: "later" }, t("inbox.later")),
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
    say(t("inbox.noted", { answer: t(`remind.${action}`) }));
    document.getElementById("inbox-title")?.focus();
  };
  return h("li", { class: "card stack-s app-reminder" },
    h("div", { class: "row row-between" },
      h("span", { class: "row" }, isNew && [h("span", { class: "dot-new", "aria-hidden": "true" }), h("span", { class: "visually-hidden" }, t("inbox.unread_mark"))],
        h("span", { class: "number small muted" }, `${t("inbox.due")} `, h("time", { datetime: body.due_date }, day(body.due_date)))),
      h("span", { class: `tag ${days < 0 ? "tag-overdue" : "tag-due"}` }, when(body.due_date))),
    h("h2", { class: "app-reminder-title" }, title),
    h("p", { class: "small muted" }, t("inbox.because", { why: whyOf(body, tables, entries) })),
    h("div", { class: "button-row app-actions", role: "group", "aria-label": t("inbox.answer", { title }) },
      ACTIONS.map((action) => h("button", { type: "button", "data-key": `${id}-${action}`,
        class: `button button-small${action === "done" ? "" : " button-quiet"}`, onclick: () => act(action) }, t(`remind.${action}`)))));
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
export const unreadWords = (number) => many("inbox.unread_words", number);
