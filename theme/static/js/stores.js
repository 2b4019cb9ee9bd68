// The list of local stores, narrowed down to those whose name, street, town or country begins with what somebody types.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const line = document.querySelector("[data-narrow]");
const none = document.querySelector("[data-nothing]");
const status = document.querySelector("[data-status]");
const forms = new Intl.PluralRules(document.documentElement.lang || "en");

// Málaga is found by "malaga", and a letter is the same in each of its widths.
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const wordsOf = (text) => plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];
const said = (element) => wordsOf(all("[data-find]", element).map((each) => each.textContent).join(" "));

let announcing = 0;

function narrow() {
  const wanted = wordsOf(line.querySelector("input").value);
  let count = 0;
  for (const country of all("[data-country]")) {
    const named = said(country.querySelector("h2"));
    let shown = 0;
    for (const shop of all("[data-shop]", country)) {
      const words = [...named, ...said(shop)];
      shop.hidden = !wanted.every((want) => words.some((word) => word.startsWith(want)));
      shown += !shop.hidden;
    }
    country.hidden = !shown;
    count += shown;
  }
  none.hidden = count > 0;
  none.textContent = count ? "" : line.dataset.none;
  clearTimeout(announcing);
  if (!wanted.length) return;
  const words = (line.dataset[forms.select(count)] ?? line.dataset.other).replace("{n}", count);
  announcing = setTimeout(() => {
    status.textContent = count ? words : line.dataset.none;
  }, 500); // when the typing rests
}

if (line && none && status) {
  const input = line.querySelector("input");
  line.hidden = false;
  input.addEventListener("input", narrow);
  for (const town of all(".jump a")) {
    town.addEventListener("click", () => {
      input.value = ""; // what it leads to may be hidden
      narrow();
    });
  }
  addEventListener("pageshow", narrow); // a browser that goes back puts in what was typed
}
