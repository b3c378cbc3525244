// What every page can do. Elements say what they want by data attributes; nothing here knows a page.
(() => {
  "use strict";
  const on = (kind, selector, act) =>
    document.addEventListener(kind, (event) => {
      const found = event.target.closest?.(selector);
      if (found) act(found, event);
    });

  // Light and dark.
  on("click", "[data-theme-switch]", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });

  // Copying, and saying so.
  on("click", "[data-copy]", async (button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(button.dataset.said || button.dataset.copy);
  });

  function say(words) {
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.textContent = words;
    document.getElementById("toasts")?.append(toast);
    setTimeout(() => toast.remove(), 4000);
  }
  document.addEventListener("say", (event) => say(event.detail.value ?? event.detail));

  // Dialogs: open, close, and close by a click outside.
  on("click", "[data-dialog]", (button) => document.getElementById(button.dataset.dialog).showModal());
  on("click", "[data-close]", (button) => button.closest("dialog").close());
  on("click", "dialog", (dialog, event) => { if (event.target === dialog) dialog.close(); });

  // A form that acts asks first, when it says so. What is done to all of a list asks always, and says to how many.
  on("submit", "form", (form, event) => {
    const words = event.submitter?.dataset.confirm || form.dataset.confirm;
    const all = form.querySelector("[data-everything]:checked")?.dataset.asks;
    const asked = all ? `${all}\n\n${words || `${event.submitter?.textContent.trim()}?`}` : words;
    if (asked && !confirm(asked)) event.preventDefault();
  });
  on("change", "[data-submit]", (field) => field.form.requestSubmit());
  // Pressing a button twice does not do it twice.
  on("submit", "form[method=post]:not([hx-post])", (form, event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 8000);
  });

  // Tabs within a page: buttons that show one panel.
  on("click", "[role=tab]", (tab) => choose(tab));
  on("keydown", "[role=tab]", (tab, event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
  function choose(tab) {
    for (const other of tab.closest("[role=tablist]").querySelectorAll("[role=tab]")) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", chosen);
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    }
  }

  // All of a list, or none. With all of a page ticked, all of the list beyond it may be meant as well.
  on("change", "[data-all]", (box) => {
    for (const one of document.querySelectorAll(box.dataset.all)) one.checked = box.checked;
    counted();
  });
  on("change", "[data-picked], [data-everything]", () => counted());
  function counted() {
    const rows = [...document.querySelectorAll("[data-picked]")];
    const count = rows.filter((one) => one.checked).length;
    const whole = rows.length > 0 && count === rows.length;
    for (const box of document.querySelectorAll("[data-all='[data-picked]']")) box.checked = whole;
    const bar = document.querySelector("[data-bulk]");
    if (!bar) return;
    const everything = bar.querySelector("[data-everything]");
    if (everything && !whole) everything.checked = false;
    for (const offer of bar.querySelectorAll("[data-everything-offer]")) offer.hidden = !whole;
    bar.hidden = !count;
    for (const place of bar.querySelectorAll("[data-count]")) place.textContent = everything?.checked ? everything.dataset.everything : count;
  }

  // Files dropped on a field go into it, and the form goes off.
  for (const kind of ["dragenter", "dragover"]) on(kind, ".drop", (drop, event) => { event.preventDefault(); drop.classList.add("over"); });
  on("dragleave", ".drop", (drop) => drop.classList.remove("over"));
  on("drop", ".drop", (drop, event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const field = drop.querySelector("input[type=file]");
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // Keys: / searches, g+letter goes, ? shows them all.
  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, [contenteditable]")) return;
    if (event.key === "/") { event.preventDefault(); document.querySelector("[data-search]")?.focus(); return; }
    if (event.key === "?") { document.getElementById("keys")?.showModal(); return; }
    if (before === "g") {
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) location.href = link.href;
    }
    before = event.key;
    setTimeout(() => { before = ""; }, 1000);
  });

  // htmx: a failed call says so; the session's end goes to the sign-in page.
  document.addEventListener("htmx:responseError", (event) => say(document.body.dataset.failed + " (" + event.detail.xhr.status + ")"));
  document.addEventListener("htmx:sendError", () => say(document.body.dataset.offline));
  document.addEventListener("htmx:afterSwap", () => counted());
})();
