// A second client of the sync protocol, written from docs/phone.md alone to prove that the guide is enough.
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { giveBack, setAside } from "./recovery.ts";

export type Json = Record<string, any>;
export type Op = { op: string; type: string; id: string; action: string; base?: string | null; schema?: number; group?: string;
  set?: Json; unset?: string[]; rev?: number; body?: Json; deleted?: boolean };
type Pending = { op: Op; raw: string; made?: number; boot?: number; outcome?: string; seq?: number };
type Row = { id: string; type: string; v: string; rev: number; seq: number; schema?: number; deleted?: boolean;
  body?: Json; echo?: boolean };

const TYPES: Json = { athlete_profile: 1, workout_session: 3, lab_result: 2, risk_summary: 1, reminder: 1, sync_issue: 1 };
export const STANDS = /^(applied|merged|noop|superseded)$/;
const STORED = /^(applied|merged)$/, FAILED = /^(conflict|rejected|blocked)$/;
const blank = () => ({ outbox: [] as Pending[], clean: {} as Record<string, Row>, held: {} as Record<string, Row>,
  attention: [] as { op: Op; result: Json }[], want: [] as string[], met: [] as string[],
  loading: false, forked: false, epoch: null as any, witness: null as any, cursor: null as any, latest: "" });
export let state = blank();
let [server, file, athlete, device, token] = [] as string[];

// Numbers keep their digits: 41.50 is written as 41.50 again.
export const parse = (text: string) => JSON.parse(text, (_key: string, value: any, { source }: any) =>
  typeof value === "number" && String(value) !== source ? (JSON as any).rawJSON(source) : value);

export function open(...where: string[]) {
  [server, file, athlete, device, token] = where;
  if (existsSync(file)) state = parse(readFileSync(file, "utf8"));
}

export function save() { // one transaction: all of it or nothing
  writeFileSync(`${file}.new`, JSON.stringify(state), { flush: true });
  renameSync(`${file}.new`, file);
}

export const own = (id: string) => state.outbox.filter(({ op }) => op.id === id);
export const shown = (id: string): Row | undefined => // while a fork lasts, the higher revision of the two copies
  !state.clean[id] || state.held[id]?.rev > state.clean[id].rev ? state.held[id] : state.clean[id];

function fold(body: Json | null, op: Op): Json | null {
  if (op.action === "delete") return null;
  if (op.action === "replay") return op.body ?? null;
  if (op.action === "restore") return op.set ?? body;
  const folded: Json = { ...body, ...op.set };
  for (const name of op.unset ?? []) delete folded[name];
  return folded;
}

export function visible(id: string): Json | null {
  let body = shown(id)?.body ?? null;
  for (const { op } of own(id)) {
    body = fold(body, op);
    if (op.action === "restore" && !body) return null; // only the server has the body
  }
  return body;
}

export function edit(told: Omit<Op, "op">): string {
  const base = own(told.id).at(-1)?.op.op ?? shown(told.id)?.v ?? null;
  const op = { op: randomUUID(), base, schema: TYPES[told.type], edited_at: new Date().toISOString(), ...told };
  state.outbox.push({ op, raw: JSON.stringify(op), made: performance.now(), boot: performance.timeOrigin });
  return op.op;
}

function waiting(limit: number, later: Set<string>): Pending[] { // oldest first, groups whole
  const units = Map.groupBy(state.outbox.filter(({ outcome }) => !outcome), ({ op }) => op.group ?? op.op);
  const chosen: Pending[] = [];
  for (const unit of units.values()) {
    if (unit.some(({ op }) => later.has(op.id))) for (const { op } of unit) later.add(op.id);
    else if (chosen.length && chosen.length + unit.length > limit) break;
    else chosen.push(...unit);
  }
  return chosen;
}

function write(row: Row) {
  if (row.seq > (state.clean[row.id]?.seq ?? -1)) state.clean[row.id] = row;
  state.want = state.want.filter((id) => id !== row.id);
}

function promoted(row: Row): Row | undefined { // what an echo stands for, if that can be told
  const clean = state.clean[row.id];
  let at: unknown[] = [clean?.v ?? null], rev = clean?.rev ?? 0, body = clean?.body ?? null;
  for (const { op, outcome } of own(row.id)) {
    if (op.action !== "replay" && (!at.includes(op.base) || op.action === "restore")) return undefined;
    if (outcome === "noop") at.push(op.op);
    else if (outcome !== "applied") return undefined;
    else [body, rev, at] = [fold(body, op), op.rev ?? rev + 1, [op.op]];
    if (op.op === row.v && rev === row.rev)
      return { ...row, type: op.type, schema: op.schema, deleted: !body, body: body ?? undefined };
  }
}

