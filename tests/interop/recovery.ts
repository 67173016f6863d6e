// What the client does when something went wrong: a server back from a backup, edits that were not taken.
import { randomUUID } from "node:crypto";
import { ask, edit, type Json, own, shown, STANDS, state } from "./client.ts";

export function setAside() { // the server is back from a backup
  for (const row of Object.values(state.clean)) if (!(state.held[row.id]?.rev >= row.rev)) state.held[row.id] = row;
  for (const pending of state.outbox) Object.assign(pending, { outcome: undefined, seq: undefined });
  Object.assign(state, { clean: {}, want: [], met: [], witness: null, cursor: null, forked: true });
}

export async function giveBack() {
  const rows = Object.values(state.held).filter(({ id, v }) => state.clean[id]?.v !== v && v[14] !== "8");
  const known = new Map<string, number>();
  for (let start = 0; start < rows.length; start += 5000) {
    const { status, body } = await ask("ops/lookup", JSON.stringify({ ops: rows.slice(start, start + 5000).map(({ v }) => v) }));
    if (status !== 200) throw new Error(`lookup: ${status}`);
    for (const each of body.ops) if (STANDS.test(each.status)) known.set(each.op, each.seq);
  }
  for (const row of rows) if (known.has(row.v) && row.deleted) state.clean[row.id] ??= { ...row, seq: known.get(row.v)! };
  const lost = rows.filter(({ v }) => !known.has(v)).sort((one, other) => one.seq - other.seq);
  for (const { id, v } of lost) for (let link: any = v; link;) { // own ops that the version contains
    const found = own(id).find(({ op }) => op.op === link);
    state.outbox = state.outbox.filter((each) => each !== found);
    link = found?.op.base;
  }
  const replays = lost.map(({ v: op, id, type, schema, rev, body }) => ({ op, id, type, schema, rev, action: "replay", ...(body ? { body } : { deleted: true }) }));
  state.outbox.unshift(...replays.map((op) => ({ op, raw: JSON.stringify(op) })));
  Object.assign(state, { held: {}, forked: false });
}

export function redo(refused: string): string[] { // with its group, and all that was built on it
  const all = [...state.attention, ...state.outbox.filter(({ outcome }) => !outcome)].map(({ op }) => op);
  const chosen = new Set([refused]);
  for (let size = 0; size < chosen.size;) {
    size = chosen.size;
    const groups = new Set(all.filter(({ op, group }) => group && chosen.has(op)).map(({ group }) => group));
    for (const { op, base, group } of all) if (chosen.has(base!) || groups.has(group)) chosen.add(op);
  }
  state.attention = state.attention.filter(({ op }) => !chosen.has(op.op));
  state.outbox = state.outbox.filter(({ op }) => !chosen.has(op.op));
  const groups: Json = {};
  return all.filter(({ op }) => chosen.has(op)).flatMap(({ type, id, action, set, unset, group: old }) => {
    const group = old && (groups[old] ??= randomUUID());
    const gone = action === "put" && shown(id)?.deleted && own(id).every(({ op }) => op.action !== "restore");
    return [...(gone ? [edit({ type, id, action: "restore", group })] : []), edit({ type, id, action, set, unset, group })];
  });
}
