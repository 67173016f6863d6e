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
import { followNews, waitMs } from "./news.js";
import { holdingPlace } from "./place.js";

const GAP_MS = 2_000; // between two fetches of the page
const WORDS = {
  live: "live",
  reconnecting: "reconnecting",
  offline: "offline",
  late: "not up to date, trying again",
};
const SIGNED_OUT = "signed-out";
// What says that the reader may not see this any more; anything else may pass.
const ENDS = { 401: SIGNED_OUT, 403: "no-team", 404: "no-team" };

const roster = document.querySelector("[data-roster]");
const help = document.querySelector("[data-help]");
const fetching = { is: false, wanted: false, isMerged: false, isDropped: false, timer: 0, failures: 0 };
let stream = "";
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
  fetching.wanted = fetching.isMerged = fetching.isDropped = false;
  window.htmx.trigger(roster, "roster:refresh");
}

function pause(milliseconds) {
  fetching.is = false;
  fetching.timer = setTimeout(() => {
    fetching.timer = 0;
    pump();
  }, milliseconds);
}

function show() {
  const state = fetching.failures ? "late" : stream;
  const shown = document.querySelector("[data-state]");
  if (!state || shown.textContent === WORDS[state]) return;
  if (state === "offline") announce("Offline. What is shown may be out of date.");
  if (state === "late") announce("What is shown may be out of date. Trying again.");
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
    fetching.isMerged = next !== null;
    if (!next) {
      refresh(); // what the page's own request finds decides
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

// A request that was sent on to another page was sent on to sign in. What is no page of ours, such
// as a proxy's, is a failure like any other. One that made way for a form is none.
function outcome(xhr, isAnswered) {
  if (ENDS[xhr.status]) return ENDS[xhr.status];
  if (!isAnswered) return fetching.isDropped && xhr.status === 0 ? "dropped" : "failed";
  if (new URL(xhr.responseURL).pathname !== location.pathname) return SIGNED_OUT;
  return fetching.isMerged ? "done" : "failed";
}

roster.addEventListener("htmx:afterRequest", (event) => {
  if (event.target !== roster) return; // a button's of a row
  const came = outcome(event.detail.xhr, event.detail.successful);
  if (came === "done") {
    fetching.failures = 0;
    pause(GAP_MS);
  } else if (came === "dropped") {
    fetching.wanted = true; // the form may be refused
    pause(GAP_MS);
  } else if (came === "failed") {
    fetching.wanted = true;
    pause(waitMs(fetching.failures++));
  } else {
    end(came);
    return;
  }
  show();
});
roster.addEventListener("htmx:abort", (event) => {
  if (event.target === roster) fetching.isDropped = true;
});
document.addEventListener("visibilitychange", pump);
window.addEventListener("online", refresh);
document.querySelector("[data-tools]").hidden = false;
document.querySelector("[data-search]").addEventListener("input", filter);
document.querySelector("[data-open-help]").addEventListener("click", () => help.showModal());
listenToKeys(roster, help);
leave = followNews(roster.dataset.news, {
  changed: refresh,
  gone: end,
  state(now) {
    stream = now;
    show();
  },
});
