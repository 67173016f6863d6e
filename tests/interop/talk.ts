// Lets a test talk to the client: told JSON lines, it answers each with one.
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { edit, type Json, open, parse, save, state, sync, visible } from "./client.ts";
import { redo } from "./recovery.ts";

async function obey({ do: what, ops, op, ...told }: Json): Promise<unknown> {
  if (what === "sync") return sync();
  if (what === "redo") return redo(op);
  if (what !== "show" && what !== "group") return edit({ ...told, action: what } as any);
  const group = randomUUID();
  if (what === "group") return ops.map(({ do: action, ...each }: Json) => edit({ ...each, action, group } as any));
  const { clean, held, outbox, attention, want, forked } = state;
  const ids = new Set([...Object.keys(clean), ...Object.keys(held), ...outbox.map((pending) => pending.op.id)]);
  const live = Object.values(clean).filter((row) => !row.deleted);
  return {
    seen: Object.fromEntries([...ids].map((id) => [id, visible(id)]).filter(([, body]) => body)),
    versions: Object.fromEntries(live.map((row) => [row.id, [row.v, row.rev]])),
    attention: attention.map((item) => [item.op.op, item.result.was ?? item.result.status]),
    waiting: outbox.length, want, forked,
  };
}

open(...process.argv.slice(2));
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(parse(line)).catch((error: Error) => ({ error: error.message }));
  save();
  console.log(JSON.stringify(answer ?? null));
}
