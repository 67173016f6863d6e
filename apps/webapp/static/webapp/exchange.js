// One HTTP request and its answer. Nothing is repeated here.
import { announce } from "./announce.js";
import * as store from "./store.js";
import { parse, stringify } from "./lossless.js";
import { t } from "./speech.js";

const CLIENT = "mechanostat-web/web/1";
const TIMEOUT_MS = 30_000;

// No answer that counts came: worth another try, not before `retryAfterS`.
export class NoAnswer extends Error {
  constructor(message, retryAfterS = 0) { super(message); this.retryAfterS = retryAfterS; }
}

// The server said no to the request as a whole.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.title ?? t("error.refused", { status }));
    Object.assign(this, { status, code: problem?.code ?? String(status), problem });
  }
}

// The token opens nothing any more; what was read is wiped, what is unsent is kept.
export class SignedOut extends Error {}

export async function send(method, path, { body, token } = {}) {
  const headers = { Accept: "application/json", "Mechanostat-Client": CLIENT };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  const told = typeof body === "string" || body === undefined ? body : stringify(body);
  let response, text;
  try {
    response = await fetch(path, { method, headers, body: told, credentials: "omit", cache: "no-store",
      redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await response.text();
  } catch (error) {
    throw new NoAnswer(t(error.name === "TimeoutError" ? "error.slow" : "error.unreachable"));
  }
  const { status } = response;
  if (status === 429 || status >= 500)
    throw new NoAnswer(t("error.busy", { status }), retryAfter(response.headers.get("Retry-After")));
  const answer = read(text);
  if (status < 400) {
    if (text && answer === undefined) throw new NoAnswer(t("error.not_ours"));
    return answer;
  }
  throw new Refused(status, answer);
}

// About the signed-in person. A token no longer taken locks this device.
export async function ask(method, path, { body, token } = {}) {
  try {
    return await send(method, path, { body, token });
  } catch (error) {
    if (!(error instanceof Refused) || !(error.status === 401 || error.code === "device-revoked")) throw error;
    if (await store.lockOut(token)) announce("account");
    throw new SignedOut(error.message);
  }
}

function read(text) {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function retryAfter(value) {
  if (!value) return 0;
  const seconds = Number(value);
  return Math.max(0, Number.isFinite(seconds) ? seconds : (Date.parse(value) - Date.now()) / 1000 || 0);
}
