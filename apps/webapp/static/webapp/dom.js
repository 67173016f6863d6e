// Elements made in code. Whatever a person or a server wrote becomes text, never markup.
const SVG = "http://www.w3.org/2000/svg";

export function h(name, properties = {}, ...children) {
  return filled(document.createElement(name), properties, children);
}

export function svg(name, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, name), properties, children);
}

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (name === "checked") element.checked = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Replace what a place shows; by `data-key` the focus stays where it was, and what was open is open.
export function mount(place, nodes) {
  const open = new Set([...place.querySelectorAll("details[open][data-key]")].map((each) => each.dataset.key));
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...[nodes].flat(Infinity).filter(Boolean));
  for (const each of place.querySelectorAll("details[data-key]")) each.open ||= open.has(each.dataset.key);
  if (key) [...place.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key)?.focus();
}

// A labelled control, with help and the place of an error below it.
export function field(label, control, { help } = {}) {
  const id = control.id, notes = [];
  if (help) notes.push(h("p", { class: "field-help", id: `${id}-help` }, help));
  notes.push(h("p", { class: "field-error", id: `${id}-error`, hidden: true }));
  control.setAttribute("aria-describedby", notes.map((note) => note.id).join(" "));
  return h("div", { class: "field" }, h("label", { for: id }, label), control, notes);
}

// Say what is wrong with a control and go there; without words, take it back.
export function complain(control, words = "") {
  const note = document.getElementById(`${control.id}-error`);
  note.textContent = words;
  note.hidden = !words;
  if (words) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

export const options = (pairs, chosen) => pairs.map(([value, text]) => h("option", { value, selected: value === chosen }, text));
