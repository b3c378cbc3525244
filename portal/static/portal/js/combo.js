// Type-ahead: a text field, a list from the server, arrows and Enter. The field's own value stays the code; a hidden
// field beside it, where there is one, takes the value.
(() => {
  "use strict";
  if (window.combos) return;
  window.combos = true;
  let open = null, timer = 0, asked = 0;

  function list(box) {
    let found = box.querySelector("[role=listbox]");
    if (!found) {
      found = document.createElement("ul");
      found.setAttribute("role", "listbox");
      found.id = "list-" + Math.random().toString(36).slice(2);
      found.hidden = true;
      input(box).after(found);
      input(box).setAttribute("aria-controls", found.id);
    }
    return found;
  }
  const input = (box) => box.querySelector("[role=combobox]");
  function close() {
    if (!open) return;
    list(open).hidden = true;
    input(open).setAttribute("aria-expanded", "false");
    input(open).removeAttribute("aria-activedescendant");
    open = null;
  }
  async function show(box) {
    const ticket = ++asked;
    const query = new URLSearchParams({ q: input(box).value });
    const along = box.dataset.comboWith; // another field of the form that narrows what is found
    if (along) query.set(along, input(box).form.elements[along].value);
    const answer = await fetch(box.dataset.combo + "?" + query, { headers: { "X-Part": "1" } });
    if (!answer.ok || ticket !== asked || document.activeElement !== input(box)) return;
    list(box).innerHTML = await answer.text();
    list(box).hidden = false;
    input(box).setAttribute("aria-expanded", "true");
    open = box;
    mark(box, list(box).querySelector("[role=option]"));
  }
  function mark(box, option) {
    for (const one of list(box).querySelectorAll("[role=option]")) one.setAttribute("aria-selected", one === option);
    if (option) { input(box).setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
  }
  function take(box, option) {
    input(box).value = option.dataset.text;
    const hidden = box.querySelector("input[type=hidden]");
    if (hidden) hidden.value = option.dataset.value;
    const name = box.classList.contains("account") && box.closest("[data-line]")?.querySelector("[data-account-name]");
    if (name) name.textContent = option.dataset.name;
    close();
    input(box).dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-combo]");
    if (!box || event.target !== input(box)) return;
    const hidden = box.querySelector("input[type=hidden]");
    if (hidden) hidden.value = ""; // what was picked is no longer what stands there
    clearTimeout(timer);
    timer = setTimeout(() => show(box), 120);
  });
  document.addEventListener("focusin", (event) => {
    const box = event.target.closest("[data-combo]");
    if (box !== open) close();
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest("[data-combo]");
    if (!box) return;
    if (!open) { if (event.key === "ArrowDown") { event.preventDefault(); show(box); } return; }
    const options = [...list(box).querySelectorAll("[role=option]")];
    const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(box, options[(at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length]);
    } else if ((event.key === "Enter" || event.key === "Tab") && options[at]) {
      if (event.key === "Enter") event.preventDefault();
      take(box, options[at]);
    } else if (event.key === "Escape") { event.stopPropagation(); close(); }
  });
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && open) { event.preventDefault(); take(open, option); }
  });
})();
