// When this tab syncs: after an edit, when the network is back, when it comes to the front, and as
// often as the server asks. After a failure it waits, longer each time, with full jitter.
import { announce, listen } from "./announce.js";
import { NoAnswer, Refused, SignedOut } from "./exchange.js";
import { t } from "./speech.js";
import { sync } from "./sync.js";

const FIRST_MS = 2000, LONGEST_MS = 900_000;
const DAY_MS = 86_400_000; // a browser's timer can not be told of much longer times
export const status = { isBusy: false, trouble: null, isTooOld: false, clockOffsetMs: null };
let timer, failures = 0, heldUntil = 0, running = null, isAskedAgain = false;

export function start() {
  addEventListener("online", () => { failures = 0; syncSoon(); });
  addEventListener("offline", () => announce("changed"));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) syncSoon(); });
  listen(({ what }) => { if (what === "account") syncSoon(); });
  syncSoon();
}

// Sync now; while one is under way, once more after it.
export function syncSoon() {
  if (running) {
    isAskedAgain = true;
    return running;
  }
  running = turn().finally(() => {
    running = null;
    if (isAskedAgain) {
      isAskedAgain = false;
      syncSoon();
    }
  });
  return running;
}

async function turn() {
  clearTimeout(timer);
  const held = heldUntil - performance.now();
  if (held > 0) return later(held); // the server asked for it, whatever happens meanwhile
  status.isBusy = true;
  let wait;
  try {
    const report = await sync();
    failures = 0;
    Object.assign(status, { trouble: null, isTooOld: report?.isTooOld ?? false, clockOffsetMs: report?.clockOffsetMs ?? null });
    wait = report ? report.nextPollS * 1000 : null;
  } catch (error) {
    wait = waitAfter(error);
  } finally {
    status.isBusy = false;
  }
  announce("changed");
  if (wait !== null) later(wait);
}

function later(ms) {
  timer = setTimeout(() => { if (!document.hidden) syncSoon(); }, Math.min(ms, DAY_MS));
}

function waitAfter(error) {
  if (error instanceof SignedOut) {
    status.trouble = null;
    announce("account");
    return null;
  }
  if (error instanceof NoAnswer) {
    failures += 1;
    status.trouble = error.message;
    heldUntil = performance.now() + Math.min(error.retryAfterS * 1000, DAY_MS);
    return Math.max(error.retryAfterS * 1000, Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20)));
  }
  status.trouble = t(error instanceof Refused ? "sync.refused" : "sync.broken", { why: error.message });
  if (error.code === "epoch-changed") return 0; // this device is empty now, and begins again
  return error instanceof Refused ? null : LONGEST_MS; // a refusal is not repeated by itself
}
