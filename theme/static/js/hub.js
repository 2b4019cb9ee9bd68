// What the hub does beyond showing its pages. Every page is whole without it, each part is for what a page marks with
// a data attribute, and all words are the page's own. Nothing is sent anywhere, and what is kept stays in the browser.

const ROOT = new URL("../../", import.meta.url).pathname; // several hubs may share a host
const html = document.documentElement;
const all = (selector, within = document) => within.querySelectorAll(selector);
const one = (selector, within = document) => within.querySelector(selector);

// Storage may be forbidden: then even to look at it throws.
const kept = (storage) => ({
  get(key) {
    try {
      return window[storage].getItem(key);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value === null) window[storage].removeItem(key);
      else window[storage].setItem(key, value);
    } catch {
      // It is forgotten with the page.
    }
  },
});
const always = kept("localStorage");
const visit = kept("sessionStorage");

const say = (words) => {
  const status = one("[data-status]");
  if (status) status.textContent = words;
};

const isPlain = (event) =>
  event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented);

// Light and dark: whoever chooses what the system says follows the system again.

function themes() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (html.dataset.theme ? html.dataset.theme === "dark" : dark.matches);
  const shown = () => {
    for (const button of all("[data-theme-switch]")) {
      button.hidden = false;
      button.ariaPressed = isDark();
    }
  };
  const choose = (theme) => {
    if (theme) html.dataset.theme = theme;
    else delete html.dataset.theme;
    shown();
  };
  for (const button of all("[data-theme-switch]")) {
    button.addEventListener("click", () => {
      const wanted = isDark() ? "light" : "dark";
      const chosen = (wanted === "dark") === dark.matches ? null : wanted;
      always.set("hub-theme", chosen);
      choose(chosen);
    });
  }
  dark.addEventListener("change", shown);
  addEventListener("storage", (event) => event.key === "hub-theme" && choose(event.newValue));
  shown();
}

// How long ago, in the language of the words around it.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = {}; // by language; one costs a millisecond
function formatsOf(lang) {
  if (!formats[lang]) {
    const digits = { numberingSystem: "latn" }; // as in all numbers that were written when the page was built
    formats[lang] = {
      ago: new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: "short", ...digits }),
      whole: new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "full", timeStyle: "short", ...digits }),
    };
  }
  return formats[lang];
}

function ago(then, now, format) {
  const passed = now - then;
  if (passed < MINUTE) return format.format(0, "second");
  if (passed < HOUR) return format.format(-Math.floor(passed / MINUTE), "minute");
  if (passed < DAY) return format.format(-Math.floor(passed / HOUR), "hour");
  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  return format.format(-Math.round((midnight(now) - midnight(then)) / DAY), "day");
}

const built = new WeakMap(); // what was written when the page was built

function times(within = document) {
  const now = Date.now();
  for (const time of all("time[data-relative]", within)) {
    const then = Date.parse(time.dateTime);
    if (Number.isNaN(then)) continue;
    const format = formatsOf(time.closest("[lang]")?.lang || "en");
    if (!built.has(time)) {
      built.set(time, time.textContent);
      time.title ||= format.whole.format(then);
    }
    const recent = now >= then && now - then < 7 * DAY;
    const words = recent ? ago(then, now, format.ago) : built.get(time);
    if (time.textContent !== words) time.textContent = words;
    // What was to be new by now is late: only the visitor's clock knows, since a site that is not published says nothing.
    const line = time.closest("[data-hours]");
    for (const part of line?.children ?? []) part.hidden = now - then < line.dataset.hours * HOUR === "late" in part.dataset;
  }
}

// What was published since the last visit. A visit lasts as long as the tab.

let since = 0; // of a first visit nothing is new
let mark = "";

function visits() {
  const line = one("[data-fresh]");
  if (!line) {
    fresh();
    return;
  }
  mark = line.dataset.mark;
  const seen = Number(always.get(`hub-seen ${ROOT}`)) || 0;
  const before = visit.get(`hub-since ${ROOT}`);
  since = before === null ? seen : Number(before);
  const count = fresh();
  const dates = [...all(".h-entry .dt-published")].map(published).filter((date) => date <= Date.now());
  always.set(`hub-seen ${ROOT}`, Math.max(seen, ...dates));
  visit.set(`hub-since ${ROOT}`, since);
  if (!count) return;
  const form = new Intl.PluralRules(html.lang || "en").select(count);
  const words = (line.dataset[form] ?? line.dataset.other).replace("{n}", count);
  line.textContent = words;
  if (before === null) say(words); // once a visit
}

const published = (time) => Date.parse(time.dateTime);

function fresh() {
  if (!since) return 0;
  let count = 0;
  for (const entry of all(".h-entry")) {
    const time = one(".dt-published", entry);
    if (!time || !(published(time) > since)) continue;
    count += 1;
    entry.dataset.new = "";
    if (mark) time.before(Object.assign(document.createElement("span"), { className: "new-mark", textContent: mark }));
  }
  return count;
}

// Films and recordings: nothing of them is loaded before somebody wants them.

const SANDBOX = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-presentation";

