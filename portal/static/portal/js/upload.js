// Each file goes off on its own, three at a time, and its outcome comes back as a row.
(() => {
  "use strict";
  const form = document.querySelector("[data-upload]");
  const field = form.querySelector("input[type=file]");
  const rows = document.querySelector("[data-outcomes]");
  const waiting = [];
  let busy = 0;

  field.addEventListener("change", () => {
    document.getElementById("outcomes").hidden = false;
    for (const file of field.files) {
      const row = document.createElement("li");
      row.innerHTML = '<div class="item"><span class="spinner"></span><span class="grow title"></span></div>';
      row.querySelector(".title").textContent = file.name;
      rows.prepend(row);
      waiting.push([file, row]);
    }
    field.value = "";
    field.required = false;
    while (busy < 3 && waiting.length) next();
  });

  async function next() {
    const [file, row] = waiting.shift();
    busy += 1;
    const data = new FormData(form);
    data.delete("files");
    data.append("files", file);
    try {
      const answer = await fetch(form.action || location.href, { method: "POST", body: data, headers: { "X-Part": "1" } });
      if (!answer.ok) throw new Error(answer.status);
      const holder = document.createElement("ul");
      holder.innerHTML = await answer.text();
      const shown = [...holder.children]; // one for a file, several for a zip
      row.replaceWith(...shown);
      for (const one of shown) htmx.process(one);
    } catch {
      row.querySelector(".spinner").className = "dot bad";
      row.querySelector(".title").textContent = file.name + " – " + document.body.dataset.failed;
    }
    busy -= 1;
    if (waiting.length) next();
  }
})();
