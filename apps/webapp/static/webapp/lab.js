// Entering a laboratory result as it is printed, or changing one.
import * as clock from "./clock.js";
import { complain, field, h, options } from "./dom.js";
import { folded } from "./folding.js";
import { uuid4 } from "./ids.js";
import { decimal, digitsOf, stringify } from "./lossless.js";
import { addTabs, onceEach, saved } from "./saved.js";
import * as store from "./store.js";
import { inDigits, t } from "./speech.js";
import { plain } from "./words.js";

const BOUND = /^\s*(<=|>=|<|>)?\s*(.*)$/s;
const OTHER = "";

export function lab(view, { tables, id, changed }) {
  let { body: known, seen } = (id && view.entries.find((entry) => entry.id === id)) || {};
  if (id && !known) return h("p", { class: "empty" }, t("entries.gone"));
  const first = known?.analyte ?? "vitd_25oh";
  const listed = tables.analytes.some(({ key }) => key === first) ? [] : [[first, plain(first)]];
  const analyte = h("select", { id: "analyte", onchange: offerUnits }, options([...tables.analytes.map(({ key, label }) => [key, plain(label)]), ...listed], first));
  const value = h("input", { id: "value", inputmode: "decimal", autocomplete: "off", required: true, maxlength: 30,
    value: known?.value === undefined ? "" : `${known.comparator ?? ""}${inDigits(digitsOf(known.value))}` });
  const unit = h("select", { id: "unit" });
  const day = h("input", { id: "day", type: "date", required: true, max: clock.localDay(), value: known?.collected_at?.slice(0, 10) ?? clock.localDay() });
  const place = h("input", { id: "lab", maxlength: 120, autocomplete: "off", value: known?.lab ?? "" });
  const result = h("div", { role: "status", class: "app-saved" });
  const once = onceEach();
  offerUnits();
  if (known?.unit) unit.value = known.unit;

  function offerUnits() {
    const units = tables.analytes.find(({ key }) => key === analyte.value)?.units ?? [];
    const usual = analyte.value === "vitd_25oh" ? "nmol/L" : units[0];
    const own = known && known.analyte === analyte.value && known.unit;
    unit.replaceChildren(...options([...new Set([...units, own].filter(Boolean))].map((each) => [each, each]), usual ?? OTHER));
  }

  async function submit(event) {
    event.preventDefault();
    const [, comparator, digits] = BOUND.exec(value.value), measured = decimal(digits);
    complain(value, measured === undefined ? t("lab.value_wrong") : "");
    complain(day, day.value && day.value <= clock.localDay() ? "" : t("lab.day_wrong"));
    const wrong = [value, day].find((control) => control.hasAttribute("aria-invalid"));
    if (wrong) return wrong.focus();
    const isSameDay = known?.collected_at?.slice(0, 10) === day.value;
    const body = { analyte: analyte.value, value: measured, unit: unit.value || null, comparator: comparator ?? null,
      collected_at: isSameDay ? known.collected_at : day.value, lab: place.value.trim() || null, status: known?.status ?? "final" };
    const set = Object.fromEntries(Object.entries(body).filter(([name, one]) => (known ? stringify(one) !== stringify(known[name] ?? null) : one !== null)));
    if (known && !Object.keys(set).length) return saved(result, { nothing: true });
    const unset = Object.keys(set).filter((name) => set[name] === null);
    for (const name of unset) delete set[name];
    const save = async () => { [seen] = await store.edit({ type: "lab_result", id: id ?? uuid4(), seen, set, unset }); };
    if (!(await once(stringify({ set, unset }), save))) return saved(result, { again: true });
    changed();
    saved(result, { isEdit: Boolean(known) });
    if (known) known = folded(known, { set, unset });
    else [seen, value.value] = [undefined, ""]; // the next one is another
  }

  return h("div", { class: "stack" }, addTabs("#/lab", t(known ? "lab.change_title" : "lab.title"), known),
    h("form", { class: "card stack", novalidate: true, onsubmit: submit },
      field(t("lab.what"), analyte),
      h("div", { class: "app-pair" }, field(t("lab.value"), value, { help: t("lab.printed") }), field(t("lab.unit"), unit)),
      field(t("lab.day"), day), field(t("lab.laboratory"), place, { help: t("lab.laboratory_help") }),
      h("button", { class: "button button-wide", type: "submit" }, t("saved.save")), result));
}
