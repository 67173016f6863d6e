// The outbox: own ops as the bytes first written, in order, until a final result is stored.
import * as clock from "./clock.js";
import { TYPES } from "./feed.js";
import { uuid7 } from "./ids.js";
import { stringify } from "./lossless.js";

export const MAX_OPS = 2000;
const MAX_BYTES = 1024 * 1024 - 64 * 1024; // of a request on the wire, less its envelope
const OP_ROOM = 32; // for an op's comma and age

// What an edit builds on: the newest own op still here, answered or not, else the version that was
// on screen. A form stays as it was drawn while newer versions come in, so it names the one it shows.
export const baseOf = (feed, id, seen) => feed.own(id).at(-1)?.op.op ?? seen ?? feed.shown(id)?.v ?? null;

// Put an edit into the outbox; returns the op's id. Its bytes are frozen here.
export function append(feed, { type, id, action = "put", set, unset, group, seen }) {
  const op = { op: uuid7(), type, id, action, base: baseOf(feed, id, seen), schema: TYPES[type], edited_at: clock.stamp() };
  if (set && (action === "put" || Object.keys(set).length)) op.set = set;
  if (action === "put" && unset?.length) op.unset = unset;
  if (group) op.group = group;
  const position = (feed.outbox.at(-1)?.position ?? 0) + 1;
  feed.outbox.push({ position, op, raw: stringify(op), made: clock.made(), outcome: null, seq: null });
  return op.op;
}

export const unanswered = (feed) => feed.outbox.filter(({ outcome }) => !outcome);

// The oldest unanswered ops within the limits; a group is never cut, and what touches a record
// whose ops must wait waits too. What is too large alone is returned alone.
export function waiting(feed, { limit = MAX_OPS, later = new Set() } = {}) {
  const chosen = [], waits = new Set(later);
  let size = 0;
  for (const unit of units(unanswered(feed))) {
    if (unit.some(({ op }) => waits.has(op.id))) {
      for (const { op } of unit) waits.add(op.id);
      continue;
    }
    size += unit.reduce((sum, { raw }) => sum + new TextEncoder().encode(raw).length + OP_ROOM, 0);
    if (chosen.length + unit.length > limit || size > MAX_BYTES)
      return chosen.length || limit === 0 ? chosen : unit;
    chosen.push(...unit);
  }
  return chosen;
}

function units(pending) {
  const found = new Map();
  for (const each of pending) {
    const key = each.op.group ?? each.op.op;
    found.set(key, [...(found.get(key) ?? []), each]);
  }
  return [...found.values()];
}

// An op as it is sent: its own bytes, and its age if that can be told.
export function sendable({ raw, made }) {
  const age = clock.ageOf(made);
  return age === undefined ? raw : `${raw.slice(0, -1)},"age_ms":${age}}`;
}

// Drop answered ops whose row has come, or that have none to come.
export function dropArrived(feed, completeAt) {
  feed.outbox = feed.outbox.filter(({ op, outcome, seq }) => {
    if (!outcome) return true;
    if (seq === null || seq <= (feed.records.get(op.id)?.seq ?? -1)) return false;
    return completeAt === undefined || seq > completeAt || feed.want.has(op.id);
  });
}
