// The working set of one transaction: the small tables whole, records only as they are needed.
import { uuid4 } from "./ids.js";

// Record types this app shows, with the newest schema it speaks.
export const TYPES = { athlete_profile: 1, workout_session: 3, lab_result: 2, reminder_ack: 1,
  risk_summary: 1, reminder: 1, sync_issue: 1, coach_note: 1, consent_grant: 1, access_note: 1 };

const NO_PLACE = { epoch: null, witness: null, cursor: null, latest: null, generation: 0, loading: false, complete: false,
  forked: false, ownSeq: 0, derived: null, syncedAt: null, nextPollS: 900,
  begun: 0, answered: 0 };
const NOBODY = { athlete: null, email: null, device: null, token: null };
export const blankState = (installation = uuid4()) => ({ one: 1, installation, ...NOBODY, ...NO_PLACE });
// The place of somebody who has to load everything again; the epoch tells whether their feed was erased.
export const noPlace = (epoch = null) => ({ ...NO_PLACE, epoch });

const INSTANTS = ["collected_at", "acted_at", "written_at", "granted_at", "at"];

export const dayOf = (body) => body?.local_date ?? body?.due_date ?? body?.as_of ?? body?.day
  ?? INSTANTS.map((name) => body?.[name]).find((instant) => typeof instant === "string")?.slice(0, 10) ?? "";

export class Feed {
  constructor(tables) {
    this.tables = tables;
    this.records = new Map();
    this.held = new Map();
    this.dirty = new Set();
    this.receipts = [];
  }

  // Load the small tables, and the records named besides those that the outbox is about.
  static async load(tables, ids = []) {
    const feed = new Feed(tables);
    [feed.state, feed.outbox, feed.attention] = await Promise.all([
      tables.get("state", 1).then((state) => state ?? blankState()),
      tables.all("outbox"), tables.all("attention")]);
    feed.want = new Map((await tables.all("want")).map(({ id, seq }) => [id, seq]));
    const wanted = new Set([...ids, ...feed.outbox.map(({ op }) => op.id), ...feed.attention.map(({ edit }) => edit.id)]);
    await Promise.all([...wanted].map((id) => feed.fetch(id)));
    return feed;
  }

  async fetch(id) {
    const [record, held] = await Promise.all([this.tables.get("records", id), this.tables.get("held", id)]);
    if (record) this.records.set(id, record);
    if (held) this.held.set(id, held);
  }

  own(id) { return this.outbox.filter(({ op }) => op.id === id); }

  // While a fork lasts, the higher revision of the two copies is what counts on screen.
  shown(id) { return higher(this.records.get(id), this.held.get(id)); }

  write(record) {
    if (record.seq <= (this.records.get(record.id)?.seq ?? -1)) return;
    this.records.set(record.id, { ...record, day: dayOf(record.body) });
    this.dirty.add(record.id);
  }

  mark(id) {
    const record = this.records.get(id);
    if (!record || record.generation === this.state.generation) return;
    record.generation = this.state.generation;
    this.dirty.add(id);
  }

  async save() {
    const { tables } = this;
    await Promise.all(["outbox", "attention", "want"].map((name) => tables.clear(name)));
    await Promise.all([
      tables.put("state", this.state),
      ...this.outbox.map((pending) => tables.put("outbox", pending)),
      ...this.attention.map((item) => tables.put("attention", item)),
      ...[...this.want].map(([id, seq]) => tables.put("want", { id, seq })),
      ...[...this.dirty].map((id) => this.records.has(id)
        ? tables.put("records", this.records.get(id)) : tables.remove("records", id)),
      ...this.receipts.map((receipt) => tables.put("receipts", receipt)),
    ]);
  }
}

export const higher = (record, held) => (!record || (held && held.rev > record.rev) ? held ?? record : record);
