// Signing in, or opening an account.
import { forget, OthersEntries, signIn, signUp } from "./account.js";
import { complain, field, h, mount } from "./dom.js";
import { NoAnswer, Refused } from "./exchange.js";
import { many, t } from "./speech.js";

export function door({ state, waiting, attention }, { isNew, redraw }) {
  const held = waiting + attention.length;
  const message = h("div", { role: "alert" });
  const email = h("input", { id: "email", type: "email", autocomplete: "username", required: true, maxlength: 254, value: state.email ?? "" });
  const password = h("input", { id: "password", type: "password", required: true, maxlength: 128,
    autocomplete: isNew ? "new-password" : "current-password" });
  const name = h("input", { id: "name", autocomplete: "name", maxlength: 120 });
  const button = h("button", { class: "button button-wide", type: "submit" }, t(isNew ? "door.create" : "door.sign_in"));
  const form = h("form", { class: "stack", novalidate: true, onsubmit: submit },
    field(t("door.email"), email), isNew && field(t("door.name"), name),
    field(t("door.password"), password, isNew ? { help: t("door.at_least") } : {}), button);

  async function submit(event) {
    event.preventDefault();
    complain(email, email.validity.valid ? "" : t("door.email_wrong"));
    complain(password, password.value ? "" : t("door.password_wrong"));
    const wrong = [email, password].find((control) => control.hasAttribute("aria-invalid"));
    if (wrong) return wrong.focus();
    button.disabled = true;
    mount(message, []);
    try {
      const told = { email: email.value.trim(), password: password.value, name: name.value.trim() };
      await (isNew ? signUp(told) : signIn(told));
    } catch (error) {
      mount(message, h("div", { class: "notice notice-bad stack-s" }, h("p", {}, wordsFor(error)),
        error instanceof OthersEntries && h("button", { class: "button button-danger button-small", type: "button", onclick: discard },
          many("door.delete", error.count))));
    } finally {
      button.disabled = false;
    }
  }

  async function discard() {
    await forget();
    redraw();
  }

  return h("div", { class: "card door stack" },
    h("div", { class: "stack-s" }, h("h1", { class: "door-title" }, t(isNew ? "door.create_title" : "door.sign_in")),
      h("p", { class: "muted" }, t("door.intro"))),
    held > 0 && h("p", { class: "notice notice-warn" },
      many("door.held", held, { email: state.email })),
    message, form,
    h("p", { class: "small muted" }, isNew ? [`${t("door.account")} `, h("a", { href: "#/sign-in" }, t("door.sign_in")), "."]
      : [`${t("door.new")} `, h("a", { href: "#/sign-up" }, t("door.new_link")), "."]));
}

function wordsFor(error) {
  if (error instanceof NoAnswer) return `${error.message} ${t("door.needs_network")}`;
  if (error instanceof Refused && error.status === 401) return t("door.wrong");
  const details = error instanceof Refused ? Object.values(error.problem?.errors ?? {}).flat(Infinity) : [];
  return details.filter((one) => typeof one === "string").join(" ") || error.message;
}
