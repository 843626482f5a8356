// Keeps the steps and the threads fresh without a reload. The page works without it.
// Nothing moves under the pointer, the finger or the keyboard: what is there stays where it is on the screen.
"use strict";

document.documentElement.classList.add("script");

const EVERY_MS = 1000;
const SLOW_MS = 8000;
let failures = 0;

// The element the reader is at: focus first, then the pointer, then the top of what is on the screen.
function whereReaderIs() {
  const focused = document.activeElement;
  if (focused && focused !== document.body && focused.closest("main")) return focused;
  const hovered = [...document.querySelectorAll("main :hover")].pop();
  if (hovered) return hovered.closest("[data-key]") || hovered;
  if (window.scrollY < 80) return null;
  return [...document.querySelectorAll("main [data-key]")].find((part) => part.getBoundingClientRect().bottom > 60);
}

const isBusy = (part) => part.contains(document.activeElement) || part.querySelector("details[open]");

// Makes the keyed children of `old` those of `fresh`; touches only what changed.
function adopt(old, fresh) {
  const known = new Map([...old.children].filter((part) => part.dataset.key).map((part) => [part.dataset.key, part]));
  let before = null;
  for (const part of [...fresh.children]) {
    const key = part.dataset.key;
    const mine = known.get(key);
    if (!mine) {
      if (before) before.after(part); else old.prepend(part);
      before = part;
      continue;
    }
    known.delete(key);
    const list = mine.querySelector(":scope > [data-posts]");
    if (list) adopt(list, part.querySelector(":scope > [data-posts]"));
    else if (!mine.isEqualNode(part) && !isBusy(mine)) { mine.replaceWith(part); before = part; continue; }
    if (list) keepReplyTarget(mine, part);
    before = mine;
  }
  for (const gone of known.values()) if (!isBusy(gone)) gone.remove();
}

// An open reply form stays as it is typed, and answers what the city said last.
function keepReplyTarget(mine, fresh) {
  const from = fresh.querySelector("input[name=reply_to]");
  const to = mine.querySelector("input[name=reply_to]");
  if (from && to) to.value = from.value;
}

function show(page) {
  const anchor = whereReaderIs();
  const top = anchor && anchor.getBoundingClientRect().top;
  const steps = page.querySelector("#steps");
  for (const part of ["header", ".waiting-line"]) {
    const old = document.querySelector("#steps > " + part);
    const fresh = steps.querySelector(":scope > " + part);
    if (!old.isEqualNode(fresh)) old.replaceWith(fresh);
  }
  adopt(document.querySelector("#steps > .journey"), steps.querySelector(".journey"));
  adopt(document.querySelector("#threads > .list"), page.querySelector("#threads > .list"));
  if (anchor && anchor.isConnected) {
    const moved = anchor.getBoundingClientRect().top - top;
    if (Math.abs(moved) >= 1) window.scrollBy({ top: moved, behavior: "instant" });
  }
}

async function look() {
  const threads = document.querySelector("#threads");
  if (!document.hidden) {
    try {
      const answer = await fetch(threads.dataset.live, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      failures = 0;
    } catch {
      failures += 1;
    }
  }
  setTimeout(look, failures > 3 ? SLOW_MS : EVERY_MS);
}

// The button shows the name of the photo chosen.
const photo = document.querySelector(".photo input");
photo.addEventListener("change", () => {
  const file = photo.files[0];
  photo.parentElement.querySelector(".photo-name").textContent = file ? file.name : "Photo";
});

setTimeout(look, EVERY_MS);
