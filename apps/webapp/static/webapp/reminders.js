// Reminders and the person's answers to them. The server folds the answers of all devices; until
// it has, the answers on this device count.
import * as clock from "./clock.js";
import { ackId, bytesOf } from "./ids.js";
import * as store from "./store.js";

const OPEN = new Set(["due", "sent", "seen"]);
const LATER = new Set(["scheduled", "snoozed"]);
const OVER = new Set(["done", "dismissed", "closed"]);
const SETTLING = new Set(["done", "snoozed", "dismissed"]);
const SNOOZE_DAYS = 7;

export const ACTIONS = ["done", "snoozed", "dismissed"];

// Put an answer into the outbox. Its id follows from what it says, so twice is once.
export async function answer(reminder, action, at = new Date()) {
  const actedAt = clock.stamp(at);
  const until = new Date(at.getFullYear(), at.getMonth(), at.getDate() + SNOOZE_DAYS);
  const set = { reminder, action, acted_at: actedAt, ...(action === "snoozed" ? { snooze_until: clock.localDay(until) } : {}) };
  await store.edit({ type: "reminder_ack", id: await ackId(reminder, action, actedAt), set });
}

// The answer that stands for each reminder: the latest that decides; seeing one decides nothing.
function answersOf(acks) {
  const found = new Map();
  const sorted = [...acks].sort((one, other) => Date.parse(one.body.acted_at) - Date.parse(other.body.acted_at));
  for (const { body } of sorted) {
    if (SETTLING.has(body.action)) found.set(body.reminder, body);
    else if (body.action === "seen" && !found.has(body.reminder)) found.set(body.reminder, body);
  }
  return found;
}

// What is open in the inbox, soonest due first; `isNew` until it was seen.
export function openReminders(reminders, acks, today = clock.localDay()) {
  const answers = answersOf(acks);
  return reminders
    .filter(({ body }) => OPEN.has(body.state))
    .map((record) => ({ ...record, answer: answers.get(record.id) }))
    .filter(({ answer }) => !answer || answer.action === "seen"
      || (answer.action === "snoozed" && answer.snooze_until && answer.snooze_until <= today))
    .map((record) => ({ ...record, isNew: record.body.state !== "seen" && record.answer?.action !== "seen" }))
    .sort((one, other) => one.body.due_date.localeCompare(other.body.due_date) || one.id.localeCompare(other.id));
}

// Answered for good, or put off until later than `day`. One that is only not due yet, as far as this
// device has heard, is not: a message may come before the row that says so.
export function settledReminders(reminders, acks, day) {
  const answers = answersOf(acks);
  return new Set(reminders.filter(({ id, body }) => {
    const answer = answers.get(id);
    if (answer?.action === "snoozed") return (answer.snooze_until ?? "") > day;
    return OVER.has(body.state) || SETTLING.has(answer?.action);
  }).map(({ id }) => id));
}

// What is known but not due yet, or put off.
export function laterReminders(reminders, open) {
  const isOpen = new Set(open.map(({ id }) => id));
  return reminders.filter(({ id, body }) => !isOpen.has(id) && LATER.has(body.state))
    .sort((one, other) => one.body.due_date.localeCompare(other.body.due_date));
}

export const isUuid = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text ?? "") && bytesOf(text).length === 16;
