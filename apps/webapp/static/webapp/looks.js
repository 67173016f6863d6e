// Who looked, day by day, as the notes in the person's own feed say it.
import { coachTabs, looksByDay, onServer } from "./coaches.js";
import { h } from "./dom.js";
import { titlesOf } from "./sharing.js";
import { dated, t } from "./speech.js";
import { day, plain } from "./words.js";

const SHOWN_DAYS = 60;
const CLOCK = { hour: "2-digit", minute: "2-digit" };

export function looks(view, { tables }) {
  const days = looksByDay(view.looks);
  return h("div", { class: "stack" }, coachTabs("#/looks", t("looks.title")),
    days.length ? days.slice(0, SHOWN_DAYS).map(([date, found]) => dayOfLooks(date, found, tables))
      : h("div", { class: "empty stack-s" }, h("h2", {}, t("looks.none")),
        h("p", {}, t("looks.empty"))),
    onServer("/me/access", t("looks.on_server")));
}

function dayOfLooks(date, found, tables) {
  return h("section", { "aria-labelledby": `day-${date}` },
    h("h2", { class: "card-title", id: `day-${date}` }, h("time", { datetime: date }, day(date))),
    h("ul", { class: "rows card" }, found.map((one) => h("li", { class: "app-look" },
      h("div", {}, h("p", {}, h("strong", { dir: "auto" }, one.viewer_name || t("looks.somebody")), one.team_name && h("span", { class: "muted", dir: "auto" }, ` · ${one.team_name}`)),
        h("p", { class: "small" }, tables.looks?.[one.what] ?? plain(one.what)),
        h("p", { class: "small muted" }, titlesOf(one.categories, tables))),
      h("p", { class: "small muted number app-look-when" }, one.looks > 1 && `${t("looks.last", { count: one.looks })} `,
        h("time", { datetime: one.at }, dated("clock", CLOCK).format(new Date(one.at))))))));
}
