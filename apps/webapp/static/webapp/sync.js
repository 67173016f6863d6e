// Round trip after round trip until this device and the server agree. One at a time: a lock of
// the browser holds tabs and service worker apart.
import { announce } from "./announce.js";
import { compareIfDue } from "./digest.js";
import { ask, NoAnswer, Refused } from "./exchange.js";
import { TYPES } from "./feed.js";
import { uuid7 } from "./ids.js";
import { STANDS } from "./intake.js";
import { stringify } from "./lossless.js";
import * as clock from "./clock.js";
import { MAX_OPS, sendable } from "./outbox.js";
import { t } from "./speech.js";
import * as store from "./store.js";

const LOCK = "mechanostat-sync";
const FORKS_IN_ONE_SYNC = 3;
const LOOKUP = 5000;
const POLL_S = 900;

// Returns what the last answer said: derived, nextPollS, kept, clockOffsetMs, isTooOld, or null if
// nobody is signed in. Throws `NoAnswer` (try later), `SignedOut`, and `Refused`.
export async function sync() {
  const asked = (await store.account()).begun; // counted: a clock may be set back
  return navigator.locks.request(LOCK, async () => {
    const state = await store.account();
    if (!state.token) return null;
    if (state.complete && state.answered > asked && !(await store.waitingCount()))
      return { derived: state.derived, nextPollS: state.nextPollS, kept: [] }; // another's was enough
    const report = await converse();
    if ((await compareIfDue().catch(() => null))?.length) { // it differs: load everything anew, once
      await store.distrust();
      return converse();
    }
    return report;
  });
}

async function converse() {
  const turn = { limit: MAX_OPS, later: new Set(), forks: 0, isAgain: false };
  for (;;) {
    const { state, ops, want } = await store.sending(turn);
    if (!state.token) return null;
    let answer, done;
    try {
      ({ answer, done } = await once(state, ops, want));
      if (done.complete && state.forked) await giveBack(state);
    } catch (error) {
      await recover(turn, ops, error);
      continue;
    } finally {
      announce("changed");
    }
    for (const { op } of ops) if (done.kept.has(op.op)) turn.later.add(op.id);
    if (!done.complete && (done.moved || done.answered)) continue;
    const left = await store.sending(turn);
    if (left.ops.length || left.want.some((id) => !want.includes(id))) continue;
    if (left.want.length && done.complete && !turn.isAgain) { // what was wanted did not come
      turn.isAgain = true;
      await store.startOver();
      continue;
    }
    return told(answer, done);
  }
}

const told = (answer, done) => ({ derived: answer.derived, nextPollS: answer.next_poll_s ?? POLL_S, kept: [...done.kept],
  clockOffsetMs: answer.clock_offset_ms ?? null,
  isTooOld: (answer.notices ?? []).some(({ code }) => code === "client-too-old") });

async function once({ athlete, device, token, epoch, witness, cursor }, ops, want) {
  const request = uuid7();
  await store.begin(request); // before it is sent: an answer to an older request is thrown away
  const envelope = stringify({ protocol: 1, request, device, sent_at: clock.stamp(), epoch, witness, cursor,
    types: TYPES, page: { max_rows: 500, max_bytes: 1_048_576 }, want });
  const body = `${envelope.slice(0, -1)},"ops":[${ops.map(sendable).join(",")}]}`;
  const answer = await ask("POST", `/v1/athletes/${athlete}/sync`, { body, token });
  if (!answer || !Array.isArray(answer.results) || !Array.isArray(answer.page?.rows))
    throw new NoAnswer(t("error.not_ours"));
  const done = await store.accept(answer, ops.map(({ op }) => op.op), { request, athlete });
  if (!done) throw new NoAnswer(t("error.other_request"));
  return { answer, done };
}

// Do what the refusal of a whole request asks for; throw it on if that is nothing.
async function recover(turn, ops, error) {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 413 && ops.length) {
    const isOne = new Set(ops.map(({ op }) => op.group ?? op.op)).size === 1;
    if (isOne) for (const { op } of ops) turn.later.add(op.id);
    else turn.limit = Math.floor(ops.length / 2);
  } else if (error.code === "feed-forked" && turn.forks < FORKS_IN_ONE_SYNC) {
    turn.forks += 1;
    await store.setAside();
  } else if (error.code === "cursor-expired") await store.startOver();
  else if (error.code === "epoch-changed") {
    await store.erase();
    announce("erased");
    throw error;
  } else throw error;
}

// Find the versions the server lost and put them first in the outbox.
async function giveBack({ athlete, token }) {
  for (let asked; (asked = (await store.unknownFate()).slice(0, LOOKUP)).length;) {
    const { ops } = await ask("POST", `/v1/athletes/${athlete}/ops/lookup`, { body: { ops: asked }, token })
      .catch((error) => { // nothing is known there; to replay a known version does no harm
        if (error.status !== 404) throw error;
        return { ops: [] };
      });
    await store.judge(asked, new Map(ops.filter(({ status }) => STANDS.has(status)).map(({ op, seq }) => [op, seq])));
  }
}
