// What the entry forms share: the two tabs, and the word "saved", said only once it is true.
import { h, mount } from "./dom.js";

export function addTabs(here, title, isEdit) {
  const tab = (href, text) => h("a", { href, "aria-current": href === here ? "page" : undefined }, text);
  return [h("h1", { tabindex: "-1" }, title),
    !isEdit && h("nav", { class: "app-tabs", "aria-label": "What to add" }, tab("#/workout", "Workout"), tab("#/lab", "Lab result"))];
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
  const words = nothing ? "Nothing was changed." : again ? "This is saved already." : navigator.onLine ? "Saved on this device. It is being sent."
    : "Saved on this device. It is sent when there is a network.";
  mount(place, h("div", { class: "notice notice-good row row-between" }, h("span", {}, words),
    !nothing && h("a", { href: "#/entries" }, isEdit ? "Back to the entries" : "See all entries")));
  place.scrollIntoView({ block: "nearest" }); // else it may stand behind the bar below
}
