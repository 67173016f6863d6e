// Everything the app remembers; each function is one transaction.
import { reading, writing, STORES } from "./database.js";
import { blankState, Feed, noPlace } from "./feed.js";
import { isGone, takeIn, touched } from "./intake.js";
import { append, unanswered, waiting } from "./outbox.js";
import * as recovery from "./recovery.js";

// Change the working set and keep it; whatever `change` returns is returned once it is on the disk.
const changing = (change, ids) => writing(async (tables) => {
  const feed = await Feed.load(tables, ids);
  const result = await change(feed);
  await feed.save();
  return result;
});

const looking = (look) => reading(async (tables) => look(await Feed.load(tables)));

export async function account() {
  const state = await reading((tables) => tables.get("state", 1));
  return state ?? changing((feed) => feed.state); // the installation's id is made once and kept
}

export const sending = (limits) => looking((feed) => ({
  state: feed.state, ops: feed.state.forked ? [] : waiting(feed, limits), want: [...feed.want.keys()].slice(0, 500) }));

export const wanted = () => looking((feed) => [...feed.want.keys()]);
export const waitingCount = () => looking((feed) => unanswered(feed).length);

export const unsentCount = () => looking((feed) => unanswered(feed).length + feed.attention.length);

// The edits are in the outbox, on the disk, when this returns.
export const edit = (...edits) => changing((feed) => {
  if (!feed.state.athlete) throw new Error("nobody is signed in");
  feed.state.erased = false;
  return edits.map((each) => append(feed, each));
}, edits.map(({ id }) => id));

export const begin = (request) => changing((feed) => { Object.assign(feed.state, { latest: request, begun: (feed.state.begun ?? 0) + 1 }); });

// Take an answer in, or return null if it is not the latest request's, or of another feed.
export const accept = (answer, sent, asked) => changing(async (feed) => {
  const { state } = feed;
  if (answer.request !== asked.request || state.latest !== asked.request || state.athlete !== asked.athlete
    || (state.epoch ?? answer.epoch) !== answer.epoch) return null;
  const done = takeIn(feed, answer, sent);
  if (done.loaded) {
    for (const stored of await feed.tables.all("records")) {
      const record = feed.records.get(stored.id) ?? stored;
      if (!isGone(record, state.generation)) continue;
      feed.records.delete(record.id);
      feed.dirty.add(record.id);
    }
  }
  return done;
}, touched(answer));

export const startOver = () => changing((feed) => { feed.state.cursor = null; });
// The next whole load overwrites every record, whatever its number.
export const distrust = () => changing(async (feed) => {
  for (const record of await feed.tables.all("records")) await feed.tables.put("records", { ...record, seq: 0 });
  feed.state.cursor = null;
});
// `isEnding`: turned off here, and the server has not been told yet.
export const notePush = (endpoint, { isEnding = false } = {}) =>
  changing((feed) => { Object.assign(feed.state, { pushEndpoint: endpoint, isPushEnding: isEnding }); });
export const cleanRecords = () => reading((tables) => tables.all("records"));
export const noteCompared = () => changing((feed) => { feed.state.comparedAt = Date.now(); });
export const setAside = () => changing(recovery.setAside);
export const unknownFate = () => changing(recovery.unknownFate);
export const judge = (asked, known) => changing((feed) => recovery.judge(feed, asked, known));
export const redo = (op, set) => changing((feed) => recovery.redo(feed, op, set));
export const giveUp = (op) => changing((feed) => {
  feed.attention = feed.attention.filter((item) => item.op !== op);
});

export const signedIn = ({ email, athlete, device, token, name }) =>
  changing((feed) => { Object.assign(feed.state, { email, athlete, device, token, name }); });

// The token is not taken any more: forget what was read, keep what only this device has, and
// whose it is, until the same person signs in again.
export const lockOut = (token) => writing(async (tables) => {
  const feed = await Feed.load(tables);
  const { state } = feed;
  if (state.token !== token) return false; // somebody signed in meanwhile
  feed.outbox = unanswered(feed);
  const isHeld = feed.outbox.length + feed.attention.length > 0;
  for (const item of feed.attention) item.result = { ...item.result, record: undefined };
  for (const name of ["records", "held", "receipts", "shown"]) await tables.clear(name);
  feed.want.clear();
  feed.dirty.clear();
  const { installation, email, athlete, epoch } = state;
  feed.state = { ...blankState(installation), email, ...(isHeld ? { athlete, ...noPlace(epoch) } : {}) };
  await feed.save();
  return true;
});

// Everything is gone but the name of this installation.
export const wipe = () => writing(async (tables) => {
  const state = await tables.get("state", 1);
  for (const name of STORES) await tables.clear(name);
  await tables.put("state", blankState(state?.installation));
});

// The athlete erased the feed: nothing of it may come back, unsent edits included.
export const erase = () => writing(async (tables) => {
  const state = await tables.get("state", 1);
  for (const name of STORES) await tables.clear(name);
  await tables.put("state", { ...state, ...noPlace(), erased: true });
});

// Note a notification as shown; returns whether it is new here.
export const noteShown = (id) => writing(async (tables) => {
  if (!id) return true;
  if (await tables.get("shown", id)) return false;
  const old = await tables.all("shown");
  for (const each of old.sort((one, other) => other.at - one.at).slice(200)) await tables.remove("shown", each.id);
  await tables.put("shown", { id, at: Date.now() });
  return true;
});
