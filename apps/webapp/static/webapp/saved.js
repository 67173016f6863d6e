// What the entry forms share: the two tabs, and the word "saved", said only once it is true.
import { h, mount } from "./dom.js";

export function addTabs(here, title, isEdit) {
  const tab = (href, text) => h("a", { href, "aria-current": href === here ? "page" : undefined }, text);
  return [h("h1", { tabindex: "-1" }, title),
    !isEdit && h("nav", { class: "app-tabs", "aria-label": "What to add" }, tab("#/workout", "Workout"), tab("#/lab", "Lab result"))];
}

export function saved(place, { nothing = false, isEdit = false }) {
  const words = nothing ? "Nothing was changed." : navigator.onLine ? "Saved on this device. It is being sent."
    : "Saved on this device. It is sent when there is a network.";
  mount(place, h("div", { class: "notice notice-good row row-between" }, h("span", {}, words),
    !nothing && h("a", { href: "#/entries" }, isEdit ? "Back to the entries" : "See all entries")));
}
