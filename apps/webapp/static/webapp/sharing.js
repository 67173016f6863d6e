// Who can see the person's data: consents that stand, in plain words. Changing one needs the server.
import { coachTabs, onServer, standingGrants } from "./coaches.js";
import { localDay } from "./clock.js";
import { h } from "./dom.js";
import { count, day, daysUntil, plain } from "./words.js";

const SOON_DAYS = 14; // when the server asks to renew

export function sharing(view, { tables }) {
  const found = standingGrants(view.grants), live = found.filter(({ body }) => !body.paused_at);
  return h("div", { class: "stack" }, coachTabs("#/sharing", "Who can see me"),
    h("p", { class: "notice" }, live.length
      ? [h("strong", {}, count(live.length, "team", "teams")), " can see parts of your data today."]
      : [h("strong", {}, "Nobody"), " can see your data today."]),
    found.length ? h("ul", { class: "plain-list stack", "aria-label": "Teams you share with" }, found.map((one) => grant(one, tables)))
      : h("div", { class: "empty stack-s" }, h("h2", {}, "You share with nobody"),
        h("p", {}, "A coach can send you an invitation. You decide what they see, and until when.")),
    onServer("/me/sharing", "Change, pause or end sharing on the server."));
}

function grant({ id, body }, tables) {
  const last = localDay(new Date(Date.parse(body.ends_at) - 1)), left = daysUntil(last);
  return h("li", { class: "card stack-s" },
    h("div", { class: "row row-between" }, h("h2", { class: "card-title", dir: "auto" }, body.team_name || "A team"),
      h("span", { class: `tag${body.paused_at ? " tag-due" : ""}` }, body.paused_at ? "Paused" : "Sharing")),
    body.paused_at && h("p", { class: "small" }, `Paused since ${day(localDay(new Date(body.paused_at)))}: the team sees nothing of yours.`),
    h("p", { class: "small" }, "Until ", h("time", { datetime: last }, day(last)),
      left <= SOON_DAYS && h("strong", {}, left > 0 ? `, ${count(left, "day", "days")} left` : ", the last day")),
    h("details", { "data-key": `${id}-shows` }, h("summary", { "data-key": `${id}-shows-title` }, titlesOf(body.categories, tables) || "Nothing"),
      h("dl", { class: "stack-s app-shows" }, (body.categories ?? []).map((key) => h("div", {},
        h("dt", {}, titleOf(key, tables)), h("dd", { class: "small muted" }, tables.categories?.[key]?.shows ?? ""))))));
}

const titleOf = (key, tables) => tables.categories?.[key]?.title ?? plain(key);
export const titlesOf = (keys, tables) => (keys ?? []).map((key) => titleOf(key, tables)).join(" · ");
