// Signing in, or opening an account.
import { forget, OthersEntries, signIn, signUp } from "./account.js";
import { complain, field, h, mount } from "./dom.js";
import { NoAnswer, Refused } from "./exchange.js";
import { count } from "./words.js";

export function door({ state, waiting, attention }, { isNew, redraw }) {
  const held = waiting + attention.length;
  const message = h("div", { role: "alert" });
  const email = h("input", { id: "email", type: "email", autocomplete: "username", required: true, maxlength: 254, value: state.email ?? "" });
  const password = h("input", { id: "password", type: "password", required: true, maxlength: 128,
    autocomplete: isNew ? "new-password" : "current-password" });
  const name = h("input", { id: "name", autocomplete: "name", maxlength: 120 });
  const button = h("button", { class: "button button-wide", type: "submit" }, isNew ? "Create account" : "Sign in");
  const form = h("form", { class: "stack", novalidate: true, onsubmit: submit },
    field("E-mail address", email), isNew && field("Your name", name),
    field("Password", password, isNew ? { help: "At least 12 characters." } : {}), button);

  async function submit(event) {
    event.preventDefault();
    complain(email, email.validity.valid ? "" : "Enter your e-mail address.");
    complain(password, password.value ? "" : "Enter your password.");
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
          `Delete ${count(error.count, "entry", "entries")} for ever`)));
    } finally {
      button.disabled = false;
    }
  }

  async function discard() {
    await forget();
    redraw();
  }

  return h("div", { class: "card door stack" },
    h("div", { class: "stack-s" }, h("h1", { class: "door-title" }, isNew ? "Create an account" : "Sign in"),
      h("p", { class: "muted" }, "Enter workouts and results anywhere, also without a network.")),
    held > 0 && h("p", { class: "notice notice-warn" },
      `${count(held, "entry", "entries")} of ${state.email} ${held === 1 ? "is" : "are"} still on this device. Sign in as the same person to send ${held === 1 ? "it" : "them"}.`),
    message, form,
    h("p", { class: "small muted" }, isNew ? ["Have an account? ", h("a", { href: "#/sign-in" }, "Sign in"), "."]
      : ["New here? ", h("a", { href: "#/sign-up" }, "Create an account"), "."]));
}

function wordsFor(error) {
  if (error instanceof NoAnswer) return `${error.message} Signing in needs a network.`;
  if (error instanceof Refused && error.status === 401) return "The e-mail address or the password is wrong.";
  const details = error instanceof Refused ? Object.values(error.problem?.errors ?? {}).flat(Infinity) : [];
  return details.filter((one) => typeof one === "string").join(" ") || error.message;
}
