// The search page: what is typed is looked for by Pagefind, in the files that the build made (docs/search.md). Nothing is
// loaded before somebody types or comes to the form. All words are the page's own; text of posts is only ever put in as text.

const PAGE = 12; // results at a time
const REACH = 5000; // posts that are looked through at once, the newest first; older ones when those do not suffice
const WORDS = 28; // of an excerpt
const PAUSE = 100; // ms after a key before anything is looked for
const BEGUN = 400; // ms after which somebody who typed no word yet is told so
const JOINT = "\u2060"; // begins a word that is written without a space before it; see site/search/records.py
const FILTERS = ["network", "kind", "store", "campaign", "tag", "year"];
const ALL = "tag"; // of these a result has all that are chosen, of the others one

const page = document.querySelector("[data-search]");
const one = (name, within = page) => within.querySelector(`[data-${name}]`);
const said = page.dataset;
const form = page.querySelector("form");
const results = one("results");
const more = one("more");
const narrow = one("narrow"); // on narrow screens alone
const status = one("count");
const language = document.documentElement.lang || "en";
const digits = { numberingSystem: "latn" }; // as in all numbers that were written when the page was built
const number = new Intl.NumberFormat(language, digits);
const plural = new Intl.PluralRules(language);
const day = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "long", timeZone: "UTC", ...digits });

// The index

const folder = new URL(".", new URL(said.index || location.pathname, location.href));
const hub = new URL("../../", folder);

// Pagefind says in the console alone that a file could not be had, and goes on as if there were nothing in it. Then what
// is open is of no use any more: a build may have replaced its files meanwhile.
const get = window.fetch;
window.fetch = async (...request) => {
  try {
    const answer = await get(...request);
    if (answer.ok) return answer;
    throw new Error(`${answer.status} for ${answer.url}`);
  } catch (error) {
    opening = null;
    throw error;
  }
};

/** What there is to search in, the newest first, in groups that are opened one after another. */
let opening = null;
function open() {
  opening ??= load().catch((error) => {
    opening = null; // the next try begins anew
    throw error;
  });
  return opening;
}

async function load() {
  if (!said.index) return [];
  const answer = await fetch(said.index, { cache: "no-cache" });
  const { engine, made, years, shards } = await answer.json();
  offer("year", years.map((year) => [year, year]));
  if (!shards.length) return [];
  const { createInstance } = await import(`${folder}${engine}/pagefind.js`);
  const create = () => createInstance({ basePath: `${folder.pathname}${engine}/`, noWorker: true, metaCacheTag: made });
  return grouped(shards).map((group) => new Group(group, create));
}

function grouped(shards) {
  const groups = [];
  let room = 0;
  for (const shard of shards) {
    if (room <= 0) {
      groups.push([]);
      room = REACH * 2 ** (groups.length - 1); // twice as far each time: a rare word is not long in coming
    }
    groups.at(-1).push(shard);
    room -= shard.count;
  }
  return groups;
}

/** Some shards that are searched as one. */
class Group {
  #opening = null;
  #exact = new Map();

  constructor(shards, create) {
    this.shards = shards;
    this.since = shards.reduce((first, shard) => (shard.first && shard.first < first ? shard.first : first), "9999");
    this.create = create;
  }

  open() {
    this.#opening ??= this.#merged().catch((error) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  async #merged() {
    const instance = this.create();
    await Promise.all(
      this.shards.map(({ name, digest }) => instance.mergeIndex(`${folder.pathname}${name}/`, { metaCacheTag: digest })),
    );
    return instance;
  }

  /** Whether anything of these years may be in it. */
  may({ year }) {
    return !year || this.shards.some(({ first, last }) => !first || year.any.some((each) => first.slice(0, 4) <= each && each <= last.slice(0, 4)));
  }

