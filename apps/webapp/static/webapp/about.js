// What the models need to know about the person: fields of the synced profile.
import * as clock from "./clock.js";
import { complain, field, h, mount, options } from "./dom.js";
import { decimal, digitsOf, stringify } from "./lossless.js";
import * as store from "./store.js";

const TALLEST_CM = 300;

export function about({ profile, profileSeen: seen, state }, { changed }) {
  const born = h("input", { id: "born", type: "date", max: clock.localDay(), value: profile.born_date ?? "" });
  const sex = h("select", { id: "sex" }, options([["", "Not said"], ["female", "Female"], ["male", "Male"]], profile.sex ?? ""));
  const height = h("input", { id: "height", inputmode: "decimal", autocomplete: "off", value: profile.height_cm === undefined ? "" : digitsOf(profile.height_cm) });
  const result = h("p", { class: "small", role: "status" });

  async function submit(event) {
    event.preventDefault();
    const tall = height.value.trim() ? decimal(height.value) : null;
    const isHeight = tall === null || (tall !== undefined && Number(digitsOf(tall)) > 0 && Number(digitsOf(tall)) <= TALLEST_CM);
    complain(height, isHeight ? "" : "Enter centimetres, such as 172.");
    complain(born, born.validity.valid ? "" : "Enter a day in the past.");
    const wrong = [born, height].find((control) => control.hasAttribute("aria-invalid"));
    if (wrong) return wrong.focus();
    const told = { born_date: born.value || null, sex: sex.value || null, height_cm: tall };
    const names = Object.keys(told).filter((name) => stringify(told[name]) !== stringify(profile[name] ?? null));
    if (!names.length) return mount(result, "Nothing was changed.");
    const unset = names.filter((name) => told[name] === null);
    const set = Object.fromEntries(names.filter((name) => told[name] !== null).map((name) => [name, told[name]]));
    [seen] = await store.edit({ type: "athlete_profile", id: state.athlete, seen, set, unset });
    Object.assign(profile, told);
    mount(result, "Saved on this device.");
    changed();
  }

  return h("form", { class: "card stack", novalidate: true, onsubmit: submit, "aria-labelledby": "about" },
    h("h2", { class: "card-title", id: "about" }, "About you"),
    h("p", { class: "small muted" }, "Published limits differ by age and sex. What is not said is not guessed."),
    field("Date of birth", born), h("div", { class: "app-pair" }, field("Sex", sex), field("Height, cm", height)),
    h("div", { class: "row" }, h("button", { class: "button button-small", type: "submit" }, "Save"), result));
}
