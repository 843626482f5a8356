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
