"use strict";
// What every page shares: data, numbers, tables, plots, theme, keys. A page's own script follows and uses it.

const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

/** An element with properties (`class` and attributes with a dash included) and children; text is text, never HTML. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value; else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** The data that the page carries under a name. */
async function load(name) {
  const bytes = Uint8Array.from(atob(document.getElementById(`data-${name}`).textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

// ---- numbers, as numbers.py writes them

const MISSING = "–";

function number(value) {
  if (value == null || Number.isNaN(value)) return MISSING;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  return Math.abs(value) >= 10 ? value.toFixed(1) : String(Number(value.toPrecision(3)));
}

function percent(fraction) {
  const value = 100 * fraction;
  if (Number.isNaN(value)) return MISSING;
  if (!Number.isFinite(value) || value === 0) return `${number(value)} %`;
  return value >= 10 ? `${value.toFixed(1)} %` : `${Number(value.toPrecision(2))} %`;
}

const count = (value) => value.toLocaleString("en", { maximumFractionDigits: 3 });
const share = (part, whole) => part == null ? MISSING : `${whole ? percent(part / whole) : MISSING} (${count(part)}/${count(whole)})`;
const plural = (n, thing) => `${n ? n.toLocaleString("en") : "no"} ${thing}${n === 1 ? "" : "s"}`;

function shorten(text, longest) {
  if (text.length <= longest) return text;
  const head = Math.floor((longest - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(head + 1 - longest)}`;
}

// ---- time

/** Unix time in ms at a GPS second, from what `payload.clock` gave. */
function unix(clock, at) {
  const [from, ms] = clock.findLast(([second]) => second <= at) ?? clock[0];
  return ms + (at - from) * 1000;
}

const utc = (clock, at) => new Date(Math.round(unix(clock, at))).toISOString().replace("T", " ").replace("Z", " UTC");

/** The stretches between `start` and `end` that are not `live`, s from the start. */
function gaps({ start, end, live }) {
  const edges = [0, ...live.flat(), end - start];
  const pairs = [];
  for (let i = 0; i + 1 < edges.length; i += 2) if (edges[i + 1] > edges[i]) pairs.push([edges[i], edges[i + 1]]);
  return pairs;
}

// ---- files and messages

function say(text) {
  $("#said").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { $("#said").textContent = ""; }, 4000);
}

function csv(header, rows) {
  const field = (value) => {
    const text = value == null || Number.isNaN(value) ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [header, ...rows].map((row) => row.map(field).join(",")).join("\n") + "\n";
}

function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  say(`${name} downloaded`);
}

async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say(text); // no access to the clipboard: shown, to be copied by hand
  }
}

// ---- tables

/**
 * A table that can be sorted by each column, and its download. A column has `name`, `value(row)` and, where they
 * differ from the value, `text(row)` and `node(row)`; `words` marks a column of words. At most `limit` rows are shown.
 */
function table({ columns, rows, caption, file, limit = 1000 }) {
  const body = element("tbody");
  const note = element("p", { class: "small" });
  const fill = (sorted) => {
    body.replaceChildren(...sorted.slice(0, limit).map((row) => element("tr", {}, ...columns.map((column) => {
      const cell = element("td", { class: column.words ? "name" : "" });
      cell.append(column.node ? column.node(row) : column.text ? column.text(row) : String(column.value(row) ?? MISSING));
      if (column.words) cell.title = cell.textContent;
      return cell;
    }))));
  };
  const heads = columns.map((column) => {
    const head = element("th", { scope: "col", class: column.words ? "name" : "" });
    head.append(element("button", { type: "button", onclick: () => {
      const down = head.getAttribute("aria-sort") !== "descending" === !column.words;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      fill(sortedBy(rows, column.value, down));
    } }, column.name));
    return head;
  });
  fill(rows);
  const box = element("div", { class: "table-box", tabIndex: 0, role: "region", "aria-label": caption },
    element("table", { class: "table table-sm table-hover" },
      element("caption", { class: "visually-hidden" }, caption), element("thead", {}, element("tr", {}, ...heads)), body));
  const save = () => download(file, csv(columns.map((c) => c.name), rows.map((row) => columns.map((c) => c.value(row)))));
  note.append(element("button", { type: "button", class: "btn btn-sm btn-outline-secondary", onclick: save }, "Download as CSV"));
  if (rows.length > limit) note.append(` The first ${count(limit)} of ${count(rows.length)} rows are shown; the CSV has all.`);
  return element("div", {}, box, note);
}

function sortedBy(rows, value, down) {
  const last = (a) => a == null || Number.isNaN(a); // what is missing stays at the end
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (last(a) || last(b)) return last(a) - last(b);
    return (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1);
  });
}

const cellValue = (cell) => cell.dataset.value ?? cell.textContent.trim();

/** Make a table that is in the page sortable, by numbers where its cells have `data-value` and are no names. */
function sortable(made) {
  const heads = $$("thead th", made);
  heads.forEach((head, i) => {
    const button = element("button", { type: "button", onclick: () => {
      const down = head.getAttribute("aria-sort") !== "descending" === !head.classList.contains("name");
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const words = head.classList.contains("name") || made.tBodies[0].rows[0]?.cells[i].dataset.value == null;
      const value = ({ cells: { [i]: cell } }) => (words ? cellValue(cell) : cell.dataset.value === "" ? null : Number(cell.dataset.value));
      const body = made.tBodies[0];
      body.append(...sortedBy([...body.rows], value, down));
    } });
    button.append(...head.childNodes);
    head.append(button);
  });
}

/** Download a table that is in the page, in full where its cells have `data-value`. */
function saveTable(made, name) {
  const [header, ...rows] = $$("tr", made).map((row) => $$("th, td", row).map(cellValue));
  download(name, csv(header, rows));
}

// ---- plots

const drawn = new Map(); // box of a plot → what makes its traces and layout from the colours of the theme

function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["kept", "vetoed", "before", "after", "winner", "line", "grid", "blank", "bs-body-color", "bs-body-bg"];
  const found = Object.fromEntries(names.map((name) => [name.replace("bs-body-", "body-"), style.getPropertyValue(`--${name}`).trim()]));
  const list = (name) => style.getPropertyValue(`--${name}`).trim().split(/\s+/);
  return { ...found, cycle: list("cycle"), loudness: list("loudness"), rate: list("rate") };
}

/** Draw a plot, now and whenever the theme changes; `make(colours, width)` gives `{traces, layout}`. */
function plot(box, make) {
  drawn.set(box, make);
  redraw(box);
}

function redraw(box) {
  const now = colours();
  const { traces, layout } = drawn.get(box)(now, box.clientWidth);
  const axis = { gridcolor: now.grid, zeroline: false, linecolor: now.line, ticks: "outside", tickcolor: now.grid, automargin: true };
  Plotly.react(box, traces, {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: now["body-color"], size: 12, family: "system-ui, -apple-system, 'Segoe UI', sans-serif" },
    margin: { l: 50, r: 14, t: 24, b: 44 },
    hoverlabel: { bgcolor: now["body-bg"], bordercolor: now.line, font: { color: now["body-color"] }, align: "left" },
    legend: { orientation: "h", x: 0, y: 1, yref: "container", yanchor: "top", bgcolor: "rgba(0,0,0,0)" },
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom", // a finger scrolls the page
    ...layout,
    xaxis: { ...axis, ...layout.xaxis },
    yaxis: { ...axis, ...layout.yaxis },
  }, {
    responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
    showSendToCloud: false, plotlyServerURL: "", // data stay here
  });
}

function extent(values) {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

const widened = (low, high) => [low - 0.01 * (high - low || 1), high + 0.01 * (high - low || 1)];

/** A logarithmic axis from low to high with round numbers along it, at least three. */
function logAxis(low, high, format = (value) => String(value)) {
  const room = 0.04 * Math.log10(high / low);
  const ticks = TICKS_OF_DECADE.map((steps) => decadeTicks(low, high, steps)).find((some) => some.length >= 3) ?? evenTicks(low, high);
  return { type: "log", range: [Math.log10(low) - room, Math.log10(high) + room], tickvals: ticks, ticktext: ticks.map(format) };
}

const TICKS_OF_DECADE = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 8]];

function decadeTicks(low, high, steps) {
  const ticks = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
    for (const step of steps) ticks.push(Number(`${step}e${decade}`));
  }
  return ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
}

function evenTicks(low, high) {
  const most = (high - low) / 3;
  const decade = 10 ** Math.floor(Math.log10(most));
  const step = decade * ([5, 2].find((times) => times * decade <= most) ?? 1);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A name in a plot: Plotly reads some HTML, and formulas between dollars, in its texts. */
const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("$", "&#36;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The rows to draw: all where they are few, else of each stretch of time the one with the most and with the least. */
function thinned(rows, time, size, limit) {
  if (rows.length <= limit) return rows;
  const [from, to] = [time(rows[0]), time(rows[rows.length - 1])];
  const extremes = new Map();
  for (const row of rows) {
    const stretch = Math.floor((limit / 2) * (time(row) - from) / (to - from || 1));
    const kept = extremes.get(stretch) ?? { least: row, most: row };
    if (size(row) < size(kept.least)) kept.least = row;
    if (size(row) > size(kept.most)) kept.most = row;
    extremes.set(stretch, kept);
  }
  return [...new Set([...extremes.values()].flatMap(({ least, most }) => [least, most]))];
}

// ---- theme

function setTheme(name) {
  document.documentElement.dataset.bsTheme = name;
  for (const box of drawn.keys()) if (box.offsetParent) redraw(box); else box.dataset.stale = "yes";
}

function toggleTheme() {
  const name = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  try { localStorage.setItem("culpa-theme", name); } catch { /* storage may be forbidden */ }
  setTheme(name);
  say(`${name} theme`);
}

/** Plots that were hidden when the theme changed are drawn anew once they are seen. */
function refresh(within) {
  for (const box of drawn.keys()) {
    if (within.contains(box) && box.dataset.stale) { delete box.dataset.stale; redraw(box); }
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
  let stored = null;
  try { stored = localStorage.getItem("culpa-theme"); } catch { /* storage may be forbidden */ }
  if (!stored) setTheme(event.matches ? "dark" : "light");
});
addEventListener("beforeprint", () => { setTheme.before = document.documentElement.dataset.bsTheme; setTheme("light"); });
addEventListener("afterprint", () => setTheme(setTheme.before));

// ---- keys and buttons

const keys = new Map();
const actions = new Map();

function onKey(key, label, act) {
  keys.set(key, act);
  $("#help-keys").append(element("dt", {}, element("kbd", {}, key)), element("dd", {}, label));
}

addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=radio]), textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys.has(event.key)) return;
  event.preventDefault();
  keys.get(event.key)();
});
document.addEventListener("click", (event) => {
  const act = actions.get(event.target.closest("[data-do]")?.dataset.do);
  if (act) act();
});

actions.set("theme", toggleTheme).set("link", () => copy(location.href, "Link copied")).set("help", () => $("#help").showModal());
onKey("t", "light or dark", toggleTheme);
onKey("?", "this list", () => $("#help").showModal());
