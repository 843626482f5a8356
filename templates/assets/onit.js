// Comforts only: every page works without this file.
"use strict";

// Counts what is left in a text that has a limit, in the words the page came with ("152 of 500").
for (const text of document.querySelectorAll("textarea[data-counts]")) {
  const shown = document.getElementById(text.dataset.counts);
  if (!shown) continue;
  const count = () => { shown.textContent = `${[...text.value].length} of ${text.maxLength}`; };
  text.addEventListener("input", count);
  count();
}

// A second press while the first is under way sends nothing.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
// Coming back with the browser's own button makes the forms usable again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Says while somebody types whether it sounds like the city. The same button without this file: "Check the words".
for (const text of document.querySelectorAll("textarea[data-check]")) {
  const shown = document.getElementById(text.dataset.remarks);
  const form = text.form;
  if (!shown || !form) continue;
  let waiting = 0, asked = 0;
  const check = async () => {
    const mine = ++asked;
    const body = new URLSearchParams(new FormData(form));
    body.set("part", "list");
    try {
      const answer = await fetch(text.dataset.check, { method: "POST", body });
      if (!answer.ok || mine !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      shown.replaceChildren(...page.body.childNodes);
    } catch { /* no network: the check before sending still stands */ }
  };
  text.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(check, 400); });
}
