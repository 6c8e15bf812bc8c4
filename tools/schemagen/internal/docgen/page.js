"use strict";
(() => {
  const query = document.getElementById("q");
  const found = document.getElementById("found");
  const entries = [...document.querySelectorAll("article")].map((article) => ({
    article,
    text: article.textContent.toLowerCase(),
    name: article.getAttribute("aria-label").toLowerCase(),
    item: document.querySelector(`nav a[href="#${CSS.escape(article.id)}"]`).parentElement,
  }));
  const sections = [...document.querySelectorAll("main > section")].map((section) => ({
    section,
    intro: [...section.children].filter((child) => child.tagName !== "ARTICLE"),
    articles: [...section.querySelectorAll("article")],
    item: document.querySelector(`nav a[href="#${CSS.escape(section.id)}"]`).parentElement,
  }));

  /** Shows the entries that contain every word of the query, or all entries if there is no query. */
  const search = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { article, text, item } of entries) {
      const hit = words.every((word) => text.includes(word));
      article.hidden = item.hidden = !hit;
      if (hit) count++;
    }
    for (const { section, intro, articles, item } of sections) {
      const some = articles.some((article) => !article.hidden);
      const own = words.length === 0 || intro.some((child) => words.every((word) => child.textContent.toLowerCase().includes(word)));
      section.hidden = item.hidden = !some && !own;
      for (const child of intro) child.hidden = !own && child.tagName !== "H2";
    }
    found.textContent = words.length === 0 ? "" : count === 1 ? "1 entry" : `${count} entries`;
  };

  /** The best match: the entry with this name, else the first whose name contains the query, else the first. */
  const best = () => {
    const name = query.value.trim().toLowerCase();
    const hits = entries.filter(({ article }) => !article.hidden);
    return hits.find((entry) => entry.name === name) ?? hits.find((entry) => entry.name.includes(name)) ?? hits[0];
  };

  query.addEventListener("input", search);
  query.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const entry = best();
    if (entry === undefined) return;
    location.hash = entry.article.id;
    entry.article.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== query && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      query.focus();
      query.select();
    }
    if (event.key === "Escape" && query.value !== "") {
      query.value = "";
      search();
    }
  });
  // A link may lead to an entry that the search has hidden.
  addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.closest("[hidden]")) {
      query.value = "";
      search();
      target.scrollIntoView();
    }
  });

  // The language of calls is remembered where there is a place to keep it.
  const languages = [...document.querySelectorAll("input[name=in]")];
  const key = "schemagen-docs-language";
  try {
    const kept = languages.find((input) => input.id === localStorage.getItem(key));
    if (kept) kept.checked = true;
  } catch {}
  for (const input of languages) {
    input.addEventListener("change", () => {
      try {
        localStorage.setItem(key, input.id);
      } catch {}
    });
  }
  search(); // a browser may have restored the query of an earlier visit
})();
