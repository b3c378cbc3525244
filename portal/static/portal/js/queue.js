// The work queue by keyboard. An element says which key presses it; what it does is its own.
(() => {
  "use strict";
  const same = { ArrowRight: "j", ArrowLeft: "k" };
  const within = (target) => target.closest("input, select, textarea, [contenteditable], dialog[open]");

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      document.querySelector("#work form[data-lines]")?.requestSubmit();
      return;
    }
    if (event.key === "Escape" && within(event.target) && !event.target.closest("dialog")) { event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || within(event.target)) return;
    const key = same[event.key] || event.key;
    if (key === "b") {
      const all = [...document.querySelectorAll("#work details.why")];
      const open = !all.every((one) => one.open);
      for (const one of all) one.open = open;
      return;
    }
    const field = document.querySelector(`#work [data-key-focus="${CSS.escape(key)}"]`);
    const pressed = document.querySelector(`#work [data-key="${CSS.escape(key)}"]`);
    if (field) { event.preventDefault(); field.focus(); field.select(); }
    else if (pressed) { event.preventDefault(); pressed.click(); }
  });

  // What was decided may be taken back for a while; then its notice goes.
  function fade(root) {
    for (const one of root.querySelectorAll("[data-toast]")) setTimeout(() => one.remove(), Number(one.dataset.toast) * 1000);
  }
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "work") return;
    document.querySelector("dialog[open]")?.close();
    fade(event.target);
    window.scrollTo(0, 0);
    event.target.focus({ preventScroll: true });
  });
  // Enter in a type-ahead chooses; it does not send the form.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.matches("[role=combobox], .num")) event.preventDefault();
  });
})();
