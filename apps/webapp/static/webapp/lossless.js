// JSON that keeps every digit: 41.50 read is 41.50 written. A number that JavaScript would
// spell another way is held as {"\u0000n": "41.50"}; the server sends no such key of its own.
const DIGITS = "\u0000n";
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const HELD = /\{"\\u0000n":"(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"\}/g;
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

export function parse(text) {
  return JSON.parse(text.replace(TOKEN, (token) =>
    token[0] === '"' || String(Number(token)) === token ? token : `{"\\u0000n":"${token}"}`));
}

export function stringify(value) {
  return JSON.stringify(value).replace(HELD, "$1");
}

// What a person typed, as a number with the digits they gave it; undefined if it is none.
export function decimal(typed) {
  const text = typed.trim().replace(",", ".").replace(/^\+/, "");
  return DECIMAL.test(text) ? parse(text) : undefined;
}

export function digitsOf(value) {
  return value !== null && typeof value === "object" && DIGITS in value ? value[DIGITS] : String(value);
}
