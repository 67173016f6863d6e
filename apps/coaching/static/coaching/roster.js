// A team's open page follows what happens, and leaves the reader where they are.
//
// What it needs of the page:
//   #roster[data-roster]      what is kept current; the same address, asked again, has it too
//     data-news               address of the stream
//     hx-get hx-trigger="roster:refresh" hx-select="#roster" hx-swap="merge" hx-ext="merge"
//     hx-sync="this:queue last", and on forms in rows hx-sync="#roster:replace": a fetch waits for
//     what is being sent, or it would take away the form whose answer is on its way
//   [data-row]#id             a row, wherever it stands; its parent is its group, with an id as well
//   [data-action=open]        in each row: the link Enter follows and j and k go to
//   [data-action=review|undo] in a row, if there is such a thing to do: what r and u press
//   [data-age]                in a row: ages as words; their change is shown and not announced
//   [data-keep]#id            in #roster: the script's own, never merged
//   [data-tools]              hidden without script; in it [data-state], and [data-search] to filter
//   [data-announce]           outside #roster: a polite live region
//   dialog[data-help]         with [data-keys-on], a checkbox; [data-open-help] opens it
//   template[data-gone=code]  what stands in place of the rows when the right to see them ended

import { listenToKeys } from "./keys.js";
import { merge } from "./merge.js";
import { followNews } from "./news.js";
import { holdingPlace } from "./place.js";

const GAP_MS = 2_000; // between two fetches of the page
const AGAIN_MS = 15_000; // after one that failed
const WORDS = { live: "live", reconnecting: "reconnecting", offline: "offline" };
const SIGNED_OUT = "signed-out";

const roster = document.querySelector("[data-roster]");
const help = document.querySelector("[data-help]");
const fetching = { is: false, wanted: false, timer: 0 };
let isOver = false;
let leave = () => {};

function refresh() {
  fetching.wanted = true;
  pump();
}

// One fetch at a time, not too often, and none for a page nobody sees: athletes read who looked.
function pump() {
  if (isOver || fetching.is || fetching.timer || !fetching.wanted || document.hidden) return;
  fetching.is = true;
  fetching.wanted = false;
  window.htmx.trigger(roster, "roster:refresh");
}

function pause(milliseconds) {
  fetching.is = false;
  fetching.timer = setTimeout(() => {
    fetching.timer = 0;
    pump();
  }, milliseconds);
}

function show(state) {
  const shown = document.querySelector("[data-state]");
  if (shown.textContent === WORDS[state]) return;
  if (state === "offline") announce("Offline. What is shown may be out of date.");
  shown.textContent = WORDS[state];
  shown.dataset.state = state;
}

function announce(text) {
  document.querySelector("[data-announce]").textContent = text;
}

// What a row tells, and in which group; without words that change by themselves.
function told() {
  return new Map(
    [...roster.querySelectorAll("[data-row]")].map((row) => {
      const copy = row.cloneNode(true);
      for (const age of copy.querySelectorAll("[data-age]")) age.remove();
      return [row.id, `${row.parentNode.id} ${copy.textContent.replace(/\s+/g, " ")}`];
    }),
  );
}

function announceChanges(before, after) {
  const changed = [...after].filter(([id, text]) => before.has(id) && before.get(id) !== text).length;
  const fresh = [...after.keys()].filter((id) => !before.has(id)).length;
  const left = [...before.keys()].filter((id) => !after.has(id)).length;
  const parts = [[changed, "changed"], [fresh, "new"], [left, "no longer shared"]]
    .filter(([count]) => count)
    .map(([count, word]) => `${count} ${count === 1 ? "row" : "rows"} ${word}`);
  if (parts.length) announce(`${parts.join(", ")}.`);
}

function end(code) {
  isOver = true;
  leave();
  const reason = code === SIGNED_OUT ? SIGNED_OUT : "no-team";
  const said = document.querySelector(`template[data-gone=${reason}]`).content.cloneNode(true);
  const hadFocus = roster.contains(document.activeElement);
  announce(said.textContent.trim().replace(/\s+/g, " "));
  roster.replaceChildren(said);
  if (hadFocus) document.getElementById("main").focus({ preventScroll: true });
}

window.htmx.defineExtension("merge", {
  handleSwap(style, target, fragment) {
    if (style !== "merge") return false;
    const next = fragment.querySelector("#roster");
    if (isOver) return [];
    if (!next) {
      end(SIGNED_OUT); // the request was sent on to the sign-in page
      return [];
    }
    const before = told();
    let added = [];
    holdingPlace(target, () => {
      added = merge(target, next);
      filter();
    });
    announceChanges(before, told());
    return added;
  },
});

function filter() {
  const words = document.querySelector("[data-search]").value.trim().toLowerCase();
  for (const row of roster.querySelectorAll("[data-row]")) {
    const name = row.querySelector("[data-action=open]").textContent.toLowerCase();
    row.hidden = !name.includes(words);
  }
}

roster.addEventListener("htmx:afterRequest", (event) => {
  if (event.target !== roster) return; // a button's of a row
  const status = event.detail.xhr.status;
  if (status >= 400 && status < 500 && status !== 429) end(status === 401 ? SIGNED_OUT : "no-team");
  else if (event.detail.successful) pause(GAP_MS);
  else {
    fetching.wanted = true;
    pause(AGAIN_MS);
  }
});
document.addEventListener("visibilitychange", pump);
window.addEventListener("online", refresh);
document.querySelector("[data-tools]").hidden = false;
document.querySelector("[data-search]").addEventListener("input", filter);
document.querySelector("[data-open-help]").addEventListener("click", () => help.showModal());
listenToKeys(roster, help);
leave = followNews(roster.dataset.news, { changed: refresh, gone: end, state: show });
