"use strict";
// The server draws everything. This file follows its stream, morphs the page, and posts what people do.

const find = (id) => document.getElementById(id);
const kept = (node) => node.closest?.("[data-keep]");
let stream, modal = "", back = "", wrong = "";

function follow() {
  stream?.close();
  // Browsers open six connections to a host at most, so a window that nobody sees gives its own back.
  if (document.hidden) return;
  stream = new EventSource(`/stream${location.search}`);
  stream.onopen = () => document.body.classList.remove("offline");
  stream.onerror = () => document.body.classList.add("offline");
  stream.onmessage = (event) => draw(event.data);
}

function draw(html) {
  const focused = document.activeElement?.id;
  Idiomorph.morph(find("app"), html, { callbacks: { beforeAttributeUpdated: mayChange } });
  document.title = find("app").dataset.title;
  const now = find("modal")?.dataset.view ?? "";
  if (now === modal) return mend();
  if (!modal) back = focused;
  modal = now;
  const first = "[autofocus], .modal-body :is(input, textarea, select, button):not([hidden]), footer button";
  (modal ? find("modal").querySelector(first) : find(back))?.focus();
}

// After a refused submit the first field that is wrong has the focus.
function mend() {
  const list = [...document.querySelectorAll(".modal .has-error")], now = list.map((block) => block.textContent).join();
  if (now && now !== wrong) list[0].querySelector("input, select, textarea").focus();
  wrong = now;
}

// What the browser knows better than the server: ticks and typed text, what is open, what is busy.
function mayChange(name, node) {
  if (["value", "checked", "selected"].includes(name)) return name === "value" && node.matches("option") || !kept(node);
  if (name === "hidden") return !node.closest("[data-suggest]");
  return !(["aria-busy", "aria-selected", "data-up"].includes(name) || (name === "open" && node.matches("details, dialog")));
}

async function post(url, form, by) {
  by?.setAttribute("aria-busy", "true");
  try {
    await fetch(url, { method: "POST", body: form ? new URLSearchParams(new FormData(form)) : undefined });
  } finally {
    by?.removeAttribute("aria-busy");
  }
}

function confirmed(by, go, undo) {
  const dialog = by?.dataset.confirm && find(by.dataset.confirm);
  if (!dialog) return go();
  dialog.returnValue = "";
  dialog.onclose = () => (dialog.returnValue === "yes" ? go() : undo?.());
  dialog.showModal();
}

function undo(control) {
  if (control.type === "checkbox") control.checked = !control.checked;
  for (const option of control.options ?? []) option.selected = option.defaultSelected;
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target, by = event.submitter;
  by?.closest("details.menu")?.removeAttribute("open");
  confirmed(by, () => {
    post(by?.getAttribute("formaction") ?? form.getAttribute("action"), form, by);
    if ("clear" in form.dataset && by?.dataset.stay === undefined) fill(form.elements.text, "");
  });
});

document.addEventListener("change", (event) => {
  const control = event.target;
  if (control.dataset.act) confirmed(control, () => post(control.dataset.act, control.form, control), () => undo(control));
});

document.addEventListener("click", (event) => {
  const target = event.target, link = target.closest("a");
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
  const answer = target.closest("[data-answer]"), insert = target.closest("[data-insert]");
  if (answer) answer.closest("dialog").close(answer.dataset.answer);
  if (insert) fill(insert.closest("form").elements.text, insert.dataset.insert);
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.dataset.post) post(link.dataset.post, link.closest("form"), link);
  if (!("nav" in link.dataset)) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  follow();
});

// A menu near the lower edge opens upwards.
document.addEventListener("toggle", (event) => {
  const menu = event.target, list = menu.querySelector(".menu-list");
  if (!list) return;
  menu.removeAttribute("data-up");
  const edge = menu.closest(".scroll")?.getBoundingClientRect().bottom ?? innerHeight;
  menu.toggleAttribute("data-up", list.getBoundingClientRect().bottom > edge);
}, true);

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key === "Escape") escape(event);
  if (field.matches(".composer textarea") && !event.isComposing) type(event, field);
  else if (event.key === "Enter" && field.matches("input[data-act]:not([type=checkbox], [type=radio])")) {
    event.preventDefault(); // Enter uses this field, it does not submit the modal around it
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

function escape(event) {
  const menu = document.querySelector("details.menu[open]");
  if (document.querySelector("dialog[open]")) return;
  event.preventDefault();
  if (menu) menu.open = false;
  else find("modal")?.querySelector("[data-escape]").click();
}

// Commands are offered while a line starts with a slash; arrows choose, Tab or Enter takes.

function type(event, field) {
  const rows = offers(field), at = rows.findIndex((row) => row.ariaSelected === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && rows.length) choose(field, rows, (Math.max(at, step < 0 ? 0 : -1) + step + rows.length) % rows.length);
  else if (rows.length && (event.key === "Tab" || (event.key === "Enter" && at >= 0))) fill(field, rows[Math.max(at, 0)].dataset.insert);
  else if (event.key === "Enter" && !event.shiftKey) field.form.requestSubmit();
  else return;
  event.preventDefault();
}

const offers = (field) => [...field.form.querySelectorAll("[data-suggest] > :not([hidden])")];

function choose(field, rows, at) {
  rows.forEach((row, index) => (row.ariaSelected = String(index === at)));
  rows[at]?.scrollIntoView({ block: "nearest" });
  if (rows[at]) field.setAttribute("aria-activedescendant", rows[at].id);
  else field.removeAttribute("aria-activedescendant");
}

function offer(field) {
  const list = field.form.querySelector("[data-suggest]"), typed = field.value.toLowerCase();
  if (!list) return;
  choose(field, [...list.children], -1);
  for (const row of list.children) row.hidden = !(typed.startsWith("/") && row.dataset.insert.toLowerCase().startsWith(typed) && row.dataset.insert !== field.value);
  list.hidden = !offers(field).length;
}

function fill(field, text) {
  field.value = text;
  field.focus();
  offer(field);
}

let waiting;
document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.matches(".composer textarea")) offer(field);
  if (!field.dataset.search) return;
  clearTimeout(waiting);
  const url = field.dataset.search.replace("/ui/act", "/ui/suggest");
  waiting = setTimeout(() => post(`${url}&typed=${encodeURIComponent(field.value)}`, null, field), 300);
});

document.addEventListener("visibilitychange", follow);
addEventListener("popstate", follow);
modal = find("modal")?.dataset.view ?? "";
follow();
