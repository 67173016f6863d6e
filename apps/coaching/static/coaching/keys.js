// Single keys on the roster, while nobody types and no dialog is open. They can be turned off
// (WCAG 2.1.4); the choice is this browser's.

import { shownRows } from "./place.js";

const OFF = "coach-keys-off";

export function listenToKeys(roster, help) {
  const toggle = help.querySelector("[data-keys-on]");
  toggle.checked = !isOff();
  toggle.addEventListener("change", () => setOff(!toggle.checked));
  document.addEventListener("focusin", (event) => select(roster, event.target.closest?.("[data-row]")));
  document.addEventListener("keydown", (event) => {
    if (isOff() || isForOthers(event)) return;
    const act = KEYS[event.key];
    if (act && act(roster, help)) event.preventDefault();
  });
}

// Each returns whether it did something; what it did not, is the browser's.
const KEYS = {
  j: (roster) => step(roster, 1),
  k: (roster) => step(roster, -1),
  r: (roster) => press(current(roster), "review"),
  u: (roster) => press(current(roster), "undo"),
  Enter: (roster) => document.activeElement === document.body && press(current(roster), "open"),
  "/": () => {
    const search = document.querySelector("[data-search]");
    search?.focus();
    return Boolean(search);
  },
  "?": (roster, help) => {
    help.showModal();
    return true;
  },
};

function isForOthers(event) {
  return (
    event.defaultPrevented ||
    event.isComposing ||
    event.ctrlKey ||
    event.altKey ||
    event.metaKey ||
    document.querySelector("dialog[open]") !== null ||
    event.target.closest("input, textarea, select, [contenteditable]") !== null
  );
}

function step(roster, by) {
  const rows = shownRows(roster);
  if (!rows.length) return false;
  const at = rows.indexOf(current(roster));
  const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[to].querySelector("[data-action=open]").focus();
  rows[to].scrollIntoView({ block: "nearest" });
  return true;
}

function current(roster) {
  return document.activeElement.closest("[data-row]") ?? roster.querySelector("[data-row][data-selected]");
}

function press(row, action) {
  const control = row?.querySelector(`[data-action=${action}]`);
  control?.click();
  return Boolean(control);
}

function select(roster, row) {
  if (!row) return;
  for (const other of roster.querySelectorAll("[data-selected]")) {
    if (other !== row) other.removeAttribute("data-selected");
  }
  row.setAttribute("data-selected", "");
}

function isOff() {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false; // storage is switched off: keys work, and cannot be turned off for longer
  }
}

function setOff(off) {
  try {
    if (off) localStorage.setItem(OFF, "1");
    else localStorage.removeItem(OFF);
  } catch {
    // nothing is kept
  }
}
