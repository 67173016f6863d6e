// What the models need to know about the person: fields of the synced profile.
import * as clock from "./clock.js";
import { complain, field, h, mount, options } from "./dom.js";
import { decimal, digitsOf, stringify } from "./lossless.js";
import { inDigits, t } from "./speech.js";
import * as store from "./store.js";

const TALLEST_CM = 300;

export function about({ profile, profileSeen: seen, state }, { changed }) {
  const born = h("input", { id: "born", type: "date", max: clock.localDay(), value: profile.born_date ?? "" });
  const sex = h("select", { id: "sex" }, options([["", t("about.not_said")], ["female", t("about.female")], ["male", t("about.male")]], profile.sex ?? ""));
  const height = h("input", { id: "height", inputmode: "decimal", autocomplete: "off", value: profile.height_cm === undefined ? "" : inDigits(digitsOf(profile.height_cm)) });
  const result = h("p", { class: "small", role: "status" });

  async function submit(event) {
    event.preventDefault();
    const tall = height.value.trim() ? decimal(height.value) : null;
    const isHeight = tall === null || (tall !== undefined && Number(digitsOf(tall)) > 0 && Number(digitsOf(tall)) <= TALLEST_CM);
    complain(height, isHeight ? "" : t("about.height_wrong"));
    complain(born, born.validity.valid ? "" : t("about.born_wrong"));
    const wrong = [born, height].find((control) => control.hasAttribute("aria-invalid"));
    if (wrong) return wrong.focus();
    const told = { born_date: born.value || null, sex: sex.value || null, height_cm: tall };
    const names = Object.keys(told).filter((name) => stringify(told[name]) !== stringify(profile[name] ?? null));
    if (!names.length) return mount(result, t("saved.nothing"));
    const unset = names.filter((name) => told[name] === null);
    const set = Object.fromEntries(names.filter((name) => told[name] !== null).map((name) => [name, told[name]]));
    [seen] = await store.edit({ type: "athlete_profile", id: state.athlete, seen, set, unset });
    Object.assign(profile, told);
    mount(result, t("saved.here"));
    changed();
  }

  return h("form", { class: "card stack", novalidate: true, onsubmit: submit, "aria-labelledby": "about" },
    h("h2", { class: "card-title", id: "about" }, t("about.title")),
    h("p", { class: "small muted" }, t("about.note")),
    field(t("about.born"), born), h("div", { class: "app-pair" }, field(t("about.sex"), sex), field(t("about.height"), height)),
    h("div", { class: "row" }, h("button", { class: "button button-small", type: "submit" }, t("saved.save")), result));
}
