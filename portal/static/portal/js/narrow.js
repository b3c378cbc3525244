// A long list of choices, narrowed while one types. Without this script the field is not there, and the list is whole.
(() => {
  "use strict";
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

  for (const field of document.querySelectorAll("[data-narrow]")) {
    const input = field.querySelector("input");
    const choices = [...document.querySelectorAll(field.dataset.narrow)].map((one) => [one, plain(one.textContent)]);
    const free = () => choices.map(([one]) => one).filter((one) => !one.hidden && !one.querySelector("input:disabled"));

    function narrow() {
      const words = plain(input.value).split(/\s+/).filter(Boolean);
      let fitting = 0;
      for (const [one, text] of choices) {
        const fits = words.every((word) => text.includes(word));
        fitting += fits;
        one.hidden = !fits && !one.querySelector("input:checked"); // what is chosen stays in sight
      }
      field.querySelector("[data-none]").hidden = fitting > 0;
    }
    input.addEventListener("input", narrow);
    // Enter sends no half-made choice: it chooses the only one that is left.
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const left = free().filter((one) => !one.querySelector("input:checked"));
      if (input.value.trim() && left.length === 1) { left[0].querySelector("input").click(); left[0].querySelector("input").focus(); narrow(); }
    });
    field.hidden = false;
  }
})();