  /** The results, the best first. */
  async find(asked, filters) {
    const instance = await this.open();
    const { results: all } = await instance.search(asked.query, { filters });
    const found = all.filter((result) => shardOf(result).includes("-")); // the engine has a record of its own
    if (asked.exact) return found;
    // Where nothing begins with a word, Pagefind takes what begins as the word does: "tablecloth" would find tables, and a
    // word that was removed its likes. It does so shard by shard, so that one result of each tells for all.
    const firsts = new Map();
    for (const result of found) if (!firsts.has(shardOf(result))) firsts.set(shardOf(result), result);
    const strays = new Set();
    await Promise.all(
      [...firsts].map(async ([shard, result]) => {
        const there = wordsOf(await result.data());
        for (const term of asked.terms) {
          if (there.some((word) => word.startsWith(term))) continue;
          if (!(await this.#known(instance, term)).has(shard)) strays.add(shard);
        }
      }),
    );
    return strays.size ? found.filter((result) => !strays.has(shardOf(result))) : found;
  }

  /** The shards that have a word with the same stem. */
  #known(instance, term) {
    if (!this.#exact.has(term)) {
      const known = instance.search(`"${term}"`).then(({ results: found }) => new Set(found.map(shardOf)));
      this.#exact.set(term, known);
    }
    return this.#exact.get(term);
  }
}

// The build gave each shard a language of its own (en-20260101…), which begins the names of its records.
const shardOf = ({ id }) => id.slice(0, id.lastIndexOf("_"));

// Words

const bare = (text) => text.normalize("NFD").replace(/[\p{M}\u2060]/gu, "").toLowerCase();

/** The words of a result, as the index has them: whole, and the parts that they are made of. */
function wordsOf({ content, meta }) {
  const text = `${meta.title ?? ""} ${meta.author ?? ""} ${meta.tags ?? ""} ${content}`;
  return text.split(/\s+/).flatMap((word) => [
    bare(word).replace(/[^\p{L}\p{N}_]/gu, ""),
    ...(word.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{M}]+|[\p{L}\p{M}]+|\p{N}+/gu) ?? []).map(bare),
  ]);
}

const UNSPACED = /([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}])/gu;
const ELIDED = /(^|[^\p{L}\p{N}_'\u2019])((?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu|(?:d|n|s|qu)?ell|d?all|sull|un)['\u2019])(?=\p{L})/giu;

