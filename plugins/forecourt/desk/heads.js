/* The heads of our files as the editor below /admin/ holds them: "Name: value" lines, or YAML.

   The first of these is what is written, always. What the editor holds as a switch, a list or a picture stands in the
   file as docs/editing.md says: "yes" and "no", words with commas between, a path below content/. */

import { load, FAILSAFE_SCHEMA } from "./yaml.js";

const YAML_HEAD = /^\s*---[ \t]*\n(?<head>[^]*?)^(?:---|\.\.\.)[ \t]*$/m;
const FIELD = /^ {0,3}(?<name>[A-Za-z0-9_-]+):\s*(?<value>.*)/;
const YES = new Set(["yes", "true", "1", "on"]);
const QUOTES = /^[\s"'“”„‘’‚«»]+|[\s"'“”„‘’‚«»]+$/g;

/** The values of a head by their names, each a text, and what stands below it. */
const take = text => {
  if (text.includes("\ufffd")) throw new Error("it is not UTF-8 text; save it again as UTF-8");
  const head = YAML_HEAD.exec(text);
  return head?.index === 0 ? takeYaml(head) : takePlain(text);
};

const takeYaml = head => {
  const said = load(head.groups.head, { schema: FAILSAFE_SCHEMA }) ?? {};
  if (typeof said !== "object" || Array.isArray(said)) throw new Error("between the --- lines stands name: value");
  const values = Object.entries(said).map(([name, value]) => [known(name), flat(value)]);
  return { values: Object.fromEntries(values), body: head.input.slice(head.index + head[0].length) };
};

const flat = value => {
  if (Array.isArray(value)) return value.map(flat).join("\n");
  if (value && typeof value === "object") return Object.entries(value).map(([name, one]) => `${name}: ${flat(one)}`).join("\n");
  return String(value ?? "");
};

const takePlain = text => {
  const values = {};
  const lines = text.split("\n");
  let name = "";
  let line = 0;
  for (; line < lines.length && lines[line].trim(); line += 1) {
    const field = FIELD.exec(lines[line]);
    if (field) {
      name = known(field.groups.name);
      if (name in values) throw new Error(`line ${line + 1}: ${name} stands there twice; take one of them out`);
      values[name] = field.groups.value.trim();
    } else if (name && /^(?: {4}|\t)/.test(lines[line])) {
      values[name] = `${values[name]}\n${lines[line].trim()}`.trim();
    } else break;
  }
  if (!name) throw new Error("the file begins with a line such as Title: Winter in the shops");
  return { values, body: lines.slice(line).join("\n") };
};

const known = name => name.toLowerCase().replaceAll("-", "_");
const bare = text => text.replaceAll(QUOTES, "");
const words = text => text.trim().replace(/^\[|\]$/g, "").split(/[,\n]/).map(bare).filter(Boolean);
const asText = value => String(value ?? "");

/** How what stands in a file looks to the editor, and how what it holds is written, by the kind of field. */
const WAYS = {
  boolean: {
    read: (text, field) => (text ? YES.has(bare(text).toLowerCase()) : field.default),
    write: (value, field) => (value === field.default ? "" : value ? "yes" : "no"),
  },
  image: {
    read: text => text && `/${bare(text).replace("{static}", "").replace(/^\/+/, "")}`,
    write: value => asText(value).replace(/^\/+/, ""),
  },
  list: { read: text => words(text ?? ""), write: value => (value ?? []).join(", ") },
  words: { read: text => text && words(text).join(", "), write: asText },
  select: { read: text => text && bare(text).toLowerCase(), write: asText },
  datetime: { read: text => text && bare(text), write: asText },
  string: { read: text => text?.replaceAll("\n", " "), write: asText },
  text: { read: text => text, write: asText },
};

const below = body => body.replace(/^(?:[ \t]*\n)+/, "").trimEnd();

/** A format of the editor for files with these fields; those of the names ``listed`` hold words. */
export const format = (fields, listed) => {
  const way = field => {
    if (field?.multiple) return WAYS.list;
    if (listed.includes(field?.name)) return WAYS.words;
    return WAYS[field?.widget] ?? WAYS.text;
  };
  const named = Object.fromEntries(fields.filter(({ name }) => name !== "body").map(field => [field.name, field]));
  return {
    fromFile: text => {
      const { values, body } = take(text);
      for (const [name, field] of Object.entries(named)) {
        const value = way(field).read(values[name], field);
        if (value !== undefined) values[name] = value;
      }
      return { ...values, body: below(body).replaceAll("]({static}/images/", "](/images/") };
    },
    toFile: ({ body, ...values }) => {
      const head = Object.entries(values).map(([name, value]) => [name, way(named[name]).write(value, named[name])]);
      const lines = head.filter(([, text]) => text.trim()).map(([name, text]) => put(name, text));
      const text = below(asText(body)).replaceAll("](/images/", "]({static}/images/");
      return `${lines.join("\n")}\n${text ? `\n${text}\n` : ""}`;
    },
  };
};

const put = (name, text) => {
  const lines = text.split("\n").map(line => line.trim()).filter(Boolean);
  return `${name[0].toUpperCase()}${name.slice(1)}: ${lines.join("\n    ")}`;
};
