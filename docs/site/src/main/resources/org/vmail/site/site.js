"use strict";
const query = document.getElementById("query");
const found = document.getElementById("found");
const MOST = 20;

// On a phone the list of pages would push the page out of sight.
if (matchMedia("(max-width: 48rem)").matches) {
  document.querySelector("nav details").open = false;
}

function score([, title, heading, text], words) {
  const parts = [heading.toLowerCase(), title.toLowerCase(), text.toLowerCase()];
  let sum = 0;
  for (const word of words) {
    const weights = parts.map((part, i) => (part.includes(word) ? [8, 3, 1][i] : 0));
    const best = Math.max(...weights);
    if (best === 0) {
      return 0;
    }
    sum += best;
  }
  return sum;
}

function snippet(text, word) {
  const at = Math.max(0, text.toLowerCase().indexOf(word) - 40);
  return (at > 0 ? "…" : "") + text.slice(at, at + 140);
}

function search() {
  const words = query.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const hits = words.length === 0 ? [] : PAGES
    .map((page) => [score(page, words), page])
    .filter(([points]) => points > 0)
    .sort(([a], [b]) => b - a)
    .slice(0, MOST);
  found.replaceChildren(...hits.map(([, [address, title, heading, text]]) => {
    const link = document.createElement("a");
    link.href = UP + address;
    link.textContent = heading === title ? title : `${heading} · ${title}`;
    const small = document.createElement("small");
    small.textContent = snippet(text, words[0]);
    link.append(small);
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
  found.hidden = words.length === 0;
  if (words.length > 0 && hits.length === 0) {
    const none = document.createElement("li");
    none.textContent = "Nothing is found.";
    found.append(none);
  }
}

// index.html?q=words is a search that can be linked to.
query.value = new URLSearchParams(location.search).get("q") ?? "";
search();
query.addEventListener("input", search);
query.addEventListener("keydown", (event) => {
  const first = found.querySelector("a");
  if (event.key === "Enter" && first !== null) {
    location.href = first.href;
    found.hidden = true;
  } else if (event.key === "Escape") {
    query.value = "";
    search();
  }
});
found.addEventListener("click", () => { found.hidden = true; });
