// What the screens show: the clean copy with the person's own edits on top, read in one go.
import * as clock from "./clock.js";
import { reading } from "./database.js";
import { dayOf, Feed, higher } from "./feed.js";
import { visible } from "./folding.js";
import { laterReminders, openReminders, settledReminders } from "./reminders.js";

const MOST = 200; // of one type on one screen
const DAY_MS = 86_400_000;

async function recordsOf(feed, type, limit = MOST) {
  const range = IDBKeyRange.bound([type, ""], [type, "\uffff"]);
  const clean = new Map((await feed.tables.newest("records", "type_day", range, limit)).map((record) => [record.id, record]));
  for (const held of (await feed.tables.all("held")).filter((each) => each.type === type))
    clean.set(held.id, higher(clean.get(held.id), held));
  const own = new Map();
  for (const pending of feed.outbox.filter(({ op }) => op.type === type))
    own.set(pending.op.id, [...(own.get(pending.op.id) ?? []), pending]);
  return [...new Set([...own.keys(), ...clean.keys()])].map((id) => {
    const pending = own.get(id) ?? [], record = feed.records.get(id) ?? clean.get(id);
    const shown = higher(record, feed.held.get(id));
    return { id, type, seen: pending.at(-1)?.op.op ?? shown?.v, body: visible(shown, pending), isWaiting: pending.some(({ outcome }) => !outcome) };
  }).filter(({ body }) => body).sort((one, other) => dayOf(other.body).localeCompare(dayOf(one.body)));
}

export const look = () => reading(async (tables) => {
  const feed = await Feed.load(tables), { state } = feed;
  const [summaries, reminders, acks, workouts, labs, profiles, issues, notes, grants, looks] = await Promise.all(
    ["risk_summary", "reminder", "reminder_ack", "workout_session", "lab_result", "athlete_profile", "sync_issue",
      "coach_note", "consent_grant", "access_note"].map((type) => recordsOf(feed, type)));
  const open = openReminders(reminders, acks), profile = profiles.find(({ id }) => id === state.athlete);
  return {
    state,
    waiting: feed.outbox.filter(({ outcome }) => !outcome).length,
    attention: [...feed.attention].sort((one, other) => one.position - other.position)
      .map((item) => ({ ...item, record: feed.shown(item.edit.id)?.body ?? null, isGone: Boolean(feed.shown(item.edit.id)?.deleted) })),
    summary: summaries[0]?.body ?? null,
    open,
    later: laterReminders(reminders, open),
    settled: settledReminders(reminders, acks, clock.localDay(new Date(Date.now() + DAY_MS))), // days differ by zone
    entries: [...workouts, ...labs].sort((one, other) => dayOf(other.body).localeCompare(dayOf(one.body))),
    profile: profile?.body ?? {},
    profileSeen: profile?.seen,
    issues: issues.length,
    notes,
    grants,
    looks,
  };
});
