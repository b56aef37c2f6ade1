// The day: the glitchgram of the main channel and the rates of all channels, on one axis of time.

const MOST_POINTS = 6000;
const MOST_ROWS = 40;
const ROW = 17; // pixels
const parts = $$("section.part").map((section) => section.id);
const view = { time: null, frequency: null, shown: "all", called: "all", filter: "", everyRow: false }; // null: the whole range
let day, triggers;

const gps = (seconds) => (day.start + seconds).toFixed(3);
const ms = (seconds) => unix(day.clock, day.start + seconds);
const rowsOf = ({ time, size, frequency, q, round, called = [], class: label = [], probability = [] }) => time.map((at, i) => (
  { time: at, size: size[i], frequency: frequency[i], q: q[i], round: round[i], called: called[i], label: label[i], probability: probability[i] }));
const loudness = (trigger) => trigger.size ?? -Infinity;

// ---- the axis of time

const wholeDay = () => widened(ms(0), ms(day.end - day.start));
const asMs = (edge) => (typeof edge === "number" ? edge : Date.parse(`${edge.replace(" ", "T")}Z`));
const between = (value, range) => !range || (value >= range[0] && value <= range[1]);

function timeAxis(width) {
  const date = new Date(Math.round(ms(0))).toISOString().slice(0, 10);
  const text = `UTC, from ${date}${width < 500 ? "<br>" : " "}(GPS ${gps(0).replace(".000", "")})`;
  return { type: "date", range: view.time ?? wholeDay(), title: { text }, tickformatstops: [
    { dtickrange: [null, 1000], value: "%H:%M:%S.%3f" }, { dtickrange: [1000, 60000], value: "%H:%M:%S" },
    { dtickrange: [60000, 86400000], value: "%H:%M" }, { dtickrange: [86400000, null], value: "%Y-%m-%d" },
  ] };
}

/** What marks in one plot the time that is pointed at in the other. */
const pointer = (now) => ({ type: "line", yref: "paper", y0: 0, y1: 1, x0: ms(0), x1: ms(0), visible: false, line: { color: now.line, width: 1, dash: "dot" } });

function link(boxes) {
  for (const box of boxes) {
    box.on("plotly_relayout", (changed) => { if (Object.keys(changed).some((key) => /^[xy]axis/.test(key))) zoomed(box); });
    const others = boxes.filter((other) => other !== box);
    box.on("plotly_hover", ({ points: [{ x }] }) => {
      for (const other of others) Plotly.relayout(other, { "shapes[0].x0": x, "shapes[0].x1": x, "shapes[0].visible": true });
    });
    box.on("plotly_unhover", () => { for (const other of others) Plotly.relayout(other, { "shapes[0].visible": false }); });
  }
}

/** Take over what was zoomed to in one plot; the time is that of both. */
function zoomed(box) {
  const same = (range, whole) => range.every((edge, i) => Math.abs(edge - whole[i]) < 1e-6 * (whole[1] - whole[0]));
  const time = box.layout.xaxis.range.map(asMs);
  view.time = same(time, wholeDay()) ? null : time;
  if (box.closest("figure").dataset.plot === "glitchgram") {
    const frequency = box.layout.yaxis.range.map(Number);
    view.frequency = same(frequency, wholePitch()) ? null : frequency;
  }
  showAll();
}

function whole() {
  Object.assign(view, { time: null, frequency: null });
  showAll();
}

function showAll() {
  $("[data-do=whole]").hidden = !view.time && !view.frequency;
  for (const box of drawn.keys()) redraw(box);
  describe();
}

/** A scale of colours and its bar: beside the plot, on a phone above it; `height` of the plot in pixels. */
function colouring(colours, width, title, tickvals, ticks, height = 300) {
  const beside = { x: 1.01, xpad: 4, y: 1, yanchor: "top", ypad: 4, len: Math.max(120, Math.min(320, height)), lenmode: "pixels" };
  const above = { orientation: "h", y: 1, ypad: 6, yanchor: "bottom", x: 0.5, len: 0.9 };
  return {
    colorscale: colours.map((colour, i, all) => [i / (all.length - 1), colour]),
    colorbar: { title: { text: title, side: "top" }, thickness: 10, outlinewidth: 0, tickvals, ticktext: ticks.map(count), ...(width < 500 ? above : beside) },
  };
}

