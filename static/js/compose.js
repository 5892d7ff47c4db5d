// The send form: recipients as chips, the choice of a type, and a button that says when it sends. Without this file the fields do the same.

const $ = (selector) => document.querySelector(selector);
const to = $("#to");
const chips = $("#chips");
const offered = $("#audience-suggestions");

to.addEventListener("keydown", (event) => {
  if ((event.key === "Enter" || event.key === ",") && to.value.trim()) {
    event.preventDefault();
    addTyped();
  } else if (event.key === "Backspace" && !to.value) chips.lastElementChild?.querySelector("button").click();
});

// A suggestion that was picked replaces the whole value at once; typing changes it letter by letter.
to.addEventListener("input", ({ isTrusted, inputType }) => {
  const picked = isTrusted && (!inputType || inputType === "insertReplacementText");
  if (picked && [...offered.options].some(({ value }) => value === to.value)) addTyped();
});

chips.addEventListener("click", ({ target }) => {
  if (!target.closest("button")) return;
  target.closest("li").remove();
  changed();
});

function addTyped() {
  const terms = to.value.split(/[\s,;]+/).filter(Boolean);
  const known = new Set([...chips.querySelectorAll("input")].map(({ value }) => value));
  for (const term of terms.map((term) => (term === "all" || term.includes(":") ? term : `user:${term}`))) {
    if (!known.has(term)) chips.append(chip(term));
  }
  to.value = "";
  changed();
}

function chip(term) {
  const { content } = $("#chip");
  const made = content.firstElementChild.cloneNode(true);
  const name = term.replace(/^user:/, "");
  made.querySelector("input").value = term;
  made.querySelector("bdi").textContent = name;
  made.querySelector("button").setAttribute("aria-label", `Remove ${name}`);
  return made;
}

/** For the preview, which the form requests at each input. */
function changed() {
  to.focus();
  to.dispatchEvent(new Event("input", { bubbles: true }));
}

const type = $("#type");

function showType() {
  const known = [...document.querySelectorAll("[data-type-choice]")];
  for (const button of known) button.setAttribute("aria-pressed", String(button.dataset.typeChoice === type.value));
  const other = known.every((button) => button.dataset.typeChoice !== type.value);
  $("[data-other]").setAttribute("aria-pressed", String(other));
}

$(".type-choices").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  if ("other" in button.dataset) {
    type.value = "";
    type.focus();
  } else type.value = button.dataset.typeChoice;
  type.dispatchEvent(new Event("input", { bubbles: true }));
});
type.addEventListener("input", showType);
showType();

const sendAt = $("#send_at");

function showWhen() {
  const then = sendAt.value ? new Date(sendAt.value) : null;
  const text = then && new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(then);
  $("#send-button").textContent = text ? `Send at ${text}` : "Send";
}

sendAt.addEventListener("input", showWhen);
showWhen();
