// What the entry forms share: the two tabs, and the word "saved", said only once it is true.
import { h, mount } from "./dom.js";
import { t } from "./speech.js";

export function addTabs(here, title, isEdit) {
  const tab = (href, text) => h("a", { href, "aria-current": href === here ? "page" : undefined }, text);
  return [h("h1", { tabindex: "-1" }, title),
    !isEdit && h("nav", { class: "app-tabs", "aria-label": t("add.tabs") }, tab("#/workout", t("workout.tab")), tab("#/lab", t("lab.tab")))];
}

// Lets the same new entry in once: a second tap on the button is no second workout, and says so
// only when the first is on the disk.
export function onceEach() {
  let last, saving;
  return async (entry, save) => {
    const isNew = entry !== last;
    if (isNew) saving = save().catch((error) => { last = undefined; throw error; });
    last = entry;
    await saving;
    return isNew;
  };
}

export function saved(place, { nothing = false, again = false, isEdit = false }) {
  const words = t(nothing ? "saved.nothing" : again ? "saved.again" : navigator.onLine ? "saved.now" : "saved.later");
  mount(place, h("div", { class: "notice notice-good row row-between" }, h("span", {}, words),
    !nothing && h("a", { href: "#/entries" }, t(isEdit ? "add.back" : "add.see_all"))));
  place.scrollIntoView({ block: "nearest" }); // else it may stand behind the bar below
}
