// Providers of push messages that check what they are sent and can refuse it: APNs, FCM v1 with
// its OAuth token endpoint, and a Web Push service with the browsers behind it. Written from the
// protocols alone, on node:http2 and node:crypto.
//
// argv[2]: a JSON file; stdout: one line of JSON with the ports once all of them listen.
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import tls from "node:tls";

const told = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const secure = { key: told.key, cert: told.cert };
const MAX = 4096;

let log = [];
let isQuiet = false;
let clockOffsetS = 0;
const steps = new Map(); // what to do instead of the usual, by key, in turn
const always = new Map(); // the same, every time
const accessTokens = new Set();
const browsers = new Map();
const sessions = new Map();
const nowS = () => Date.now() / 1000 + clockOffsetS;

const b64 = (buffer) => Buffer.from(buffer).toString("base64url");
const unb64 = (text) => Buffer.from(text, "base64url");
const print = (text) => crypto.createHash("sha256").update(text).digest("hex").slice(0, 12);

function readJwt(token, algorithm, key) {
  const parts = String(token).split(".");
  if (parts.length !== 3) return null;
  try {
    const header = JSON.parse(unb64(parts[0]));
    const claims = JSON.parse(unb64(parts[1]));
    if (header.alg !== algorithm) return null;
    const how = algorithm === "ES256" ? { key, dsaEncoding: "ieee-p1363" } : { key };
    const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
    if (!crypto.verify("sha256", signed, how, unb64(parts[2]))) return null;
    return { header, claims };
  } catch {
    return null;
  }
}

// --- APNs

const apnsKey = crypto.createPublicKey(told.apns.publicKey);
const verified = new Map(); // signatures looked at before, as providers remember them; ages are not

function apnsJwt(text) {
  if (!verified.has(text)) verified.set(text, readJwt(text, "ES256", apnsKey));
  return verified.get(text);
}