// ---- the glitchgram

const CHOICES = { all: () => true, kept: (trigger) => !trigger.round, vetoed: (trigger) => trigger.round > 0 };

/** What is chosen of triggers: by their round, and by what they are called. */
function matching({ shown, called }) {
  const round = CHOICES[shown] ?? ((trigger) => trigger.round === Number(shown));
  const place = day.called.indexOf(called);
  return (trigger) => round(trigger) && (called === "all" || trigger.called === place);
}

const chosen = () => triggers.filter(matching(view));

/** The powers of ten between which all frequencies lie, with some room. */
function wholePitch() {
  const [low, high] = extent(triggers.filter((trigger) => trigger.frequency > 0).map((trigger) => Math.log10(trigger.frequency)));
  return low < high ? [low - 0.04 * (high - low), high + 0.04 * (high - low)] : low === high ? [low - 0.3, low + 0.3] : [1, 3];
}

function pitchAxis() {
  const range = view.frequency ?? wholePitch();
  return { ...logAxis(10 ** range[0], 10 ** range[1], count), range };
}

/** The triggers to draw: of those in view and chosen the loudest, the loudest last. */
function visible() {
  const inView = chosen().filter((trigger) => trigger.frequency > 0 && between(ms(trigger.time), view.time) && between(Math.log10(trigger.frequency), view.frequency));
  return { inView, drawn: [...inView].sort((one, other) => loudness(other) - loudness(one)).slice(0, MOST_POINTS).reverse() };
}

/** How loud sizes are from 0 (quietest) to 1 (loudest), and the ticks of that scale. */
function scale() {
  const sizes = triggers.map((trigger) => trigger.size).filter((size) => size != null);
  const [low, high] = sizes.length ? extent(sizes) : [1, 10];
  const logarithmic = low > 0 && high > 1.2 * low;
  const place = (size) => (logarithmic ? Math.log(size / low) / Math.log(high / low) : (size - low) / (high - low || 1));
  const ticks = logarithmic ? logAxis(low, high).tickvals : [low, high];
  return { place: (size) => (size == null ? 0 : place(size)), ticks, places: ticks.map(place) };
}

function triggerText(trigger) {
  const fate = trigger.round ? `vetoed in round ${trigger.round}: ${plain(winner(trigger.round))}` : "not vetoed";
  const said = day.called.length ? `<br>${plain(classText(trigger))}` : "";
  return `${day.triggers.measure} ${number(trigger.size)}, ${number(trigger.frequency)} Hz, Q ${number(trigger.q)}<br>` +
    `GPS ${gps(trigger.time)}<br>${utc(day.clock, day.start + trigger.time)}${winners().length ? `<br>${fate}` : ""}${said}`;
}

/** What the network says of a trigger: `blip 0.98`, `blip 0.41, flagged unknown`. */
function classText({ called, label, probability }) {
  if (label == null) return day.called[called];
  const name = day.classes[label];
  const chance = probability == null ? "" : ` ${probability > 0.994 ? ">0.99" : probability < 0.006 ? "<0.01" : probability.toFixed(2)}`;
  return `${name}${chance}${day.called[called] === name ? "" : `, flagged ${day.called[called]}`}`;
}

const winners = () => $$("#rounds tbody th").map((cell) => cell.textContent.trim());
const winner = (round) => winners()[round - 1] ?? "";

