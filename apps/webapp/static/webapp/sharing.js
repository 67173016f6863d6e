// Who can see the person's data: consents that stand, in plain words. Changing one needs the server.
import { coachTabs, onServer, standingGrants } from "./coaches.js";
import { localDay } from "./clock.js";
import { h } from "./dom.js";
import { many, t } from "./speech.js";
import { day, daysUntil, plain } from "./words.js";

const SOON_DAYS = 14; // when the server asks to renew

export function sharing(view, { tables }) {
  const found = standingGrants(view.grants), live = found.filter(({ body }) => !body.paused_at);
  return h("div", { class: "stack" }, coachTabs("#/sharing", t("share.title")),
    h("p", { class: "notice" }, live.length
      ? [h("strong", {}, many("share.teams", live.length)), ` ${many("share.teams_see", live.length)}`]
      : [h("strong", {}, t("share.nobody")), ` ${t("share.nobody_sees")}`]),
    found.length ? h("ul", { class: "plain-list stack", "aria-label": t("share.with") }, found.map((one) => grant(one, tables)))
      : h("div", { class: "empty stack-s" }, h("h2", {}, t("share.with_nobody")),
        h("p", {}, t("share.empty"))),
    onServer("/me/sharing", t("share.on_server")));
}

function grant({ id, body }, tables) {
  const last = localDay(new Date(Date.parse(body.ends_at) - 1)), left = daysUntil(last);
  return h("li", { class: "card stack-s" },
    h("div", { class: "row row-between" }, h("h2", { class: "card-title", dir: "auto" }, body.team_name || t("coaches.a_team")),
      h("span", { class: `tag${body.paused_at ? " tag-due" : ""}` }, t(body.paused_at ? "share.paused" : "share.sharing"))),
    body.paused_at && h("p", { class: "small" }, t("share.paused_since", { day: day(localDay(new Date(body.paused_at))) })),
    h("p", { class: "small" }, `${t("share.until")} `, h("time", { datetime: last }, day(last)),
      left <= SOON_DAYS && h("strong", {}, left > 0 ? many("share.days_left", left) : t("share.last_day"))),
    h("details", { "data-key": `${id}-shows` }, h("summary", { "data-key": `${id}-shows-title` }, titlesOf(body.categories, tables) || t("share.nothing")),
      h("dl", { class: "stack-s app-shows" }, (body.categories ?? []).map((key) => h("div", {},
        h("dt", {}, titleOf(key, tables)), h("dd", { class: "small muted" }, tables.categories?.[key]?.shows ?? ""))))));
}

const titleOf = (key, tables) => tables.categories?.[key]?.title ?? plain(key);
export const titlesOf = (keys, tables) => (keys ?? []).map((key) => titleOf(key, tables)).join(" · ");
