// The optional part of a workout: exercises, each with sets of repetitions and a load.
import { complain, field, h, options } from "./dom.js";
import { uuid4 } from "./ids.js";
import { decimal, digitsOf } from "./lossless.js";
import { inDigits, t } from "./speech.js";
import { named } from "./words.js";

let number = 0;

export function setsEditor(known, tables) {
  const list = h("div", { class: "stack" });
  const more = h("button", { type: "button", class: "button button-quiet button-small", onclick: () => add() }, t("workout.add_exercise"));
  const element = h("details", { open: known.length > 0 }, h("summary", {}, t("workout.exercises")), h("div", { class: "stack" }, list, more));
  let rows = [];

  function add(exercise) {
    const row = exerciseRow(exercise ?? { uid: uuid4(), exercise: "squat", sets: [{ uid: uuid4() }] }, tables, () => {
      rows = rows.filter((each) => each !== row);
      row.element.remove();
      more.focus();
    });
    rows.push(row);
    list.append(row.element);
    if (!exercise) row.element.querySelector("select").focus();
  }

  known.forEach(add);
  return { element,
    value: () => rows.map((row) => row.value()),
    problem: () => rows.map((row) => row.problem()).find(Boolean) };
}

function exerciseRow(exercise, tables, remove) {
  const id = `exercise-${++number}`;
  const choices = [...new Set([exercise.exercise, ...tables.exercises].filter(Boolean))];
  const kind = h("select", { id }, options(choices.map((key) => [key, named(tables.exerciseNames, key)]), exercise.exercise));
  const body = h("div", { class: "stack-s" });
  const sets = [];
  const addSet = (one, isNew) => {
    const row = setRow(one, sets.length + 1);
    sets.push(row);
    body.append(row.element);
    if (isNew) row.element.querySelector("input").focus();
  };
  (exercise.sets ?? []).forEach((one) => addSet(one));
  const element = h("div", { class: "app-exercise stack-s" }, field(t("workout.exercise"), kind), body,
    h("div", { class: "button-row" },
      h("button", { type: "button", class: "button button-quiet button-small", onclick: () => addSet({ ...sets.at(-1)?.value(), uid: uuid4() }, true) }, t("workout.add_set")),
      h("button", { type: "button", class: "button button-danger button-small", onclick: remove }, t("workout.remove"))));
  return { element,
    // Fields this form does not know stay as they are.
    value: () => ({ ...exercise, exercise: kind.value, sets: sets.map((row) => row.value()).filter((one) => one.reps !== undefined || one.load_kg !== undefined || Object.keys(one).length > 1) }),
    problem: () => sets.map((row) => row.problem()).find(Boolean) };
}

function setRow(one, place) {
  const id = `set-${++number}`;
  const box = (name, label) => h("input", { id: `${id}-${name}`, inputmode: "decimal", autocomplete: "off", "aria-label": label,
    value: one[name] === undefined ? "" : inDigits(digitsOf(one[name])) });
  const reps = box("reps", t("workout.set_reps", { place })), load = box("load_kg", t("workout.set_load", { place }));
  const note = (control) => h("p", { class: "field-error", id: `${control.id}-error`, hidden: true });
  const element = h("div", { class: "app-set" }, h("span", { class: "muted small", "aria-hidden": "true" }, place), reps,
    h("span", { class: "muted small", "aria-hidden": "true" }, t("workout.reps")), load, h("span", { class: "muted small", "aria-hidden": "true" }, "kg"), note(reps), note(load));
  const read = (control) => (control.value.trim() ? decimal(control.value) : undefined);
  return { element,
    value: () => {
      const rest = { ...one };
      for (const [name, control] of [["reps", reps], ["load_kg", load]]) {
        delete rest[name];
        const value = read(control);
        if (value !== undefined) rest[name] = value;
      }
      return rest;
    },
    problem: () => {
      for (const control of [reps, load]) complain(control, control.value.trim() && read(control) === undefined ? t("workout.number_wrong") : "");
      return [reps, load].find((control) => control.hasAttribute("aria-invalid"));
    } };
}
