// A plain Eleventy site: posts, listings by fifty for all of them, their tags and their sources, and feeds.
const SIZE = 50;

/** The pages of one listing, as pagination over several listings at once wants them. */
function paged(path, title, posts) {
  const pages = Math.max(1, Math.ceil(posts.length / SIZE));
  const at = (number) => (number > 1 ? `${path}page/${number}/` : path);
  return Array.from({ length: pages }, (_, place) => ({
    title,
    posts: posts.slice(place * SIZE, (place + 1) * SIZE),
    url: at(place + 1),
    older: place + 1 < pages ? at(place + 2) : "",
    newer: place ? at(place) : "",
  }));
}

/** Every listing with its posts, the newest first. */
function listings(api) {
  const posts = api.getFilteredByGlob("src/posts/*.md").reverse();
  const found = new Map([["/", { title: "Newest posts", posts }]]);
  const add = (path, title, post) => {
    if (!found.has(path)) found.set(path, { title, posts: [] });
    found.get(path).posts.push(post);
  };
  for (const post of posts) {
    add(`/sources/${post.data.source}/`, post.data.source, post);
    for (const tag of post.data.topics) add(`/tags/${tag}/`, tag, post);
  }
  return found;
}

export default function (config) {
  config.addCollection("listings", (api) =>
    [...listings(api)].flatMap(([path, { title, posts }]) => paged(path, title, posts)),
  );
  config.addCollection("feeds", (api) =>
    [...listings(api)].map(([path, { title, posts }]) => ({ path, title, posts: posts.slice(0, SIZE) })),
  );
  const long = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
  config.addFilter("long", (date) => long.format(date));
  config.addFilter("iso", (date) => `${date.toISOString().slice(0, 19)}Z`);
  return {
    dir: { input: "src" },
    markdownTemplateEngine: false,
    htmlTemplateEngine: "njk",
  };
}
