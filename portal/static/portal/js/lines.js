// Lines of a proposal: one more (what is left of the amount goes there), or one fewer; and what is left is told.
(() => {
  "use strict";
  const language = document.documentElement.lang || "nl";
  const written = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const grouping = new RegExp(language.startsWith("nl") ? "^[+-]?[1-9]\\d{0,2}(\\.\\d{3})+$" : "^[+-]?[1-9]\\d{0,2}(,\\d{3})+$");
  const lines = () => [...document.querySelectorAll("[data-line]")];

  // As the server reads it: «1.234» is more than a thousand in Dutch, «1,234» is so in English.
  function amount(text) {
    const plain = text.replace(/[\s€]/g, "");
    if (grouping.test(plain)) return Number(plain.replace(/[.,]/g, ""));
    const comma = plain.lastIndexOf(",") > plain.lastIndexOf(".");
    return Number(comma ? plain.replace(/\./g, "").replace(",", ".") : plain.replace(/,/g, ""));
  }
  // What the lines do not cover yet, in cents; NaN while an amount is no number.
  function rest() {
    const whole = document.querySelector("[data-lines]")?.dataset.lines;
    const typed = lines().reduce((sum, line) => sum + amount(line.querySelector("[name=amount]").value), 0);
    return Math.round(100 * (Number(whole || NaN) - typed));
  }
  function tell() {
    const where = document.querySelector("[data-rest]");
    if (where) where.textContent = rest() ? where.dataset.rest.replace("{amount}", written.format(rest() / 100)) : "";
  }

  // The name of an account that is being typed over is another one's by now.
  function unnamed(line) {
    const name = line.querySelector("[data-account-name]");
    if (name) name.textContent = "";
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-line] [name=amount]")) tell();
    if (event.target.matches("[data-line] [name=gl_account]")) unnamed(event.target.closest("[data-line]"));
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-line]")) {
      const last = lines().at(-1);
      const left = rest();
      const copy = last.cloneNode(true);
      for (const field of copy.querySelectorAll("input")) if (field.name === "amount" || field.name === "gl_account") field.value = "";
      if (left) copy.querySelector("[name=amount]").value = written.format(left / 100);
      for (const one of copy.querySelectorAll("[role=listbox], details.why")) one.remove();
      unnamed(copy);
      last.after(copy);
      copy.querySelector("[name=gl_account]").focus();
      tell();
    }
    const remove = event.target.closest("[data-remove-line]");
    if (remove && lines().length > 1) { remove.closest("[data-line]").remove(); tell(); }
  });
})();
