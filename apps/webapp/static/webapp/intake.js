// How one answer goes into the store: results first, then rows, then the place.
import { promoted } from "./folding.js";
import { dropArrived } from "./outbox.js";

const STORED = new Set(["applied", "merged"]);
const NOTHING_TO_DO = new Set(["noop", "superseded"]);
const NEEDS_A_PERSON = new Set(["conflict", "rejected", "blocked"]);
export const STANDS = new Set([...STORED, ...NOTHING_TO_DO]);
const STUB_DAYS = 400;

// The records an answer is about, to be loaded before it is taken in.
export const touched = ({ results, page }) =>
  [...results.flatMap(({ record }) => (record ? [record.id] : [])), ...page.rows.map(({ id }) => id)];

// Take an answer in; returns what it did. `sent` are the ids of the ops the request carried.
export function takeIn(feed, answer, sent) {
  const { state } = feed, { page } = answer;
  const usable = typeof page.cursor === "string"; // a page without a cursor says nothing of the feed
  const moved = usable && state.cursor !== page.cursor;
  if (usable && (state.cursor === null || page.reset)) {
    Object.assign(state, { generation: state.generation + 1, loading: true });
    feed.want.clear();
  }
  const kept = takeResults(feed, answer.results, new Set(sent));
  takeRows(feed, page.rows, new Set(sent));
  const ended = usable && page.complete === true;
  const loaded = ended && state.loading;
  if (loaded) state.loading = false;
  dropArrived(feed, ended ? answer.witness.seq : undefined);
  Object.assign(state, { latest: null, epoch: answer.epoch, witness: answer.witness, complete: ended,
    cursor: page.cursor ?? state.cursor, derived: answer.derived ?? state.derived,
    nextPollS: answer.next_poll_s ?? 900, syncedAt: Date.now(), answered: state.begun });
  return { kept, moved, loaded, complete: ended, rows: page.rows.length, answered: sent.length - kept.size };
}

// After a whole load: what it did not bring is gone. Stubs stay, for a year and more.
export function isGone(record, generation) {
  if (!record.deleted) return record.generation < generation;
  return record.storedAt < Date.now() - STUB_DAYS * 86_400_000;
}

function takeResults(feed, results, kept) {
  for (const result of results) {
    const pending = feed.outbox.find(({ op }) => op.op === result.op);
    const outcome = result.status === "duplicate" ? result.was : result.status;
    if (!pending || !kept.has(result.op)) continue;
    feed.receipts.push({ op: result.op, status: result.status, outcome, at: Date.now() });
    if (STANDS.has(outcome)) settle(feed, pending, outcome, result.seq);
    else if (NEEDS_A_PERSON.has(outcome)) {
      feed.attention.push({ op: result.op, edit: pending.op, outcome, result, position: pending.position });
      feed.outbox = feed.outbox.filter((each) => each !== pending);
    } else continue; // deferred, or a status from a newer server: kept, and sent at a later sync
    kept.delete(result.op);
    if (result.record) overwrite(feed, result.record);
  }
  return kept;
}

function settle(feed, pending, outcome, seq) {
  const isStored = STORED.has(outcome) && Number.isInteger(seq);
  Object.assign(pending, { outcome, seq: isStored ? seq : null });
  if (isStored) feed.state.ownSeq = Math.max(feed.state.ownSeq, seq);
}

function takeRows(feed, rows, sent) {
  for (const row of rows) {
    if (row.deleted || row.body) overwrite(feed, row);
    else takeEcho(feed, row, sent);
    feed.mark(row.id);
    feed.attention = feed.attention.filter(({ op }) => op !== row.v); // refused once, taken after all
  }
}

function takeEcho(feed, row, sent) {
  const known = feed.records.get(row.id);
  if (known && known.seq >= row.seq) return;
  const whole = sent.has(row.v) ? promoted(known, feed.own(row.id), row) : undefined;
  if (whole) write(feed, row, whole);
  else feed.want.set(row.id, Math.max(row.seq, feed.want.get(row.id) ?? 0));
}

function overwrite(feed, row) {
  const body = row.deleted ? null : row.body ?? null;
  if (!body && !row.deleted) return;
  write(feed, row, { type: row.type ?? feed.records.get(row.id)?.type ?? "", schema: row.schema ?? null, body });
  if ((feed.want.get(row.id) ?? Infinity) <= row.seq) feed.want.delete(row.id);
}

function write(feed, { id, v, rev, seq }, { type, schema, body }) {
  // Only a page counts as having brought a record; a result may show what was deleted since.
  const generation = feed.records.get(id)?.generation ?? feed.state.generation - 1;
  feed.write({ id, type, v, rev, seq, schema, deleted: body === null, body, generation, storedAt: Date.now() });
}
