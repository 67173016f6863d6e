// What is done when something went wrong: a server back from a backup, edits that were not taken.
import { uuid4, versionOf } from "./ids.js";
import { append, baseOf } from "./outbox.js";
import { stringify } from "./lossless.js";
import { noPlace } from "./feed.js";

const SERVERS = "8"; // version of the ids that only the server gives: it makes those rows anew

// Set the clean copy aside and begin again; of two copies set aside the higher revision is kept.
export async function setAside(feed) {
  const { tables, state } = feed;
  for (const record of await tables.all("records")) {
    const held = feed.held.get(record.id) ?? await tables.get("held", record.id);
    if (!held || record.rev > held.rev) await tables.put("held", record);
  }
  await tables.clear("records");
  feed.records.clear();
  feed.dirty.clear();
  feed.want.clear();
  for (const pending of feed.outbox) Object.assign(pending, { outcome: null, seq: null });
  Object.assign(state, noPlace(state.epoch), { generation: state.generation, forked: true });
}

// Versions set aside that the new copy does not hold, oldest first; none ends the fork.
export async function unknownFate(feed) {
  const left = [];
  for (const held of await feed.tables.all("held")) {
    const record = await feed.tables.get("records", held.id);
    if (record?.v === held.v || versionOf(held.v) === SERVERS) await feed.tables.remove("held", held.id);
    else left.push(held);
  }
  if (!left.length) feed.state.forked = false;
  return left.sort((one, other) => one.seq - other.seq).map(({ v }) => v);
}

// Take in which of these versions still stand (a Map of version to number); the others were lost
// and are put in front of the outbox, to be replayed under the ids they had.
export async function judge(feed, asked, known) {
  const wanted = new Set(asked), about = (await feed.tables.all("held")).filter(({ v }) => wanted.has(v));
  const lost = [];
  for (const held of about.sort((one, other) => one.seq - other.seq)) {
    await feed.tables.remove("held", held.id);
    if (!known.has(held.v)) lost.push(held);
    else if (held.deleted && !(await feed.tables.get("records", held.id)))
      await feed.tables.put("records", { ...held, seq: known.get(held.v) ?? 0, generation: feed.state.generation });
  }
  const first = Math.min(1, ...feed.outbox.map(({ position }) => position)) - lost.length;
  for (const { v } of lost) dropChain(feed, v);
  feed.outbox.unshift(...lost.map((held, place) => replay(held, first + place)));
  return lost.length;
}

// The own op of this id and those it was built on: the version that is replayed holds them all.
function dropChain(feed, version) {
  for (let link = version; link;) {
    const found = feed.outbox.find(({ op }) => op.op === link);
    feed.outbox = feed.outbox.filter((each) => each !== found);
    link = found?.op.base;
  }
}

function replay({ v, id, type, schema, rev, body }, position) {
  const op = { op: v, type, id, action: "replay", rev };
  if (schema !== null && schema !== undefined) op.schema = schema;
  Object.assign(op, body ? { body } : { deleted: true });
  return { position, op, raw: stringify(op), made: null, outcome: null, seq: null };
}

// Make an edit on the attention list again, with what was built on it and its whole group, on
// what stands now. `set` are values instead of those it had.
export function redo(feed, chosen, set = {}) {
  const listed = [...feed.attention].sort((one, other) => one.position - other.position).map(({ edit }) => edit);
  const all = [...listed, ...feed.outbox.filter(({ outcome }) => !outcome).map(({ op }) => op)];
  const ids = withDependants(all, chosen);
  feed.attention = feed.attention.filter(({ op }) => !ids.has(op));
  feed.outbox = feed.outbox.filter(({ op }) => !ids.has(op.op));
  const groups = new Map(), made = [];
  for (const edit of all.filter(({ op }) => ids.has(op))) {
    if (edit.group && !groups.has(edit.group)) groups.set(edit.group, uuid4());
    const again = { type: edit.type, id: edit.id, group: groups.get(edit.group) };
    if (edit.action === "delete" || edit.deleted) {
      made.push(append(feed, { ...again, action: "delete" }));
      continue;
    }
    const changed = edit.op === chosen ? set : {};
    const said = { ...(edit.set ?? edit.body), ...changed };
    const unset = (edit.unset ?? []).filter((name) => !(name in changed));
    if (edit.action !== "restore" && isGone(feed, edit.id)) made.push(append(feed, { ...again, action: "restore" }));
    made.push(append(feed, { ...again, action: edit.action === "restore" ? "restore" : "put", set: said, unset }));
  }
  return made;
}

function withDependants(all, chosen) {
  const ids = new Set([chosen]);
  for (let size = 0; size < ids.size;) {
    size = ids.size;
    const groups = new Set(all.filter(({ op, group }) => group && ids.has(op)).map(({ group }) => group));
    for (const { op, base, group } of all) if (ids.has(base) || groups.has(group)) ids.add(op);
  }
  return ids;
}

const isGone = (feed, id) => feed.shown(id)?.deleted && baseOf(feed, id) !== null
  && feed.own(id).every(({ op }) => op.action !== "restore");
