// Pure rules of the two copies: what the server said, and the person's own edits on top of it.

// A body after an edit of some of its fields.
export function folded(body, { set, unset }) {
  const changed = { ...body, ...set };
  for (const name of unset ?? []) delete changed[name];
  for (const [name, value] of Object.entries(set ?? {})) if (value === null) delete changed[name];
  return changed;
}

// The body after an op; null means deleted, or not known on this device.
function fold(body, op) {
  if (op.action === "delete") return null;
  if (op.action === "replay") return op.body ?? null;
  if (op.action === "restore") return op.set && Object.keys(op.set).length ? op.set : body;
  return op.action === "put" ? folded(body, op) : body;
}

// What the person sees of a record.
export function visible(record, pending) {
  let body = record?.body ?? null;
  for (const { op } of pending) {
    body = fold(body, op);
    if (op.action === "restore" && !body) return null; // only the server has what it brought back
  }
  return body;
}

// What an echo stands for, or undefined if that can not be told: an unbroken chain of own ops,
// each stored as sent, must lead from the clean copy to it, by the right number of revisions.
export function promoted(record, pending, row) {
  let at = [record?.v ?? null], rev = record?.rev ?? 0, body = record?.body ?? null;
  const behind = record ? pending.findIndex(({ op }) => op.op === record.v) + 1 : 0;
  for (const { op, outcome } of pending.slice(behind)) {
    const isReplay = op.action === "replay";
    if (!isReplay && (!at.includes(op.base) || !["put", "delete"].includes(op.action))) return undefined;
    if (outcome === "noop") {
      at.push(op.op);
      continue;
    }
    if (outcome !== "applied") return undefined;
    [body, rev, at] = [fold(body, op), op.rev ?? rev + 1, [op.op]];
    if (op.op === row.v) return rev === row.rev ? { type: op.type, schema: op.schema ?? null, body } : undefined;
  }
  return undefined;
}