function players() {
  const template = one("template[data-player-dialog]");
  if (!template || !window.HTMLDialogElement) return;
  const dialog = template.content.firstElementChild.cloneNode(true);
  const screen = one("[data-screen]", dialog);
  dialog.addEventListener("close", () => screen.replaceChildren());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-player], a[data-media]");
    if (!link || !isPlain(event)) return;
    const address = URL.parse?.(link.dataset.player ?? link.dataset.media);
    if (address?.protocol !== "https:") return;
    event.preventDefault();
    if (!dialog.isConnected) document.body.append(dialog);
    const title = nameOf(link);
    one("[data-name]", dialog).textContent = title;
    for (const origin of all("a[data-origin]", dialog)) origin.href = link.href;
    for (const host of all("[data-host]", dialog)) host.textContent = address.host;
    dialog.classList.toggle("upright", "upright" in link.dataset);
    screen.replaceChildren("player" in link.dataset ? frame(address, title) : recording(address, title, link));
    dialog.showModal();
  });
}

function nameOf(link) {
  const entry = link.closest(".h-entry") ?? link;
  return (link.dataset.title || one(".p-name", entry)?.textContent || link.textContent).trim();
}

function frame(address, title) {
  const made = document.createElement("iframe");
  made.title = title;
  made.allow = "autoplay; fullscreen; picture-in-picture";
  made.referrerPolicy = "strict-origin-when-cross-origin"; // YouTube plays for nobody who does not say who asks
  made.setAttribute("sandbox", SANDBOX); // all that a player needs, but not to take the visitor elsewhere
  made.src = address;
  return made;
}

function recording(address, title, { dataset }) {
  const made = document.createElement("audio" in dataset ? "audio" : "video");
  made.controls = made.autoplay = true;
  made.ariaLabel = title;
  if (dataset.poster && "poster" in made) made.poster = dataset.poster;
  made.src = address;
  return made;
}

// Chips lead to pages that are built; here what such a page shows, and says of itself, comes into this one.

const OF_HEAD = "link[rel=canonical], link[rel=alternate], meta[name=description]";
const place = ({ pathname, search }) => pathname + search;

function filters() {
  if (!one("[data-filters]") || !one("[data-results]")) return;
  let shown = place(location);
  let asked = 0;

  const show = async (address, isNew) => {
    const turn = ++asked;
    const results = one("[data-results]");
    try {
      results.ariaBusy = "true";
      const answer = await fetch(address, { signal: AbortSignal.timeout(8000) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = one("main [data-results]", page);
      if (turn !== asked) return;
      if (!answer.ok || !found || !isAllowed(page)) throw new Error("to be opened as a page");
      if (isNew) history.pushState(null, "", address);
      shown = place(location);
      await changed(() => {
        swap(page, isNew);
        visits();
        times();
      });
      say(found.dataset.announce || page.title);
    } catch {
      if (turn !== asked) return;
      if (isNew) location.assign(address);
      else location.reload();
    } finally {
      if (turn === asked) results.removeAttribute("aria-busy");
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-filters] a[href]");
    if (!link || !isPlain(event) || link.origin !== location.origin || place(link) === shown) return;
    event.preventDefault();
    link.closest("[popover]")?.hidePopover();
    show(link.href, true);
  });
  addEventListener("popstate", () => {
    if (place(location) !== shown) show(location.href, false);
  });
}

function swap(page, isNew) {
  const before = one("main");
  const after = one("main", page);
  const had = before.contains(document.activeElement) && document.activeElement;
  const chips = one("[data-filters]");
  const top = chips.getBoundingClientRect().top;
  const aside = one("ul", chips)?.scrollLeft ?? 0;

  document.title = page.title;
  for (const each of all(OF_HEAD)) each.remove();
  document.head.append(...all(OF_HEAD, page));
  const current = [...all("header nav [aria-current]", page)].map((link) => link.href);
  for (const link of all("body > header nav a")) {
    if (current.includes(link.href)) link.ariaCurrent = "page";
    else link.removeAttribute("aria-current");
  }
  const tongues = one("#languages", page);
  if (tongues) one("#languages")?.replaceWith(tongues);
  before.replaceWith(after);

  // The row of chips stays where it was seen, and the focus on the same of them; who goes back is where they were.
  const now = one("[data-filters]") ?? after;
  if (isNew) scrollBy({ top: now.getBoundingClientRect().top - top, behavior: "instant" });
  const row = one("ul", now);
  if (row) row.scrollLeft = aside;
  if (!had) return;
  const same = [...all("a, button", now)].find((each) =>
    had.href ? each.href === had.href : had.popoverTargetElement && each.getAttribute("popovertarget") === had.getAttribute("popovertarget"),
  );
  (same ?? one("[aria-current]", now) ?? after).focus({ preventScroll: true, focusVisible: had.matches(":focus-visible") });
}

// A page is under the policy that it came with: of one that may load more, the players would stay empty here.
function isAllowed(page) {
  const words = (of) => one("meta[http-equiv=Content-Security-Policy]", of)?.content.split(/[\s;]+/) ?? [];
  const ours = new Set(words(document));
  return words(page).every((word) => ours.has(word));
}

async function changed(change) {
  if (!document.startViewTransition || matchMedia("(prefers-reduced-motion: reduce)").matches) return change();
  const transition = document.startViewTransition(change);
  transition.ready.catch(() => {}); // the next change stops it, or leaving does: that is no error
  await transition.updateCallbackDone;
}

themes();
visits();
times();
players();
filters();
setInterval(times, MINUTE);

// Pictures of a gallery: the next one takes the place of the one that is open. Opened from within it, it would lie over it.

addEventListener("click", (event) => {
  const button = event.target.closest?.(".turn [popovertargetaction=show]");
  if (!button) return;
  event.preventDefault();
  const next = button.popoverTargetElement;
  button.closest("[popover]").hidePopover(); // the focus goes back to its small picture, to which the next returns it, too
  next.showPopover();
});
