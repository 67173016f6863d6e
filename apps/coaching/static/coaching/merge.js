// Brings an element up to what the server would render now, changing only what differs.
//
// Elements with an id are the same element before and after, wherever they moved to; so focus,
// selection, open details and what was typed stay. Never touched: anything inside [data-keep], and
// a [data-row] in which somebody is typing. What sends something is the same only while it sends it
// to the same address: it was prepared for that one.

const KEPT = {
  DETAILS: new Set(["open"]),
  DIALOG: new Set(["open"]),
  ROW: new Set(["hidden", "data-selected"]),
};
const ADDRESSES = ["hx-get", "hx-post"];
const TYPED = "input, textarea, select, [contenteditable]";

// Changes `live` into `next`; returns the elements that are new, for whoever has to prepare them.
export function merge(live, next) {
  const known = new Map([...live.querySelectorAll("[id]")].map((element) => [element.id, element]));
  const work = { known, matched: new Set(), doomed: [], added: [] };
  update(live, next, work);
  for (const node of work.doomed) if (!work.matched.has(node)) node.remove();
  return work.added;
}

function update(live, next, work) {
  if (live.nodeType !== Node.ELEMENT_NODE) {
    if (live.nodeValue !== next.nodeValue) live.nodeValue = next.nodeValue;
    return;
  }
  if (live.hasAttribute("data-keep") || isTypedIn(live)) {
    for (const inside of live.querySelectorAll("[id]")) work.matched.add(inside);
    return;
  }
  if (live.isEqualNode(next)) {
    for (const inside of live.querySelectorAll("[id]")) work.matched.add(inside);
    return;
  }
  updateAttributes(live, next);
  updateChildren(live, next, work);
}

function isTypedIn(element) {
  const active = document.activeElement;
  return element.matches("[data-row]") && element.contains(active) && active.matches(TYPED);
}

function updateAttributes(live, next) {
  const kept = live.matches("[data-row]") ? KEPT.ROW : KEPT[live.nodeName];
  for (const { name } of [...live.attributes]) {
    if (!next.hasAttribute(name) && !kept?.has(name)) live.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (live.getAttribute(name) !== value && !kept?.has(name)) live.setAttribute(name, value);
  }
}

function updateChildren(live, next, work) {
  let cursor = live.firstChild;
  for (const child of [...next.childNodes]) {
    const match = matching(child, cursor, work);
    if (match === null) {
      cursor = withIds(child, live, cursor, work);
      continue;
    }
    work.matched.add(match);
    if (match === cursor) cursor = cursor.nextSibling;
    else place(live, match, cursor);
    update(match, child, work);
  }
  // Not removed yet: something in it may be wanted further down, and would lose its focus.
  for (; cursor; cursor = cursor.nextSibling) if (!work.matched.has(cursor)) work.doomed.push(cursor);
}

// Inserts a new element; what it holds of known ones is moved into it.
function withIds(child, live, cursor, work) {
  if (child.nodeType !== Node.ELEMENT_NODE || !child.querySelector("[id]")) {
    const fresh = document.importNode(child, true);
    live.insertBefore(fresh, cursor);
    if (fresh.nodeType === Node.ELEMENT_NODE) work.added.push(fresh);
    return cursor;
  }
  const fresh = document.importNode(child, false);
  work.matched.add(fresh);
  live.insertBefore(fresh, cursor);
  work.added.push(fresh);
  updateChildren(fresh, child, work);
  return cursor;
}

function matching(child, cursor, work) {
  if (child.id) {
    const same = work.known.get(child.id);
    return same && same.nodeName === child.nodeName && !work.matched.has(same) ? same : null;
  }
  for (let node = cursor; node; node = node.nextSibling) {
    if (!node.id && isAlike(node, child) && !work.matched.has(node)) return node;
  }
  return null;
}

function isAlike(node, child) {
  if (node.nodeName !== child.nodeName) return false;
  if (node.nodeType !== Node.ELEMENT_NODE) return true;
  return ADDRESSES.every((name) => node.getAttribute(name) === child.getAttribute(name));
}

function place(parent, node, before) {
  // Moves without losing focus, where browsers know how; elsewhere focus is given back after.
  if (parent.moveBefore && parent.isConnected && node.isConnected) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}