function glitchgram(now, width) {
  const { place, ticks, places } = scale();
  const some = visible().drawn;
  const key = (name, symbol) => ({ type: "scatter", mode: "markers", name, x: [null], y: [null], marker: { symbol, color: now.line, size: 9 } });
  const group = (list, symbol) => ({
    type: "scatter", mode: "markers", hoverinfo: "text", showlegend: false,
    x: list.map((trigger) => ms(trigger.time)), y: list.map((trigger) => trigger.frequency), text: list.map(triggerText), customdata: list.map((trigger) => gps(trigger.time)),
    marker: { symbol, color: list.map((trigger) => place(trigger.size)), size: list.map((trigger) => (width < 500 ? 3 + 6 * place(trigger.size) : 4 + 9 * place(trigger.size))), coloraxis: "coloraxis", opacity: 0.9, line: { width: 0.5, color: now["body-bg"] } },
  });
  return {
    traces: [
      group(some.filter((trigger) => !trigger.round), "circle"), group(some.filter((trigger) => trigger.round), "diamond"),
      key("not vetoed", "circle"), key("vetoed", "diamond"),
    ],
    layout: {
      hovermode: "closest",
      xaxis: timeAxis(width),
      yaxis: { title: { text: "frequency (Hz)" }, ...pitchAxis() },
      showlegend: winners().length > 0,
      legend: { orientation: "h", x: 0, y: 1, yref: "container", yanchor: "top", bgcolor: "rgba(0,0,0,0)", itemclick: false, itemdoubleclick: false },
      margin: { l: 50, r: 14, t: 34, b: 44 },
      coloraxis: { cmin: 0, cmax: 1, ...colouring(now.loudness, width, day.triggers.measure, places, ticks) },
      shapes: [pointer(now), ...gaps(day).map(([from, to]) => ({
        type: "rect", layer: "below", yref: "paper", y0: 0, y1: 1, x0: ms(from), x1: ms(to), fillcolor: now.blank, opacity: 0.6, line: { width: 0 },
      }))],
    },
  };
}

const TRIGGER_COLUMNS = () => [
  { name: "GPS (s)", value: (trigger) => Number((day.start + trigger.time).toFixed(6)), text: (trigger) => gps(trigger.time) },
  { name: "UTC", value: (trigger) => utc(day.clock, day.start + trigger.time), words: true },
  { name: "frequency (Hz)", value: (trigger) => trigger.frequency, text: (trigger) => number(trigger.frequency) },
  { name: day.triggers.measure, value: (trigger) => trigger.size, text: (trigger) => number(trigger.size) },
  { name: "Q", value: (trigger) => trigger.q, text: (trigger) => number(trigger.q) },
  { name: "vetoed in round", value: (trigger) => trigger.round || null },
  ...(day.called.length ? [
    { name: "class", value: (trigger) => day.classes[trigger.label] ?? null, words: true }, { name: "probability", value: (trigger) => trigger.probability },
    { name: "called", value: (trigger) => day.called[trigger.called], words: true },
  ] : []),
];

/** Fill lists of rounds and of classes with the triggers of each; `choose` is told what is chosen in one of them. */
function fillChoices(ofRounds, ofClasses, triggers, choose) {
  const choice = (value, text, of) => element("option", { value }, `${text} (${count(triggers.filter(of).length)})`);
  const some = (value, text, of) => (triggers.some(of) ? [choice(value, text, of)] : []);
  const rounds = [
    ...some("kept", "Not vetoed", CHOICES.kept), ...(triggers.some(CHOICES.kept) ? some("vetoed", "Vetoed", CHOICES.vetoed) : []),
    ...winners().flatMap((name, i) => some(String(i + 1), `Round ${i + 1}: ${shorten(name, 44)}`, (trigger) => trigger.round === i + 1)),
  ];
  const classes = day.called.flatMap((name, i) => some(name, name, (trigger) => trigger.called === i));
  for (const [list, key, all, options, hidden] of [
    [$(ofRounds), "shown", "All triggers", rounds, !triggers.some(CHOICES.vetoed)], [$(ofClasses), "called", "All classes", classes, !classes.length],
  ]) {
    list.replaceChildren(choice("all", all, () => true), ...options);
    list.hidden = hidden;
    list.addEventListener("change", () => choose({ [key]: list.value }));
  }
}

function nextChoice(list) {
  const options = $$("option", list).map((option) => option.value);
  list.value = options[(options.indexOf(list.value) + 1) % options.length];
  list.dispatchEvent(new Event("change"));
  say(list.selectedOptions[0].textContent);
}

function choose(changed) {
  Object.assign(view, changed);
  $("#shown").value = view.shown;
  $("#called").value = view.called;
  redraw($("#glitchgram .plot-box"));
  describe();
}

