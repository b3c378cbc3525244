// Lines of a proposal: one more (what is left of the amount goes there), or one fewer.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const lines = () => [...document.querySelectorAll("[data-line]")];
    if (event.target.closest("[data-add-line]")) {
      const last = lines().at(-1);
      const copy = last.cloneNode(true);
      for (const field of copy.querySelectorAll("input")) if (field.name === "amount" || field.name === "gl_account") field.value = "";
      copy.querySelector("[role=listbox]")?.remove();
      last.after(copy);
      copy.querySelector("[name=gl_account]").focus();
    }
    const remove = event.target.closest("[data-remove-line]");
    if (remove && lines().length > 1) remove.closest("[data-line]").remove();
  });
})();
