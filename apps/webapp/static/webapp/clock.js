// What time is to this client: a wall clock that may be wrong, and one that only moves forward.
const AGREE_MS = 2000;

const two = (number) => String(Math.floor(Math.abs(number))).padStart(2, "0");

export const localDay = (at = new Date()) =>
  `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

export const offsetMinutes = (at = new Date()) => -at.getTimezoneOffset();

// An instant with the offset of a place, this one if none is named, as people and laboratories mean it.
export function stamp(at = new Date(), east = offsetMinutes(at)) {
  const there = new Date(at.valueOf() + east * 60_000).toISOString().slice(0, -1);
  return `${there}${east < 0 ? "-" : "+"}${two(east / 60)}:${two(east % 60)}`;
}

export const made = () => ({ at: performance.now(), wall: Date.now(), boot: performance.timeOrigin });

// Milliseconds since an edit, if they can be told for sure. The steady clock of a browser stands
// still while the device sleeps, so it counts only where the wall clock says the same.
export function ageOf(moment) {
  if (!moment || moment.boot !== performance.timeOrigin) return undefined;
  const age = performance.now() - moment.at;
  return age >= 0 && Math.abs(Date.now() - moment.wall - age) < AGREE_MS ? Math.round(age) : undefined;
}
