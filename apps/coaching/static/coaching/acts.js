// What a coach does about a row: the form opens in the row, and focus goes on from there.
//
// The form stands in [data-act] of its [data-row]. When it was taken, the roster is swapped; what
// was pressed is gone then, so focus goes to what can be done next, else to the row's name.

// Forms go one after the other, in the order they were pressed: a second one that broke off the
// first would leave it unsent, and nobody would say so.

const failed = document.getElementById("failed");
let sending = null; // the form that is on its way
const waiting = []; // what comes after it
let acting = null; // the row whose form is on its way
let acted = null;

function formOf(event) {
  const from = event.detail.requestConfig?.elt;
  return from?.matches?.("form") ? from : null;
}

document.body.addEventListener("htmx:confirm", (event) => {
  const { elt: form, issueRequest } = event.detail;
  if (!form.matches("form")) return;
  event.preventDefault();
  if (form === sending || waiting.some((each) => each.form === form)) return; // pressed again
  if (!sending) failed.hidden = true;
  waiting.push({ form, send: () => issueRequest(true) });
  sendNext();
});

function sendNext() {
  while (!sending && waiting.length) {
    const { form, send } = waiting.shift();
    if (form.isConnected) send();
    else tellFailed(); // its row went meanwhile
  }
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id === "roster") return; // the page looks by itself, and takes no words away
  const form = formOf(event);
  if (!form) {
    failed.hidden = true;
    return;
  }
  sending = form;
  acting = form.closest("[data-row]");
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!sending || formOf(event) !== sending) return;
  sending = null;
  queueMicrotask(sendNext); // the library is done with this one by then
});

// Who types in a row keeps it as it is; who sent its form is done typing.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const form = formOf(event);
  if (!form || event.detail.target.id !== "roster") return;
  if (form.contains(document.activeElement)) document.activeElement.blur();
  [acted, acting] = [acting, null];
});

document.body.addEventListener("htmx:afterSettle", () => {
  if (!acted) return;
  const row = document.getElementById(acted.id);
  acted = null;
  if (!row) return;
  row.querySelector("[data-act]").replaceChildren();
  row.closest("details")?.setAttribute("open", "");
  const used = document.activeElement;
  if (waiting.length || (used !== document.body && !row.contains(used))) return; // they went on elsewhere
  const next = row.querySelector("[data-action=undo]") ?? row.querySelector("[data-action=open]");
  next.focus({ preventScroll: true });
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout", "htmx:swapError"]) {
  document.body.addEventListener(name, (event) => {
    const from = event.detail.requestConfig?.elt ?? event.target;
    if (from.id === "roster") return; // the live part says so itself
    tellFailed();
  });
}

function tellFailed() {
  failed.hidden = false;
  failed.scrollIntoView({ block: "nearest" });
}

document.body.addEventListener("click", (event) => {
  const cancel = event.target.closest?.("[data-act] [data-cancel]");
  if (!cancel) return;
  event.preventDefault();
  close(cancel.closest("[data-act]"));
});

// Wherever in a row focus is, Escape closes its form; where focus is nowhere, the first one open.
document.body.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open]")) return;
  const where = event.target === document.body ? document : event.target.closest("[data-row]");
  const act = where?.querySelector("[data-act]:not(:empty)");
  if (!act) return;
  event.preventDefault();
  close(act);
});

// A form that is on its way stays until its answer comes: it can't be called back. One that waits can.
function close(act) {
  if (act.querySelector("fieldset:disabled")) return;
  const at = waiting.findIndex((each) => act.contains(each.form));
  if (at >= 0) waiting.splice(at, 1);
  const row = act.closest("[data-row]");
  act.replaceChildren();
  (row.querySelector("[data-action=review]") ?? row.querySelector("[data-action=open]")).focus();
}
