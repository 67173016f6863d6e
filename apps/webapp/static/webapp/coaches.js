// What coaches' records come to on this device: notes, consents that stand, and looks by day. They
// are the person's own: notes and looks stay when sharing ended.
import { localDay } from "./clock.js";
import { h } from "./dom.js";
import { t } from "./speech.js";

const TABS = ["notes", "sharing", "looks"];
const NOTE = "coach_note";

const at = (instant) => Date.parse(instant ?? "") || 0;

export const newestNotes = (notes) => [...notes].sort((one, other) => at(other.body.written_at) - at(one.body.written_at));

// A consent that ran out by itself is told by nobody: the clock ends it.
export const standingGrants = (grants, now = Date.now()) => grants
  .filter(({ body }) => body.state !== "ended" && !body.ended_at && at(body.ends_at) > now)
  .sort((one, other) => at(other.body.granted_at) - at(one.body.granted_at));

export function looksByDay(looks) {
  const days = new Map(), newest = [...looks].sort((one, other) => at(other.body.at) - at(one.body.at));
  for (const { id, body } of newest) {
    const day = body.day ?? localDay(new Date(at(body.at)));
    days.set(day, [...(days.get(day) ?? []), { id, ...body }]);
  }
  return [...days].sort(([one], [other]) => other.localeCompare(one));
}

// The team a note was written for, if a consent of the person names it.
export const teamOf = ({ team_id: team }, grants) => grants.find(({ body }) => body.team_id === team)?.body.team_name ?? "";

export const isAnswer = ({ edit }) => edit.type === NOTE;
export const hasCoaches = ({ notes, grants, looks, attention }) => [notes, grants, looks, attention.filter(isAnswer)].some((each) => each.length);

export function coachTabs(here, title) {
  return [h("h1", { tabindex: "-1", id: "coach-title", "data-key": "coach-title" }, title),
    h("nav", { class: "app-tabs app-tabs-3", "aria-label": t("coaches.tabs") },
      TABS.map((name) => h("a", { href: `#/${name}`, "data-key": `#/${name}`, "aria-current": `#/${name}` === here ? "page" : undefined }, t(`coaches.${name}`))))];
}

export const onServer = (href, text) => h("p", { class: "small" }, h("a", { href }, text), ` ${t("coaches.on_server")}`);