function takeIn({ results, page, epoch, witness }: Json, sent: Pending[]): Pending[] { // returns the ops that are kept
  const kept = new Map(sent.map((pending) => [pending.op.op, pending]));
  if (page.cursor && (!state.cursor || page.reset)) Object.assign(state, { loading: true, met: [], want: [] });
  for (const result of results) {
    const pending = kept.get(result.op), status = result.was ?? result.status;
    if (pending && STANDS.test(status))
      Object.assign(pending, { outcome: status, seq: STORED.test(status) ? result.seq : 0 });
    else if (pending && FAILED.test(status)) {
      state.attention.push({ op: pending.op, result });
      state.outbox = state.outbox.filter((each) => each !== pending);
    } else continue;
    kept.delete(result.op);
    if (result.record) write(result.record);
  }
  for (const row of page.rows as Row[]) {
    const whole = row.echo && row.seq > (state.clean[row.id]?.seq ?? -1) ? promoted(row) : row;
    if (!whole) state.want = [...new Set([...state.want, row.id])];
    else if (whole.type) write(whole);
    state.met.push(row.id);
    state.attention = state.attention.filter(({ op }) => op.op !== row.v); // parked, and taken after all
  }
  const ended = page.cursor && page.complete, met = new Set(state.met);
  if (ended && state.loading)
    for (const { id, deleted } of Object.values(state.clean)) if (!deleted && !met.has(id)) delete state.clean[id];
  if (ended) Object.assign(state, { loading: false, met: [] });
  const arrived = (id: string) => ended && !state.want.includes(id) ? witness.seq : state.clean[id]?.seq ?? -1;
  state.outbox = state.outbox.filter(({ op, outcome, seq }) => !outcome || seq! > arrived(op.id));
  Object.assign(state, { epoch, witness, cursor: page.cursor ?? state.cursor });
  return [...kept.values()];
}

export async function ask(what: string, body: string) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", "Mechanostat-Client": "interop/node/1" };
  const answer = await fetch(`${server}/v1/athletes/${athlete}/${what}`, { method: "POST", headers, body });
  return { status: answer.status, body: parse(await answer.text()), wait: Number(answer.headers.get("Retry-After") ?? 0) };
}

export async function sync() {
  const later = new Set<string>();
  for (let failures = 0, limit = 2000; ;) {
    const sent = state.forked ? [] : waiting(limit, later), { epoch, witness, cursor } = state, want = state.want.slice(0, 500);
    state.latest = randomUUID();
    save();
    const ops = sent.map(({ raw, made, boot }) => made === undefined || boot !== performance.timeOrigin ? raw
      : `${raw.slice(0, -1)},"age_ms":${Math.round(performance.now() - made)}}`);
    const envelope = JSON.stringify({ protocol: 1, request: state.latest, device, sent_at: new Date().toISOString(), epoch,
      witness, cursor, types: TYPES, page: { max_rows: 500, max_bytes: 1048576 }, want });
    const { status, body, wait } = await ask("sync", `${envelope.slice(0, -1)},"ops":[${ops.join(",")}]}`)
      .catch(() => ({ status: 0, body: null, wait: 0 }));
    if (status === 200 && body.request === state.latest && body.epoch === (epoch ?? body.epoch)) {
      const kept = takeIn(body, sent), complete = body.page.complete;
      for (const { op } of kept) later.add(op.id);
      if (complete && state.forked) await giveBack();
      save();
      failures = 0;
      if (!complete && (kept.length < sent.length || (body.page.cursor && body.page.cursor !== cursor))) continue;
      if (waiting(1, later).length || state.want.some((id) => !want.includes(id))) continue;
      if (!complete || !state.want.length) return { complete, kept: kept.map(({ op }) => op.op), derived: body.derived };
      state.cursor = null; // what was wanted did not come: load everything
    } else if (status === 413 && sent.length > 1) limit = Math.floor(sent.length / 2);
    else if (status === 409 && body.code === "feed-forked") setAside();
    else if (status === 409 && body.code === "epoch-changed") { state = blank(); return { erased: true }; }
    else if (status >= 400 && status < 500 && status !== 429) throw new Error(`${status} ${body?.code}`);
    else await new Promise((done) => setTimeout(done, 1000 * Math.max(wait, Math.random() * Math.min(900, 2 * 2 ** failures++))));
  }
}
