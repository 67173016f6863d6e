// Is the copy right? Once a week it is compared with the server's fingerprints, at rest.
import { ask } from "./exchange.js";
import { bytesOf } from "./ids.js";
import { TYPES } from "./feed.js";
import * as store from "./store.js";

const EVERY_MS = 7 * 86_400_000;
const NOTHING = { count: 0, xor: "0".repeat(16) };

// Compare if it is time. Returns the types that differ, or null if that can not be told now.
export async function compareIfDue() {
  const { complete, comparedAt } = await store.account();
  if (!complete) return null;
  if (!comparedAt) { // a copy never compared was loaded just now
    await store.noteCompared();
    return null;
  }
  return Math.abs(Date.now() - comparedAt) < EVERY_MS ? null : compare();
}

export async function compare() {
  const { athlete, token, witness } = await store.account();
  const theirs = await ask("GET", `/v1/athletes/${athlete}/digest`, { token });
  if (theirs.witness.seq !== witness?.seq || theirs.witness.mark !== witness.mark) return null; // not at rest
  const ours = await digestOf(await store.cleanRecords());
  await store.noteCompared();
  return Object.keys(TYPES).filter((type) => {
    const [one, other] = [ours.get(type) ?? NOTHING, theirs.types[type] ?? NOTHING];
    return one.count !== other.count || one.xor !== other.xor;
  });
}

async function digestOf(records) {
  const found = new Map();
  for (const { type, id, v } of records.filter(({ deleted }) => !deleted)) {
    const told = Uint8Array.from([...bytesOf(id), ...bytesOf(v)]);
    const print = new DataView(await crypto.subtle.digest("SHA-256", told)).getBigUint64(0);
    const { count, bits } = found.get(type) ?? { count: 0, bits: 0n };
    found.set(type, { count: count + 1, bits: bits ^ print });
  }
  return new Map([...found].map(([type, { count, bits }]) => [type, { count, xor: bits.toString(16).padStart(16, "0") }]));
}