const SYLLABLE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** What Pagefind is asked for what somebody typed; null where that is no word, or a single letter. */
function asking(typed) {
  const isQuoted = /^\s*["\u201c\u201e\u00ab].+["\u201d\u201c\u00bb]\s*$/.test(typed);
  const spaced = typed.replace(ELIDED, "$1$2 ").replace(UNSPACED, " $1 ");
  const words = spaced.replace(/["\u201c\u201d\u201e\u00ab\u00bb]/g, " ").trim().split(/\s+/);
  const terms = words.map((word) => bare(word).replace(/[^\p{L}\p{N}_]/gu, "")).filter(Boolean);
  if (terms.join("").length < 2 && !SYLLABLE.test(terms.join(""))) return null;
  // Signs that make up a word only together stand together.
  const exact = isQuoted || (terms.length > 1 && terms.length === typed.replace(/\s/g, "").length && !/\s/.test(typed.trim()));
  return { terms, exact, query: exact ? `"${words.join(" ")}"` : words.join(" ") };
}

const plain = (text) => text.replaceAll(` ${JOINT}`, "").replaceAll(JOINT, "");

/** The words around what was found, those marked. */
function excerpt({ content, locations }) {
  const words = content.split(/\s+/);
  const hits = [...new Set(locations)].filter((at) => at < words.length).sort((one, other) => one - other);
  let best = hits[0] ?? 0;
  let most = 0;
  for (const start of hits) {
    const many = hits.filter((at) => at >= start && at < start + WORDS - 4).length;
    if (many > most) [best, most] = [start, many];
  }
  const start = Math.max(0, Math.min(best - 4, words.length - WORDS / 2)); // what is marked stands in the first line
  const end = Math.min(words.length, start + WORDS);
  const nodes = [start > 0 ? "\u2026 " : ""];
  for (let at = start; at < end; at += 1) {
    const word = words[at].replaceAll(JOINT, "");
    if (at > start && !words[at].startsWith(JOINT)) nodes.push(" ");
    nodes.push(hits.includes(at) ? element("mark", word) : word);
  }
  return [...nodes, end < words.length ? " \u2026" : ""];
}

/** A line with the words marked that begin with one that was looked for. */
function marked(line, terms) {
  return line.split(/(\s+)/).map((word) => (begins(word, terms) ? element("mark", word) : word));
}

const begins = (text, terms) => wordsOf({ content: text, meta: {} }).some((word) => terms.some((term) => word.startsWith(term)));

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

// Results

/** The address of one of our own files, null for anything else. */
function ours(path, base = hub) {
  const address = URL.canParse(path, base) ? new URL(path, base) : null;
  return address?.origin === location.origin && /^https?:$/.test(address.protocol) ? address.href : null;
}

const labelOf = (name, value) => form.querySelector(`[name="${name}"][value="${CSS.escape(value)}"]`)?.closest("label").textContent.trim() ?? "";

/** A result as a card, made of the page's own template. */
function card(data, terms) {
  const at = data.raw_url.indexOf(" ");
  const post = JSON.parse(data.raw_url.slice(at));
  const title = plain(data.meta.title ?? "");
  const made = one("result", document).content.cloneNode(true);
  const link = one("link", made);
  link.href = ours(data.raw_url.slice(0, at), post.e ? new URL(said.home, location.href) : hub) ?? hub.href;
  const heading = title || plain(data.content).split(/\s+/).slice(0, 10).join(" ") || said.untitled;
  link.replaceChildren(...(title ? marked(heading, terms) : [heading]));
  one("excerpt", made).replaceChildren(...excerpt(data));
  for (const words of [link, one("excerpt", made)]) {
    if (post.l) words.lang = post.l;
    words.dir = post.r ? "rtl" : "ltr";
  }
  fill(one("network", made), labelOf("network", post.n ?? "") || (post.k === "page" ? said.page : "") || (post.n === "news" ? said.news : ""));
  const topics = (post.t ?? []).map(([, label]) => label).filter((label) => begins(label, terms));
  one("topics", made).replaceChildren(...topics.map((label) => element("mark", label)));
  fill(one("author", made), plain(data.meta.author ?? ""));
  fill(one("credit", made), post.c ?? "");
  const date = one("date", made);
  if (post.d) {
    const time = element("time", day.format(new Date(`${post.d.slice(0, 10)}T00:00:00Z`)));
    time.dateTime = post.d;
    date.replaceChildren(time);
  } else date.remove();
  const picture = one("picture", made);
  const address = post.p && ours(post.p[0]);
  if (address) {
    const [, width, height, alt] = post.p;
    Object.assign(picture, { src: address, width, height, alt });
  } else picture.parentElement.remove();
  return made;
}

function fill(place, text) {
  if (text) place.textContent = text;
  else place.remove();
}

// Finding

let turn = 0; // the newest question; older answers are not shown
let shown = { asked: null, found: [], groups: [], at: 0, next: 0 };

async function search({ typed, filters }) {
  const mine = ++turn;
  const asked = asking(typed);
  if (!asked) {
    shown = { asked, found: [], groups: [], at: 0, next: 0 };
    results.replaceChildren();
    status.textContent = typed.trim() && said.short;
    more.hidden = true;
    page.ariaBusy = "false"; // whatever is still looked for
    return;
  }
  page.ariaBusy = "true";
  const isWanted = () => mine === turn;
  try {
    const { next, loaded } = await answered({ typed, asked, filters }, isWanted).catch((error) => {
      if (!isWanted()) throw error;
      opening = null;
      return answered({ typed, asked, filters }, isWanted); // of what is there now
    });
    if (!isWanted()) return;
    shown = next;
    const cards = cardsOf(shown, loaded);
    results.replaceChildren(...cards);
    results.dataset.words = typed;
    tell();
  } catch (error) {
    if (mine !== turn) return;
    results.replaceChildren();
    more.hidden = true;
    status.textContent = said.failed;
    console.warn(error);
  } finally {
    if (mine === turn) page.ariaBusy = "false";
  }
}

/** The first results of a question. */
async function answered(question, isWanted) {
  const index = open();
  const groups = (await index).filter((group) => group.may(question.filters));
  const next = { ...question, index, groups, found: [], at: 0, next: 0 };
  return { next, loaded: await loadedOf(next, isWanted) };
}

/** A page of results more. */
async function loadedOf(state, isWanted) {
  await extend(state, isWanted);
  const wanted = isWanted() ? state.found.slice(state.at, state.at + PAGE) : [];
  const loaded = await Promise.all(wanted.map((result) => result.data()));
  if (state.index !== opening) throw new Error("what was searched in is not there any more");
  return loaded;
}

/** Look through groups until a page is full or there is no more. */
async function extend(state, isWanted) {
  while (isWanted() && state.next < state.groups.length && state.found.length - state.at < PAGE) {
    state.found.push(...(await state.groups[state.next].find(state.asked, state.filters)));
    state.next += 1;
  }
}

function cardsOf(state, loaded) {
  state.at += loaded.length;
  topics(loaded, state.at > PAGE);
  return loaded.map((data) => card(data, state.asked.terms));
}

function tell() {
  const { typed, filters, found, groups, next, at } = shown;
  const isWhole = next === groups.length;
  const many = `${isWhole ? "" : "recent-"}${plural.select(found.length)}`;
  const none = Object.keys(filters).length ? said.noneHere : said.none;
  const since = isWhole ? "" : groups[next - 1].since;
  const words = found.length ? said[camel(many)] ?? said[isWhole ? "other" : "recentOther"] : none;
  const values = { n: number.format(found.length), q: typed.trim(), day: since && day.format(new Date(`${since}T00:00:00Z`)) };
  status.textContent = words.replace(/\{(n|q|day)\}/g, (_, name) => values[name]);
  more.hidden = at >= found.length && isWhole;
}

const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

async function showMore() {
  const mine = turn;
  more.ariaDisabled = "true";
  try {
    const loaded = await loadedOf(shown, () => mine === turn);
    if (mine !== turn) return;
    const cards = cardsOf(shown, loaded);
    const first = results.childElementCount;
    results.append(...cards);
    tell();
    (results.children[first]?.querySelector("a") ?? status).focus();
  } catch (error) {
    if (mine !== turn) return;
    status.textContent = said.failed;
    console.warn(error);
  } finally {
    more.ariaDisabled = "false";
  }
}

// Filters

/** Offer the topics of what was found; what is chosen, and what has the focus, stays. */
function topics(loaded, isMore) {
  if (isMore) return; // nothing moves while somebody reads on
  const counts = new Map();
  for (const { raw_url: url } of loaded) {
    for (const [tag, label] of JSON.parse(url.slice(url.indexOf(" "))).t ?? []) {
      const [known, count] = counts.get(tag) ?? [label, 0];
      counts.set(tag, [known, count + 1]);
    }
  }
  for (const { value } of gathered()) counts.delete(value);
  const often = [...counts].sort(([, [, one]], [, [, other]]) => other - one).slice(0, PAGE);
  offer("tag", often.map(([tag, [label]]) => [tag, label]));
}

/** Those of the topics that can be chosen as campaigns, since a page gathers their posts. */
const gathered = () => [...form.querySelectorAll("[name=tag]")].filter((input) => !input.closest("[data-offer]"));

function offer(name, wanted) {
  const group = form.querySelector(`[data-offer="${name}"]`);
  const list = one("choices", group);
  const there = new Map([...list.querySelectorAll("input")].map((input) => [input.value, input]));
  const names = new Set(wanted.map(([value]) => value));
  for (const [value, input] of there) {
    const stays = names.has(value) || input.checked || input === document.activeElement || "fixed" in input.dataset;
    if (!stays) input.closest("label").remove();
  }
  for (const [value, label] of wanted) {
    const known = there.get(value);
    if (known) known.closest("label").querySelector("bdi").textContent = label; // of the address its name alone is known
    else list.append(choice(name, value, label));
  }
  group.hidden = !list.childElementCount;
}

function choice(name, value, label) {
  const made = one("choice", document).content.cloneNode(true).firstElementChild;
  Object.assign(made.querySelector("input"), { name, value });
  made.querySelector("bdi").textContent = label;
  return made;
}

/** What is asked for in the form. */
function asked() {
  const data = new FormData(form);
  const filters = {};
  for (const name of FILTERS) {
    const chosen = data.getAll(name);
    if (chosen.length) filters[name] = { [name === ALL ? "all" : "any"]: chosen };
  }
  return { typed: `${data.get("q")}`, filters };
}

// The address says what is asked for, so that it can be shared and gone back to.

function address() {
  const data = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  return `${location.pathname}${data.size ? `?${data}` : ""}`;
}

function restore() {
  const wanted = new URLSearchParams(location.search);
  form.elements.q.value = (wanted.get("q") ?? "").slice(0, form.elements.q.maxLength);
  for (const name of ["tag", "year"]) {
    for (const value of wanted.getAll(name)) {
      if (!form.querySelector(`[name="${name}"][value="${CSS.escape(value)}"]`)) {
        const list = form.querySelector(`[data-offer="${name}"]`);
        one("choices", list).append(choice(name, value, value));
        list.hidden = false;
      }
    }
  }
  for (const input of form.querySelectorAll("[type=checkbox]")) input.checked = wanted.getAll(input.name).includes(input.value);
  if (FILTERS.some((name) => wanted.has(name))) narrow.ariaExpanded = "true";
}

let isTyping = false;
let waiting = 0;

function changed(settled) {
  if (address() !== location.pathname + location.search) history[isTyping ? "replaceState" : "pushState"](null, "", address());
  isTyping = !settled;
  clearTimeout(waiting);
  waiting = setTimeout(() => search(asked()), settled ? 0 : asking(form.elements.q.value) ? PAUSE : BEGUN);
}

async function ready() {
  try {
    const groups = await open();
    const days = groups.flatMap(({ shards }) => shards).filter(({ count, first }) => count && first);
    if (!groups.length) status.textContent = said.empty;
    else if (days.length) await groups[0].open();
  } catch {
    // Whoever searches then is told.
  }
}

form.addEventListener("input", (event) => changed(event.target.type === "checkbox"));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  changed(true);
});
form.addEventListener("focusin", ready, { once: true });
more.addEventListener("click", () => more.ariaDisabled !== "true" && showMore());
addEventListener("popstate", () => {
  isTyping = false;
  restore();
  search(asked());
});

narrow.addEventListener("click", () => {
  narrow.ariaExpanded = narrow.ariaExpanded !== "true";
});
restore();
if (form.elements.q.value) search(asked());