/** A number of the table of classes by rounds leads to its triggers: in a round to their pictures, else to the glitchgram. */
function lead({ called, shown, value }) {
  choose({ called, shown });
  const there = !(shown in CHOICES) && scans.all.some(matching({ called, shown }));
  if (there) chooseScans({ called, shown });
  $(there ? "#qscans" : "#glitchgram").scrollIntoView();
  const fate = { all: "", kept: ", not vetoed" }[shown] ?? `, round ${shown}`;
  say(`${plural(Number(value), "trigger")}: ${called === "all" ? "all classes" : called}${fate}`);
}

function startClasses() {
  for (const cell of $$("#witnesses td[data-called]")) {
    if (cell.dataset.value === "0") continue;
    const button = element("button", { type: "button", onclick: () => lead(cell.dataset) });
    button.append(...cell.childNodes);
    cell.append(button);
  }
  for (const id of ["class-rows", "witnesses"]) if (document.getElementById(id)) sortable(document.getElementById(id));
  actions.set("classes-csv", () => saveTable($("#class-rows"), "classes.csv")).set("witnesses-csv", () => saveTable($("#witnesses"), "classes_by_witness.csv"));
}

// ---- the rates

function rows() {
  const wanted = view.filter.toLowerCase();
  return day.rates.channels.map((channel, i) => ({ channel, i })).filter(({ channel }) => channel.toLowerCase().includes(wanted));
}

const rowsShown = () => (view.everyRow ? rows() : rows().slice(0, MOST_ROWS));
const searchedOf = (i) => day.rates.searched[day.rates.pattern[i]];

/** Triggers per hour of searched time; null where too little of a bin was searched. */
function rate(i, bin) {
  const searched = searchedOf(i)[bin] ?? 1;
  return searched < 0.1 ? null : day.rates.counts[i][bin] / searched / day.rates.width * 3600;
}

function ratePlot(now, width) {
  const { edges, counts } = day.rates;
  const list = rowsShown();
  const one = 3600 / day.rates.width; // the rate of one trigger in a bin
  const bent = (value) => (value == null ? null : Math.log10(1 + value / one));
  const most = Math.max(one, ...day.rates.channels.map((_, i) => Math.max(0, ...counts[i].map((_, bin) => rate(i, bin) ?? 0))));
  const ticks = [0, ...(logAxis(one, Math.max(most, 10 * one))?.tickvals ?? [])].filter((tick) => tick <= most);
  const longest = width < 500 ? 16 : width < 900 ? 28 : 46;
  const names = list.map(({ channel }) => (channel === day.main ? `<b>${plain(shorten(channel, longest))}</b>` : plain(shorten(channel, longest))));
  const height = ROW * Math.max(list.length, 6) + (width < 500 ? 168 : 110);
  $("#channels .plot-box").style.height = `${height}px`;
  const cells = (value) => list.map(({ i }) => counts[i].map((_, bin) => value(rate(i, bin))));
  const places = list.map((_, place) => place);
  const text = list.map(({ channel, i }) => counts[i].map((n, bin) => `${plain(channel)}<br>${plural(n, "trigger")}, ${number(rate(i, bin))} an hour<br>` +
    `from GPS ${gps(edges[bin]).replace(".000", "")}<br>${utc(day.clock, day.start + edges[bin]).slice(0, 19)} UTC`));
  return {
    traces: [
      { type: "heatmap", x: edges.map(ms), y: places, z: cells((value) => (value == null ? 1 : null)), hoverinfo: "skip", showscale: false, colorscale: [[0, now.blank], [1, now.blank]] },
      { type: "heatmap", x: edges.map(ms), y: places, z: cells(bent), text, hoverinfo: "text", coloraxis: "coloraxis", ygap: 1 },
    ],
    layout: {
      height,
      margin: { l: 50, r: 14, t: 12, b: 60 },
      xaxis: { ...timeAxis(width), showgrid: false },
      yaxis: { tickvals: places, ticktext: names, range: [Math.max(list.length, 6) - 0.5, -0.5], showgrid: false, fixedrange: true, ticks: "", tickfont: { size: width < 500 ? 9 : 11 } },
      coloraxis: { cmin: 0, cmax: bent(most), ...colouring(now.rate, width, "per hour", ticks.map(bent), ticks, height - 110) },
      shapes: [pointer(now)],
    },
  };
}