function apnsRefusal(headers, token, body) {
  const [scheme, text] = String(headers.authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer") return [403, "MissingProviderToken"];
  const jwt = apnsJwt(text);
  if (!jwt || jwt.header.kid !== told.apns.keyId || jwt.claims.iss !== told.apns.teamId) {
    return [403, "InvalidProviderToken"];
  }
  const age = nowS() - jwt.claims.iat;
  if (!(age > -60)) return [403, "InvalidProviderToken"];
  if (age > 3600) return [403, "ExpiredProviderToken"];
  if (!/^([0-9a-f]{2}){32,100}$/i.test(token)) return [400, "BadDeviceToken"];
  if (!headers["apns-topic"]) return [400, "MissingTopic"];
  if (headers["apns-topic"] !== told.apns.topic) return [400, "DeviceTokenNotForTopic"];
  if (Buffer.byteLength(headers["apns-collapse-id"] ?? "") > 64) return [400, "BadCollapseId"];
  if (!/^\d+$/.test(headers["apns-expiration"] ?? "0")) return [400, "BadExpirationDate"];
  if (body.length > MAX) return [413, "PayloadTooLarge"];
  const type = headers["apns-push-type"];
  if (!["alert", "background"].includes(type)) return [400, "InvalidPushType"];
  if (type === "background" && headers["apns-priority"] !== "5") return [400, "BadPriority"];
  try {
    const aps = JSON.parse(body).aps;
    const isSound = type === "alert" ? aps.alert : aps["content-available"] === 1 && !aps.alert;
    if (!isSound) return [400, "PayloadEmpty"];
  } catch {
    return [400, "PayloadEmpty"];
  }
  return null;
}

function apns(headers, token, body) {
  const refusal = apnsRefusal(headers, token, body);
  const id = headers["apns-id"] ?? crypto.randomUUID();
  if (refusal) return json(refusal[0], { reason: refusal[1] }, { "apns-id": id });
  return { status: 200, headers: { "apns-id": id }, body: "" };
}

// --- FCM

const accountKey = crypto.createPublicKey(told.fcm.publicKey);

function fcmProblem(status, word, code, message = "refused") {
  const type = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
  const details = code ? [{ "@type": type, errorCode: code }] : [];
  return json(status, { error: { code: status, message, status: word, details } });
}

function oauth(headers, body) {
  const form = new URLSearchParams(body.toString());
  const jwt = readJwt(form.get("assertion"), "RS256", accountKey);
  const claims = jwt?.claims ?? {};
  const isSound =
    headers["content-type"] === "application/x-www-form-urlencoded" &&
    form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
    claims.iss === told.fcm.clientEmail &&
    claims.aud === `${told.origin}/token` &&
    claims.scope === "https://www.googleapis.com/auth/firebase.messaging" &&
    claims.exp > nowS() &&
    claims.iat <= nowS() + 60 &&
    claims.exp - claims.iat <= 3600;
  if (!isSound) return json(400, { error: "invalid_grant" });
  const token = `ya29.${b64(crypto.randomBytes(24))}`;
  accessTokens.add(token);
  return json(200, { access_token: token, expires_in: 3599, token_type: "Bearer" });
}

function fcm(headers, message, project, size) {
  const [scheme, text] = String(headers.authorization ?? "").split(" ");
  if (scheme !== "Bearer" || !accessTokens.has(text)) {
    return fcmProblem(401, "UNAUTHENTICATED", "");
  }
  if (project !== told.fcm.projectId) return fcmProblem(404, "NOT_FOUND", "");
  const data = message?.data ?? {};
  const isSound =
    typeof message?.token === "string" &&
    size <= MAX &&
    Object.values(data).every((value) => typeof value === "string") &&
    !Object.keys(data).some((name) => /^(from|message_type|google|gcm)/.test(name)) &&
    /^\d+s$/.test(message.android?.ttl ?? "0s") &&
    ["HIGH", "NORMAL"].includes(message.android?.priority);
  if (!isSound) return fcmProblem(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT");
  return json(200, { name: `projects/${project}/messages/${crypto.randomUUID()}` });
}

// --- Web Push

function subscribe(applicationServerKey) {
  const ecdh = crypto.createECDH("prime256v1");
  ecdh.generateKeys();
  const id = b64(crypto.randomBytes(16));
  const auth = crypto.randomBytes(16);
  browsers.set(id, { ecdh, auth, applicationServerKey });
  return { endpoint: `${told.origin}/wp/${id}`, p256dh: b64(ecdh.getPublicKey()), auth: b64(auth) };
}

const hmac = (key, data) => crypto.createHmac("sha256", key).update(data).digest();
const expand = (key, info, length) =>
  hmac(key, Buffer.concat([Buffer.from(info), Buffer.from([1])])).subarray(0, length);

function decrypt({ ecdh, auth }, body) {
  const salt = body.subarray(0, 16);
  const size = body.readUInt32BE(16);
  const idLength = body[20];
  const sender = body.subarray(21, 21 + idLength);
  const record = body.subarray(21 + idLength);
  if (record.length > size) throw new Error("more than one record");
  const shared = ecdh.computeSecret(sender);
  const label = Buffer.from("WebPush: info\0");
  const ikm = expand(hmac(auth, shared), Buffer.concat([label, ecdh.getPublicKey(), sender]), 32);
  const prk = hmac(salt, ikm);
  const key = expand(prk, "Content-Encoding: aes128gcm\0", 16);
  const nonce = expand(prk, "Content-Encoding: nonce\0", 12);
  const open = crypto.createDecipheriv("aes-128-gcm", key, nonce);
  open.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([open.update(record.subarray(0, -16)), open.final()]);
  const end = padded.lastIndexOf(2);
  if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error("padding");
  return padded.subarray(0, end).toString();
}

function vapidRefusal(header, browser) {
  const found = /^vapid t=([^,\s]+),\s*k=([^,\s]+)$/i.exec(String(header ?? ""));
  if (!found) return [401, "no vapid"];
  const point = unb64(found[2]);
  if (point.length !== 65) return [401, "key"];
  const jwk = { kty: "EC", crv: "P-256", x: b64(point.subarray(1, 33)), y: b64(point.subarray(33)) };
  const jwt = readJwt(found[1], "ES256", crypto.createPublicKey({ key: jwk, format: "jwk" }));
  if (!jwt) return [401, "signature"];
  if (jwt.claims.aud !== told.origin) return [403, "aud"];
  if (!(jwt.claims.exp > nowS() && jwt.claims.exp <= nowS() + 86400)) return [403, "exp"];
  if (!/^(mailto:|https:)/.test(jwt.claims.sub ?? "")) return [403, "sub"];
  if (browser.applicationServerKey && browser.applicationServerKey !== found[2]) return [403, "k"];
  return null;
}

function webpush(headers, id, body, entry) {
  const browser = browsers.get(id);
  if (!browser) return { status: 404, headers: {}, body: "no such subscription" };
  const refusal = vapidRefusal(headers.authorization, browser);
  if (refusal) return { status: refusal[0], headers: {}, body: refusal[1] };
  if (body.length > MAX) return { status: 413, headers: {}, body: "too large" };
  const isSound =
    headers["content-encoding"] === "aes128gcm" &&
    /^\d+$/.test(headers.ttl ?? "") &&
    /^(very-low|low|normal|high)$/.test(headers.urgency ?? "normal") &&
    /^[A-Za-z0-9_-]{1,32}$/.test(headers.topic ?? "a");
  if (!isSound) return { status: 400, headers: {}, body: "header" };
  try {
    entry.body = JSON.parse(decrypt(browser, body));
  } catch {
    return { status: 400, headers: {}, body: "cannot be decrypted" };
  }
  return { status: 201, headers: { location: `${told.origin}/message/${crypto.randomUUID()}` }, body: "" };
}

// --- what all of them have in common

function json(status, body, headers = {}) {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

function parse(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function usual(path, headers, body, entry) {
  let found;
  if ((found = /^\/(?:sandbox\/)?3\/device\/(.+)$/.exec(path))) {
    const token = decodeURIComponent(found[1]);
    entry.channel = "apns";
    entry.key = `apns/${token}`;
    entry.collapse = headers["apns-collapse-id"];
    entry.body = parse(body);
    entry.token = print(headers.authorization ?? "");
    return () => apns(headers, token, body);
  }
  if ((found = /^\/v1\/projects\/([^/]+)\/messages:send$/.exec(path))) {
    const message = parse(body)?.message;
    entry.channel = "fcm";
    entry.key = `fcm/${message?.token}`;
    entry.collapse = message?.android?.collapse_key;
    entry.body = message;
    entry.token = print(headers.authorization ?? "");
    return () => fcm(headers, message, found[1], body.length);
  }
  if ((found = /^\/wp\/(.+)$/.exec(path))) {
    entry.channel = "webpush";
    entry.key = `webpush/${found[1]}`;
    entry.collapse = headers.topic;
    return () => webpush(headers, found[1], body, entry);
  }
  if (path === "/token") {
    entry.channel = entry.key = "oauth";
    return () => oauth(headers, body);
  }
  entry.channel = "any";
  entry.key = `any${path}`;
  return () => json(200, { path });
}

function number(session) {
  if (!sessions.has(session)) sessions.set(session, sessions.size + 1);
  return sessions.get(session);
}

const KEPT = ["apns-push-type", "apns-priority", "apns-expiration", "apns-topic", "apns-id", "ttl",
  "urgency", "topic", "user-agent", "content-encoding", "content-length"];

function handle(request, response) {
  const pieces = [];
  request.on("error", () => {});
  response.on("error", () => {});
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const body = Buffer.concat(pieces);
    const headers = Object.fromEntries(Object.entries(request.headers));
    const entry = { n: log.length + 1, at: nowS(), version: request.httpVersion };
    entry.connection = number(request.stream?.session ?? request.socket);
    const answer = usual(request.url, headers, body, entry);
    entry.size = body.length;
    entry.headers = Object.fromEntries(KEPT.filter((name) => name in headers).map((name) => [name, headers[name]]));
    log.push(entry);
    const step = steps.get(entry.key)?.shift() ?? always.get(entry.key) ?? { do: "usual" };
    act(step, answer, request, response, entry);
    if (isQuiet) entry.body = entry.headers = undefined;
  });
}

function give(response, entry, { status, headers, body }) {
  entry.answered = status;
  if (status >= 400) entry.said = body;
  response.writeHead(status, headers);
  response.end(body);
}

function act(step, answer, request, response, entry) {
  const session = request.stream?.session;
  switch (step.do) {
    case "usual":
      return give(response, entry, answer());
    case "answer":
      return give(response, entry, { status: step.status, headers: step.headers ?? {}, body: step.body ?? "" });
    case "garbage":
      entry.answered = 200;
      response.writeHead(200, {});
      return response.end(crypto.randomBytes(2048));
    case "hang":
      entry.answered = "hang";
      return;
    case "slow":
      entry.answered = "slow";
      response.writeHead(200, {});
      return drip(response);
    case "huge":
      entry.answered = "huge";
      entry.written = 0;
      response.writeHead(step.status ?? 200, {});
      return flood(response, entry);
    case "reset":
      entry.answered = "reset";
      return raw.get((session ?? request).socket.remotePort).resetAndDestroy();
    case "reset-stream":
      entry.answered = "reset-stream";
      return request.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    case "refuse-stream":
      entry.answered = "refuse-stream";
      return request.stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    case "goaway":
      give(response, entry, answer());
      entry.goaway = true;
      return session.close();
    default:
      throw new Error(`unknown step ${step.do}`);
  }
}

function drip(response) {
  const timer = setInterval(() => response.write("."), 50);
  response.on("close", () => clearInterval(timer));
}

function flood(response, entry) {
  const piece = Buffer.alloc(64 * 1024, "x");
  const total = 100 * 1024 * 1024;
  const more = () => {
    while (entry.written < total && !response.destroyed && !response.writableEnded) {
      entry.written += piece.length;
      if (!response.write(piece)) return response.once("drain", more);
    }
    if (!response.destroyed) response.end();
  };
  more();
}

function control(request, response) {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const body = pieces.length ? JSON.parse(Buffer.concat(pieces)) : {};
    let answer = {};
    if (request.url === "/log") answer = log;
    else if (request.url === "/subscribe") answer = subscribe(body.applicationServerKey);
    else if (request.url === "/forget") forget();
    else if (request.url === "/control") {
      if (body.key !== undefined) {
        steps.set(body.key, body.steps ?? []);
        if (body.always) always.set(body.key, body.always);
        else always.delete(body.key);
      }
      if (body.revoke) accessTokens.clear();
      if (body.quiet !== undefined) isQuiet = body.quiet;
      if (body.clockOffsetS !== undefined) clockOffsetS = body.clockOffsetS;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  });
}

function forget() {
  log = [];
  isQuiet = false;
  clockOffsetS = 0;
  steps.clear();
  always.clear();
  sessions.clear();
}

const peer = http2.createSecureServer({ ...secure, allowHTTP1: true }, handle);
peer.on("sessionError", () => {});
const raw = new Map(); // what lies below TLS, by the other side's port
peer.on("connection", (socket) => {
  const port = socket.remotePort;
  raw.set(port, socket);
  socket.on("error", () => {});
  socket.on("close", () => raw.delete(port));
});
peer.on("error", () => {});
// Speaks TLS and then nothing that is HTTP.
const nonsense = tls.createServer(secure, (socket) => {
  socket.on("error", () => {});
  socket.once("data", () => socket.end(crypto.randomBytes(4096)));
});
nonsense.on("tlsClientError", () => {});
const controls = http.createServer(control);
const listening = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));

process.stdin.on("end", () => process.exit(0)).resume(); // its parent is gone
const [port, nonsensePort, controlPort] = await Promise.all([peer, nonsense, controls].map(listening));
told.origin = `https://localhost:${port}`;
process.stdout.write(`${JSON.stringify({ port, nonsensePort, controlPort })}\n`);
