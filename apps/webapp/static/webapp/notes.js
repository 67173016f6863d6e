// What coaches wrote, newest first, each with room for an answer that is sent when it can be.
import { isAnswer, coachTabs, newestNotes, teamOf } from "./coaches.js";
import { complain, field, h } from "./dom.js";
import { localDay } from "./clock.js";
import * as store from "./store.js";
import { day, plain, time } from "./words.js";

const SHOWN = 60, MOST_CHARACTERS = 5000; // of an answer
const drafts = new Map(); // what was typed and not sent, by note
let whose; // drafts they are

export function notes(view, context) {
  if (whose !== view.state.athlete) drafts.clear();
  whose = view.state.athlete;
  const found = newestNotes(view.notes), there = new Set(found.map(({ id }) => id));
  const lost = [...drafts].filter(([id, text]) => text.trim() && !there.has(id) && view.state.complete);
  return h("div", { class: "stack" }, coachTabs("#/notes", "From your coaches"),
    view.attention.filter(isAnswer).map((item) => refused(item, context)),
    lost.map(([id, text]) => kept("The note was taken back before you sent your answer.", text,
      [["Put it away", () => drafts.delete(id), "Put away."]], id, context)),
    found.length
      ? h("ul", { class: "plain-list stack", "aria-label": "Notes" }, found.slice(0, SHOWN).map((note) => line(note, view, context)))
      : h("div", { class: "empty stack-s" }, h("h2", {}, "No notes"),
        h("p", {}, "What a coach you share with writes to you stands here, and you can answer.")),
    found.length > 0 && h("p", { class: "small muted" }, found.length > SHOWN && `The newest ${SHOWN} are shown. `,
      "A team reads your answer while you share with it. The notes stay yours when sharing ends."));
}

function line({ id, seen, body, isWaiting }, view, context) {
  const team = teamOf(body, view.grants), rest = body.planned_rest_until;
  const about = view.entries.find((entry) => entry.id === body.about);
  return h("li", { class: "card stack-s", "aria-label": `Note of ${body.by_name || "a coach"}, ${whenOf(body)}` },
    h("div", { class: "row row-between" },
      h("p", {}, h("strong", { dir: "auto" }, body.by_name || "A coach"), team && h("span", { class: "muted", dir: "auto" }, ` · ${team}`)),
      body.written_at && h("time", { class: "number small muted", datetime: body.written_at }, whenOf(body))),
    rest && h("p", {}, h("span", { class: `tag${rest >= localDay() ? " tag-due" : ""}` }, "Planned rest until ", h("time", { datetime: rest }, day(rest)))),
    h("p", { class: "app-words", dir: "auto" }, body.text),
    about && h("p", { class: "small" }, "About ", h("a", { href: `#/${about.type === "lab_result" ? "lab" : "workout"}/${about.id}` }, `your entry of ${day(about.body.local_date ?? about.body.collected_at)}`)),
    body.answer && h("div", { class: "app-answer stack-s" },
      h("div", { class: "row row-between" }, h("p", { class: "small muted" }, "Your answer"),
        h("span", { class: `tag${isWaiting ? " tag-due" : ""}` }, isWaiting ? "Waiting to be sent" : "Sent")),
      h("p", { class: "app-words", dir: "auto" }, body.answer)),
    form({ id, seen, body }, context));
}

function form({ id, seen, body }, { changed, say }) {
  const words = h("textarea", { id: `answer-${id}`, rows: 2, maxlength: MOST_CHARACTERS, dir: "auto", "data-key": `${id}-answer`,
    value: drafts.get(id) ?? body.answer ?? "", oninput: () => drafts.set(id, words.value) });
  const submit = async (event) => {
    event.preventDefault();
    const answer = words.value.trim();
    if (answer === (body.answer ?? "")) {
      complain(words, answer ? "This is your answer already." : "Write an answer first.");
      return words.focus();
    }
    await store.edit({ type: "coach_note", id, seen, ...(answer ? { set: { answer } } : { unset: ["answer"] }) });
    drafts.delete(id);
    words.closest("details").open = false;
    document.getElementById("coach-title")?.focus(); // else the screen waits for who is typing
    changed();
    say(answer ? "Your answer is saved on this device." : "Your answer is taken back.");
  };
  return h("details", { "data-key": `${id}-form`, open: drafts.has(id) },
    h("summary", { "data-key": `${id}-open` }, body.answer ? "Change your answer" : "Answer"),
    h("form", { class: "stack-s app-answering", novalidate: true, onsubmit: submit },
      field(["Your answer", h("span", { class: "visually-hidden" }, ` to ${body.by_name || "a coach"}, ${whenOf(body)}`)], words),
      h("div", {}, h("button", { class: "button button-small", type: "submit" }, body.answer ? "Change answer" : "Send answer"))));
}

// An answer the server did not take: why, the words, and what can be done with them.
export function refused({ op, edit, outcome, result, isGone }, context) {
  const code = result.code ?? outcome;
  const why = isGone ? "The coach took this note back, so your answer was not taken." : `Your answer was not taken (${plain(code).toLowerCase()}).`;
  const ways = [["Put it away", () => store.giveUp(op), "Put away."]];
  if (!isGone) ways.unshift(["Send again", () => store.redo(op), "It is sent again."]);
  return kept(why, edit.set?.answer ?? "", ways, op, context);
}

function kept(why, text, ways, key, { changed, say }) {
  const act = (work, words) => async () => {
    await work();
    changed();
    say(words);
    document.getElementById("main").focus();
  };
  return h("article", { class: "card stack-s app-kept" }, h("p", {}, h("strong", {}, why)),
    text && [h("p", { class: "small muted" }, "Your words, still on this device:"), h("blockquote", { class: "app-words", dir: "auto" }, text)],
    h("div", { class: "button-row" }, ways.map(([label, work, words]) => h("button", { type: "button", "data-key": `${key}-${label}`,
      class: "button button-quiet button-small", onclick: act(work, words) }, label))));
}

const whenOf = ({ written_at: written }) => (written ? time(Date.parse(written)) : "");