function filterRows(text) {
  view.filter = text.trim();
  const names = new Set(rows().map(({ channel }) => channel));
  for (const row of $$("#rows tbody tr")) row.hidden = !names.has(row.cells[0].title);
  redraw($("#channels .plot-box"));
  describe();
}

// ---- what is drawn, in words

function describe() {
  const { total } = day.triggers;
  const { inView, drawn: some } = visible();
  const said = [];
  if (some.length < inView.length) said.push(`The ${count(some.length)} loudest of ${count(inView.length)} in view are drawn, ${day.triggers.measure} ${number(some[0].size)} and more: zoom in for the others.`);
  if (triggers.length < total) said.push(`The page carries the ${count(triggers.length)} loudest of ${count(total)} triggers; the trigger files have all.`);
  const lost = triggers.filter((trigger) => !(trigger.frequency > 0)).length;
  if (lost) said.push(`${plural(lost, "trigger")} without a frequency ${lost === 1 ? "is" : "are"} not drawn.`);
  const unsearched = gaps(day).reduce((sum, [from, to]) => sum + to - from, 0);
  if (unsearched) said.push(`Grey: not searched, ${count(unsearched)} s in all.`);
  Object.assign($("#glitchgram .thinned"), { textContent: said.join(" "), hidden: !said.length });
  if (!$("#channels figure")) return;
  const [here, all] = [rowsShown().length, rows().length];
  const few = here < all ? `The ${here} channels with the highest rates of ${count(all)} are drawn. ` : "";
  Object.assign($("#channels .thinned"), { textContent: `${few}Bins of ${count(day.rates.width)} s. Grey: less than a tenth was searched.`, hidden: false });
  $("#unfound").textContent = all ? "" : "No channel has this in its name.";
  Object.assign($("[data-do=all-rows]"), { textContent: view.everyRow ? `Only ${MOST_ROWS} channels` : `All ${count(all)} channels`, hidden: all <= MOST_ROWS });
}

// ---- start

function stepPart(by) {
  const tops = parts.map((id) => document.getElementById(id).getBoundingClientRect().top);
  const here = tops.findLastIndex((top) => top < 100);
  const next = document.getElementById(parts[Math.min(Math.max(here + by, 0), parts.length - 1)]);
  $("h2", next).focus({ preventScroll: true });
  next.scrollIntoView();
}

function otherDay(id) {
  const there = document.getElementById(id);
  if (there.href) location.href = there.href; else say(id === "prev" ? "No day before this one" : "No day after this one");
}

async function start() {
  day = await load("day");
  triggers = rowsOf(day.triggers);
  actions.set("whole", whole).set("rounds-csv", () => saveTable($("#rounds"), "rounds.csv")).set("channels-csv", () => saveTable($("#rows"), "channels.csv"));
  actions.set("all-rows", () => { view.everyRow = !view.everyRow; showAll(); });
  onKey("p", "previous day", () => otherDay("prev"));
  onKey("n", "next day", () => otherDay("next"));
  onKey("j", "next part of the page", () => stepPart(1));
  onKey("k", "previous part of the page", () => stepPart(-1));
  onKey("v", "other triggers: all, not vetoed, vetoed, by round", () => nextChoice($("#shown")));
  if (day.called.length) onKey("c", "other classes of triggers", () => nextChoice($("#called")));
  onKey("0", "whole day", whole);
  onKey("/", "find a channel", () => { $("#filter")?.focus(); $("#filter")?.select(); });
  fillChoices("#shown", "#called", triggers, choose);
  startClasses();
  if (day.scans?.stem.length) startScans();
  $("#filter")?.addEventListener("input", () => filterRows($("#filter").value));
  if ($("#rows")) sortable($("#rows"));
  plot($("#glitchgram .plot-box"), glitchgram);
  if ($("#channels .plot-box")) plot($("#channels .plot-box"), ratePlot);
  link([...drawn.keys()]);
  $("#glitchgram .plot-box").on("plotly_click", ({ points: [{ customdata }] }) => copy(customdata, `GPS ${customdata} copied`));
  const details = $("#glitchgram details");
  details.addEventListener("toggle", () => details.append(table({ caption: "Triggers of the main channel", columns: TRIGGER_COLUMNS(), rows: triggers, file: "triggers.csv" })), { once: true });
  describe();
  document.documentElement.dataset.ready = "yes";
}

start();
