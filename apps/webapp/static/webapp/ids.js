// Ids: UUIDv7 for ops and requests, v4 for records, v5 where the content decides (RFC 9562).
const HEX = [...Array(256).keys()].map((byte) => byte.toString(16).padStart(2, "0"));
const SEPARATOR = "\u001f";

export const uuid4 = () => crypto.randomUUID();

export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let place = 0; place < 6; place++) bytes[place] = Math.floor(now / 2 ** (8 * (5 - place))) % 256;
  return written(bytes, 7);
}

export async function uuid5(namespace, name) {
  const told = new TextEncoder().encode(name);
  const content = new Uint8Array(16 + told.length);
  content.set(bytesOf(namespace));
  content.set(told, 16);
  return written(new Uint8Array(await crypto.subtle.digest("SHA-1", content)).slice(0, 16), 5);
}

// An answer to a reminder, sent twice, is one record.
export const ackId = (reminder, action, actedAt) => uuid5(reminder, action + SEPARATOR + actedAt);

export const versionOf = (uuid) => uuid[14];

export function bytesOf(uuid) {
  return Uint8Array.from(uuid.replaceAll("-", "").match(/../g), (pair) => parseInt(pair, 16));
}

function written(bytes, version) {
  bytes[6] = (bytes[6] & 0x0f) | (version << 4);
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = [...bytes].map((byte) => HEX[byte]).join("");
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}
