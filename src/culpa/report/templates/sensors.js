// A search in a table of sensors: scores of all rows, each event and unit with its readings, any sensor over all rows.

const KINDS = { point: "circle", contextual: "diamond", collective: "square" };
const PANEL = 128; // pixels of a sensor's readings
const WIDTH = 3; // usual deviations of the band around what is expected
const MOST_STEPS = 60; // that are marked
const FEW = 250; // rows that get a marker each
const zooms = new Map(); // box of a plot → the rows that it shows
const HIDDEN = 0.08; // of the range of readings: a band that is narrower is hardly seen
let run, windows, sensors, middle;
const current = { event: null, unit: null, drawn: null };

const kindColour = (colours, kind) => colours.cycle[Object.keys(KINDS).indexOf(kind)];
const digits = (value) => (value == null ? MISSING : Math.abs(value) >= 1e5 ? String(value) : value.toLocaleString("en", { maximumSignificantDigits: 6 }));
const part = (share) => `${Math.round(100 * share)} %`;
const rowText = (first, last) => (first === last ? count(first) : `${count(first)}–${count(last)}`);
const bidi = (text) => element("bdi", {}, text);

// ---- the axis of rows

const isDate = (time) => /^\d{4,}-\d\d-\d\d /.test(time);

/** The row itself, and its time below where there is one; `timeAt(row)` gives "" where there is none. */
function rowTicks([low, high], width, timeAt) {
  const most = Math.max(3, Math.floor(width / 130));
  const least = Math.max(1, (high - low) / most);
  const decade = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, decade * [1, 2, 5, 10].find((times) => times * decade >= least));
  const ticks = [];
  for (let row = Math.ceil(Math.max(low, 0) / step) * step; row <= high; row += step) ticks.push(row);
  const times = ticks.map(timeAt);
  const days = new Set(times.filter(isDate).map((time) => time.slice(0, 10)));
  const short = (time) => (!isDate(time) ? time : days.size > 1 ? time.slice(5, 16) : time.slice(11, 19));
  const title = days.size === 1 ? `row, and its time (UTC, ${[...days][0]})` : days.size ? "row, and its time (UTC)" : times.some(Boolean) ? "row, and its time" : "row";
  return { tickvals: ticks, ticktext: ticks.map((row, i) => (times[i] ? `${count(row)}<br>${short(times[i])}` : count(row))), title };
}

function rowAxis(box, range, width, timeAt) {
  const shown = zooms.get(box) ?? range;
  const { tickvals, ticktext, title } = rowTicks(shown, width, timeAt);
  return { range: shown, tickvals, ticktext, title: { text: title } };
}

/** Follow what is zoomed to along the rows: ticks are for what is shown. */
function followZoom(box) {
  box.on("plotly_relayout", (changed) => {
    const keys = Object.keys(changed);
    if (!keys.some((key) => key.startsWith("xaxis.range"))) return;
    zooms.set(box, box.layout.xaxis.range.map(Number));
    redraw(box);
  });
  box.on("plotly_doubleclick", () => { zooms.delete(box); redraw(box); });
}

const placeOf = (row) => run.edges.findLastIndex((edge, i) => edge <= row && i < run.edges.length - 1);
const overviewTime = (row) => (run.times && row >= 0 && row < run.rows ? run.times[placeOf(row)] : "");
const longestStep = () => run.rows / Math.max(middle.length, 1) + 1; // between the middles of two places
const wholeRange = () => widened(0, Math.max(run.rows - 1, 1));

// ---- lines and bands with gaps

/** A closed outline of each stretch in which both edges are known and steps are no longer; a lone place gets some width. */
function outlines(x, low, high, step) {
  const [xs, ys] = [[], []];
  let from = 0;
  while (from < x.length) {
    if (low[from] == null || high[from] == null) { from++; continue; }
    let to = from;
    while (to + 1 < x.length && low[to + 1] != null && high[to + 1] != null && x[to + 1] - x[to] <= step + 1e-9) to++;
    const places = Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const along = places.length > 1 ? places.map((i) => x[i]) : [x[from] - step / 2, x[from] + step / 2];
    const [top, bottom] = [high, low].map((edge) => (places.length > 1 ? places.map((i) => edge[i]) : [edge[from], edge[from]]));
    xs.push(...along, ...along.toReversed(), along[0], null);
    ys.push(...top, ...bottom.toReversed(), top[0], null);
    from = to + 1;
  }
  return { x: xs, y: ys };
}

/** A line that breaks where rows are left out, with a marker on what has no neighbour. */
function line(x, y, step) {
  const [xs, ys, sizes, places] = [[], [], [], []];
  const known = (i) => i >= 0 && i < x.length && y[i] != null;
  const joined = (i, other) => known(other) && Math.abs(x[i] - x[other]) <= step + 1e-9;
  x.forEach((at, i) => {
    if (i && at - x[i - 1] > step + 1e-9) { xs.push(null); ys.push(null); sizes.push(0); places.push(null); }
    xs.push(at); ys.push(y[i]); places.push(i);
    sizes.push(known(i) && !joined(i, i - 1) && !joined(i, i + 1) ? 4 : 0);
  });
  return { x: xs, y: ys, sizes, places };
}

const inked = (color, width, size, dash = "solid") => ({ line: { color, width, dash }, marker: { color, size } });

// ---- the scores of all rows

function sizeRange(values) {
  const [low, high] = extent(values.filter((value) => value != null));
  return low > 0 && high > 2 * low ? logAxis(low, high, count) : {};
}

function eventText(event) {
  const [[name, share]] = event.blamed;
  const at = run.clock === "row" ? "" : `<br>${event.start}${event.end === event.start ? "" : ` to ${event.end}`}`;
  return `event ${event.number}: ${event.kind}, score ${number(event.score)}<br>${plain(shorten(name, 60))} ${part(share)}<br>rows ${rowText(event.first, event.last)}${at}`;
}

const eventMiddle = (event) => (event.first + event.last) / 2;

/** Events as markers in the colours of their kinds, at a height. */
function eventTraces(colours, events, height, legend = true) {
  return Object.entries(KINDS).flatMap(([kind, symbol]) => {
    const some = events.filter((event) => event.kind === kind);
    if (!some.length) return [];
    return [{
      type: "scatter", mode: "markers", name: `${kind} (${count(some.length)})`, hoverinfo: "text", showlegend: legend,
      x: some.map(eventMiddle), y: some.map(height), text: some.map(eventText), customdata: some.map((event) => event.number),
      error_x: { type: "data", array: some.map((event) => (event.last - event.first) / 2), color: kindColour(colours, kind), thickness: 2.5, width: 0 },
      marker: { color: kindColour(colours, kind), symbol, size: 9, line: { width: 1, color: colours["body-bg"] } },
    }];
  });
}

function scorePlot(box) {
  return (colours, width) => {
    const shown = line(middle, run.score, longestStep());
    const chosen = run.events.find((event) => event.number === current.event);
    const there = eventsByPlace(run.events);
    const positive = run.score.filter((value) => value > 0);
    const log = run.limit > 0 ? sizeRange([...positive, run.limit, ...run.events.map((event) => event.score)]) : {};
    return {
      traces: [
        { type: "scatter", mode: "lines+markers", name: "score", x: shown.x, y: shown.y.map((value) => (log.type && !(value > 0) ? null : value)), hoverinfo: "text",
          text: shown.places.map((i) => (i == null ? "" : placeText(i, `score ${number(run.score[i])}`, there[i]))),
          customdata: shown.places.map((i) => there[i]?.number ?? null), ...inked(colours.kept, 1, shown.sizes), showlegend: false },
        { type: "scatter", mode: "lines", name: `limit ${number(run.limit)}`, x: wholeRange(), y: [run.limit, run.limit], hoverinfo: "skip", line: { color: colours.line, width: 1.5, dash: "dash" } },
        ...(chosen ? [{
          type: "scatter", mode: "markers", x: [eventMiddle(chosen)], y: [chosen.score], hoverinfo: "skip", showlegend: false,
          marker: { symbol: "circle-open", size: 19, color: colours.winner, line: { width: 2, color: colours.winner } },
        }] : []),
        ...eventTraces(colours, run.events, (event) => event.score),
      ],
      layout: {
        hovermode: "closest",
        margin: { l: 50, r: 14, t: 34, b: 60 },
        xaxis: rowAxis(box, wholeRange(), width, overviewTime),
        yaxis: { title: { text: "score" }, fixedrange: true, ...log },
      },
    };
  };
}

function placeText(i, what, event) {
  const time = run.times?.[i];
  return `${event ? `${eventText(event)}<br>` : ""}${what}<br>row${run.edges[i + 1] - run.edges[i] > 1 ? "s" : ""} ${rowText(run.edges[i], run.edges[i + 1] - 1)}${time ? `<br>from ${time}` : ""}`;
}

/** The loudest of these events in each place, null where there is none: what a click there opens. */
function eventsByPlace(events) {
  const found = middle.map(() => null);
  for (const event of events.toReversed()) found.fill(event, placeOf(event.first), placeOf(event.last) + 1); // the loudest last
  return found;
}

function openClicked(box) {
  box.on("plotly_click", ({ points }) => {
    const event = points.map((point) => point.customdata).find((given) => given != null);
    if (event != null) location.hash = `#event-${event}`;
  });
}

// ---- one event or unit with its readings

/** Stretches of rows of one step each. */
function stretches({ rows, steps }) {
  const found = [];
  rows.forEach((row, i) => {
    const last = found.at(-1);
    if (last && last.step === steps[i] && row - last.to === 1) last.to = row; else found.push({ step: steps[i], from: row, to: row });
  });
  return found;
}

function stepMarks(of, colours, range, pixels, top) {
  if (!of.steps || of.steps.every((step) => !step)) return { shapes: [], annotations: [] };
  const all = stretches(of).filter(({ from, to }) => to >= range[0] && from <= range[1]);
  if (all.length > MOST_STEPS) return { shapes: [], annotations: [] };
  const shapes = all.slice(1).map(({ from }) => ({ type: "line", x0: from - 0.5, x1: from - 0.5, yref: "paper", y0: 0, y1: 1, layer: "below", line: { color: colours.line, width: 1, dash: "dot" } }));
  const annotations = all.flatMap(({ step, from, to }) => {
    const [a, b] = [Math.max(from, range[0]), Math.min(to, range[1])];
    const room = ((b - a + 1) / (range[1] - range[0])) * pixels;
    const text = [`step ${step}`, step].find((one) => 6.5 * one.length + 4 <= room);
    return text ? [{ x: (a + b) / 2, xref: "x", y: 1, yref: "paper", yshift: top, yanchor: "bottom", showarrow: false, text: plain(text), font: { size: 11, color: colours.line } }] : [];
  });
  return { shapes, annotations };
}

const edgesOf = (of, i) => [-1, 1].map((sign) => of.expected[i].map((value, k) => (value == null || of.usual[i][k] == null ? null : value + sign * WIDTH * of.usual[i][k])));

/** What is drawn of a sensor of a window: the readings, what was expected and the band around it; or all that in usual deviations. */
function courses(of, i, deviations) {
  const [low, high] = edgesOf(of, i);
  if (!deviations) return { read: of.values[i], expected: of.expected[i], low, high };
  const usual = of.usual[i], known = (value) => low.map((edge, k) => (edge == null || !(usual[k] > 0) ? null : value));
  const read = of.values[i].map((value, k) => (value == null || low[k] == null || !(usual[k] > 0) ? null : (value - of.expected[i][k]) / usual[k]));
  return { read, expected: known(0), low: known(-WIDTH), high: known(WIDTH) };
}

/** Whether the readings' range makes the band around what is expected too narrow to be seen. */
function hidesBand(of) {
  const known = of.values[0].filter((value) => value != null), [low, high] = edgesOf(of, 0);
  const heights = low.flatMap((edge, k) => (edge == null ? [] : [high[k] - edge])).sort((one, other) => one - other);
  const [least, most] = extent(known);
  return heights.length > 0 && known.length > 0 && heights[heights.length >> 1] < HIDDEN * (most - least);
}

const showsDeviations = (of) => (current.drawn ?? (hidesBand(of) ? "deviations" : "readings")) === "deviations";

function panelTraces(of, i, colours, y, { deviations, narrow }) {
  const { read, expected, low, high } = courses(of, i, deviations);
  const [values, course] = [line(of.rows, read, 1), line(of.rows, expected, 1)];
  const shared = { type: "scatter", yaxis: y, showlegend: i === 0 };
  return [
    { ...shared, mode: "lines", name: `± ${WIDTH} usual${narrow ? "" : " deviations"}`, ...outlines(of.rows, low, high, 1), fill: "toself", fillcolor: colours.before,
      opacity: 0.22, line: { width: 0.5, color: colours.before }, hoverinfo: "skip" },
    { ...shared, mode: "lines+markers", name: "expected", x: course.x, y: course.y, ...inked(colours.before, 1.5, course.sizes, "dash"), hoverinfo: "skip" },
    { ...shared, mode: "lines+markers", name: deviations ? "deviations" : "readings", x: values.x, y: values.y, ...inked(colours.winner, 1.5, of.rows.length <= FEW ? 4 : values.sizes),
      hoverinfo: "text", text: values.places.map((k) => (k == null ? "" : readingText(of, i, k))) },
  ];
}

/** The range of what is drawn of a sensor in these rows. */
function panelRange(of, i, [from, to], deviations) {
  const { read, low, high } = courses(of, i, deviations);
  const seen = [read, low, high].flatMap((list) => list.filter((value, k) => value != null && of.rows[k] >= from && of.rows[k] <= to));
  const [least, most] = seen.length ? extent(seen) : [0, 1];
  const room = 0.07 * (most - least) || 0.05 * Math.abs(most) || 1;
  return [least - room, most + room];
}

function readingText(of, i, k) {
  const [value, expected, usual] = [of.values[i][k], of.expected[i][k], of.usual[i][k]];
  const away = value != null && expected != null && usual > 0 ? `, ${number((value - expected) / usual)} usual deviations` : "";
  const known = expected == null ? "" : `<br>expected ${digits(expected)}${away}`;
  return `${plain(shorten(of.sensors[i], 60))} ${digits(value)}${known}<br>${whereText(of, k)}`;
}

function whereText(of, k) {
  const step = of.steps?.[k] ? `, step ${plain(of.steps[k])}` : "";
  return `row ${count(of.rows[k])}${step}${of.times ? `<br>${of.times[k]}` : ""}<br>score ${number(of.score[k])}`;
}

function windowPlot(box, of, one, shaded) {
  return (colours, width) => {
    const narrow = width < 500, deviations = showsDeviations(of);
    const range = zooms.get(box) ?? [of.rows[0] - 1, of.rows.at(-1) + 1];
    const marks = stepMarks(of, colours, range, width - 70, 20);
    const panels = of.sensors.length + 1;
    const [top, bottom, gap] = [(narrow ? 66 : 50) + (marks.annotations.length ? 20 : 0), 60, 26];
    const inner = panels * PANEL + (panels - 1) * gap;
    box.style.height = `${inner + top + bottom}px`;
    const domain = (i) => [1 - (i * (PANEL + gap) + PANEL) / inner, 1 - (i * (PANEL + gap)) / inner].map((edge) => Math.min(1, Math.max(0, edge)));
    const ruled = (i) => ({
      gridcolor: colours.grid, zeroline: false, linecolor: colours.line, ticks: "outside", tickcolor: colours.grid, automargin: true,
      fixedrange: true, nticks: 5, minexponent: 6, domain: domain(i),
    });
    const axes = of.sensors.map((_, i) => ({ ...ruled(i), range: panelRange(of, i, range, deviations) }));
    const scores = scoreTraces(of, colours, range, axisName("y", panels - 1));
    axes.push({ ...ruled(panels - 1), ...scores.axis });
    const heads = [...of.sensors.map((name, i) => panelHead(one, name, narrow)), `<b>score</b> (dashed: the limit, ${number(run.limit)})`];
    return {
      traces: [...of.sensors.flatMap((_, i) => panelTraces(of, i, colours, axisName("y", i), { deviations, narrow })), ...scores.traces],
      layout: {
        height: inner + top + bottom,
        hovermode: "closest",
        margin: { l: 50, r: 14, t: top, b: bottom },
        ...Object.fromEntries(axes.map((axis, i) => [axisName("yaxis", i), axis])),
        xaxis: {
          ...rowAxis(box, range, width, (row) => of.times?.[of.rows.indexOf(row)] ?? ""), anchor: axisName("y", panels - 1),
          showspikes: true, spikemode: "across", spikethickness: 1, spikedash: "dot", spikecolor: colours.line,
        },
        shapes: [
          ...(shaded ? [{ type: "rect", layer: "below", yref: "paper", y0: 0, y1: 1, x0: one.first - 0.5, x1: one.last + 0.5, fillcolor: shaded(colours), opacity: 0.16, line: { width: 0 } }] : []),
          ...(shaded ? [one.first - 0.5, one.last + 0.5].map((x) => ({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, layer: "below", line: { color: shaded(colours), width: 2 } })) : []),
          ...marks.shapes,
        ],
        annotations: [
          ...heads.map((text, i) => ({
            x: 0, xref: "paper", xanchor: "left", y: domain(i)[1], yref: "paper", yanchor: "bottom", showarrow: false, text,
            font: { size: 12 }, bgcolor: colours["body-bg"], borderpad: 1,
          })),
          ...marks.annotations,
        ],
      },
    };
  };
}

const axisName = (name, i) => (i ? `${name}${i + 1}` : name);

function scoreTraces(of, colours, range, yaxis) {
  const positive = of.score.filter((value) => value > 0);
  const log = run.limit > 0 && positive.length ? sizeRange([...positive, run.limit]) : {};
  const { x, y, sizes, places } = line(of.rows, of.score.map((value) => (log.type && !(value > 0) ? null : value)), 1);
  return {
    axis: log.type ? { ...log, ...thinTicks(log) } : {},
    traces: [
      { type: "scatter", mode: "lines+markers", x, y, yaxis, ...inked(colours.line, 1.5, sizes), showlegend: false, hoverinfo: "text",
        text: places.map((k) => (k == null ? "" : whereText(of, k))) },
      { type: "scatter", mode: "lines", x: range, y: [run.limit, run.limit], yaxis, line: { color: colours.line, width: 1.5, dash: "dash" }, hoverinfo: "skip", showlegend: false },
    ],
  };
}

const thinTicks = ({ tickvals, ticktext }) => {
  const every = Math.ceil(tickvals.length / 4);
  return { tickvals: tickvals.filter((_, i) => i % every === 0), ticktext: ticktext.filter((_, i) => i % every === 0) };
};

function panelHead(one, name, narrow) {
  const [, share, deviation] = one.blamed.find(([blamed]) => blamed === name) ?? [];
  const said = share == null ? "" : ` ${part(share)}${deviation && !narrow ? `, on average ${deviation} usual deviations` : ""}`;
  return `<b>${plain(shorten(name, narrow ? 26 : 70))}</b>${said}`;
}

function windowTable(of) {
  const rows = of.rows.map((row, i) => ({ row, i }));
  const filled = (list) => list?.some((text) => text);
  return {
    rows, file: "rows.csv", columns: [
      { name: "row", value: ({ row }) => row },
      ...(filled(of.times) ? [{ name: "time", value: ({ i }) => of.times[i], words: true }] : []),
      ...(filled(of.steps) ? [{ name: "step", value: ({ i }) => of.steps[i], words: true }] : []),
      ...of.sensors.flatMap((name, s) => [[name, of.values], [`${name}: expected`, of.expected], [`${name}: usual deviation`, of.usual]].map(([head, values]) => (
        { name: head, value: ({ i }) => values[s][i], text: ({ i }) => digits(values[s][i]) }))),
      { name: "score", value: ({ i }) => of.score[i], text: ({ i }) => number(of.score[i]) },
    ],
  };
}

/** Put the table of a plot that changes behind its "View as table", made when it is opened. */
function tableOf(figure, caption, make) {
  const old = $("details", figure);
  const details = element("details", { class: old.className }, $("summary", old));
  details.addEventListener("toggle", () => details.append(table({ caption, ...make() })), { once: true });
  old.replaceWith(details);
}

function fact(name, ...values) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, ...values));
}

function blamedTable(blamed, statistics) {
  const withDeviations = blamed.some(([, , deviation]) => deviation);
  const names = ["Sensor to blame", "Share", ...(withDeviations ? ["Mean deviation (usual ones)"] : [])];
  const head = element("tr", {}, ...names.map((text, i) => element("th", { scope: "col", class: i < 2 ? "name" : "" }, element("b", {}, text))));
  const lines = blamed.map(([name, share, deviation]) => {
    const bar = element("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--part", share);
    const drawn = sensors.names.includes(name);
    const shown = drawn ? element("a", { href: `#sensor/${encodeURIComponent(name)}` }, bidi(name)) : bidi(name);
    return element("tr", {}, element("th", { scope: "row", class: "name", title: name }, shown),
      element("td", { class: "bars" }, bar, ` ${percent(share)}`), ...(withDeviations ? [element("td", {}, deviation)] : []));
  });
  const made = element("table", { class: "table table-sm" }, element("thead", {}, head), element("tbody", {}, ...lines));
  const box = element("div", { class: "table-box d-inline-block mw-100", tabIndex: 0, role: "region", "aria-label": "Sensors to blame" }, made);
  if (!statistics?.length) return [box];
  return [box, element("p", { class: "small mb-1" }, "Its statistics that are furthest from usual, in usual deviations:"),
    element("ul", { class: "small" }, ...statistics.map((text) => element("li", { class: "text-break" }, text)))];
}

/** Show an event or a unit: what it is, its window where it has one, and what is to blame. */
function look(section, { one, of, title, facts, place, missing, shaded }) {
  const box = $(".plot-box", section), figure = $("figure", section);
  section.hidden = false;
  $("h2", section).replaceChildren(...title);
  $(".told", section).replaceChildren(...facts);
  $(".place", section).textContent = place;
  Object.assign($(".undrawn", section), { textContent: missing, hidden: Boolean(of) });
  $(".blamed", section).replaceChildren(...blamedTable(one.blamed, one.statistics));
  figure.hidden = !of;
  if (!of) return;
  $("figcaption p", section).textContent = of.said;
  zooms.delete(box);
  Plotly.purge(box);
  plot(box, windowPlot(box, of, one, shaded));
  followZoom(box);
  showDrawn(section, of);
  tableOf(figure, $("h2", section).textContent, () => windowTable(of));
}

/** Say what is drawn of the sensors of a window: readings or deviations. */
function showDrawn(section, of) {
  const deviations = showsDeviations(of);
  for (const choice of $$("fieldset input", section)) choice.checked = (choice.value === "deviations") === deviations;
  const notes = [
    deviations ? "Drawn: how far readings are from what is expected, in usual deviations." : "",
    deviations && !current.drawn ? "The range of the readings would hide that." : "",
    of.steps && stretches(of).length > MOST_STEPS ? "There are too many steps to mark them." : "",
  ].filter(Boolean).join(" ");
  Object.assign($(".thinned", section), { textContent: notes, hidden: !notes });
}

/** Draw readings or deviations from now on, in every window. */
function drawAs(what) {
  current.drawn = what;
  for (const [section, of] of [[$("#event"), windows.events[current.event]], [$("#unit"), windows.units[current.unit]]]) {
    if (!section || !of) continue;
    redraw($(".plot-box", section));
    showDrawn(section, of);
  }
  say(`${what} are drawn`);
}

// ---- events and units by their address

const rowsOf = (id, name) => $$(`#${id} tbody tr`).filter((row) => !row.hidden).map((row) => row.dataset[name]);
const eventsInOrder = () => rowsOf("event-rows", "event");
const unitsInOrder = () => rowsOf("unit-rows", "unit");

function mark(id, name, value) {
  for (const row of $$(`#${id} tbody tr`)) {
    if (row.dataset[name] === String(value)) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
  }
}

const placeIn = (list, value) => (list.includes(String(value)) ? `${count(list.indexOf(String(value)) + 1)} of ${count(list.length)}` : "not in the table as filtered");

function showEvent(value) {
  const one = run.events.find((event) => event.number === value);
  const unit = run.units.findIndex((some) => some.name === one.unit);
  const whereabouts = ["group", "unit", "step"].filter((name) => one[name]).map((name) => fact(name[0].toUpperCase() + name.slice(1),
    name === "unit" && unit >= 0 ? element("a", { href: `#unit-${unit + 1}` }, bidi(one.unit)) : bidi(one[name])));
  current.event = value;
  look($("#event"), {
    one, of: windows.events[value],
    title: [`Event ${count(value)}: ${one.kind}, `, bidi(one.blamed[0][0])],
    facts: [
      fact("Score", number(one.score)), fact("Rows", `${rowText(one.first, one.last)} (${count(one.last - one.first + 1)})`),
      ...(run.clock === "row" ? [] : [fact(run.clock === "utc" ? "From, to (UTC)" : "From, to", one.start === one.end ? one.start : `${one.start} to ${one.end}`)]), ...whereabouts,
    ],
    place: placeIn(eventsInOrder(), value),
    missing: `Its rows are not in this page: the ${plural(Object.keys(windows.events).length, "loudest event").replace(/^1 /, "")} of the file are drawn.`,
    shaded: (colours) => kindColour(colours, one.kind),
  });
  mark("event-rows", "event", value);
  redrawSeen($("#scores .plot-box"));
}

function showUnit(value) {
  const one = run.units[value - 1];
  current.unit = value;
  look($("#unit"), {
    one, of: windows.units[value],
    title: ["Unit ", bidi(one.name), one.anomalous ? ": unusual" : ": not unusual"],
    facts: [
      fact("Score", number(one.score)), fact("Rows", rowText(one.first, one.last)), ...(one.group ? [fact("Group", bidi(one.group))] : []),
      fact("In the reference", one.reference ? "yes" : "no"),
    ],
    place: placeIn(unitsInOrder(), value),
    missing: one.anomalous ? "Its rows are not in this page: only the oddest units are drawn." : "Its rows are not in this page: only units that are unusual are drawn.",
  });
  mark("unit-rows", "unit", value);
}

function redrawSeen(box) {
  if (box && drawn.has(box)) redraw(box);
}

/** The event, unit or sensor that the address names; nothing for the parts of the page. */
function go({ move = true } = {}) {
  let address = location.hash.slice(1);
  try { address = decodeURIComponent(address); } catch { /* a stray %: taken as it is */ }
  const [, what, name] = /^(event|unit)-(\d+)$/.exec(address) ?? /^(sensor)\/(.*)$/s.exec(address) ?? [];
  const there = {
    event: () => run.events.some((event) => event.number === Number(name)) && showEvent(Number(name)) === undefined,
    unit: () => Number(name) >= 1 && Number(name) <= run.units.length && showUnit(Number(name)) === undefined,
    sensor: () => sensors.names.includes(name) && showSensor(sensors.names.indexOf(name)) === undefined,
  }[what]?.();
  if (!there || !move) return;
  const section = document.getElementById(what === "sensor" ? "sensors" : what);
  $("h2", section).focus({ preventScroll: true });
  section.scrollIntoView();
}

function step(list, value, prefix, by) {
  if (!list.length) return;
  const here = list.indexOf(String(value));
  const next = here < 0 ? 0 : Math.min(Math.max(here + by, 0), list.length - 1);
  if (location.hash === `#${prefix}-${list[next]}`) go(); else location.hash = `#${prefix}-${list[next]}`;
}

function filterEvents(text) {
  const wanted = text.trim().toLowerCase();
  const rows = $$("#event-rows tbody tr");
  for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  const left = rows.filter((row) => !row.hidden).length;
  $("#filtered").textContent = wanted ? `${count(left)} of ${plural(rows.length, "event")}` : "";
  if (current.event != null) $("#event .place").textContent = placeIn(eventsInOrder(), current.event);
}

// ---- a sensor over all rows

function sensorPlot(box, i) {
  return (colours, width) => {
    const [low, high] = [sensors.lowest[i], sensors.highest[i]];
    const outline = outlines(middle, low, high, longestStep());
    const named = run.events.filter((event) => event.blamed.some(([name, share]) => name === sensors.names[i] && share >= 0.1));
    const known = middle.flatMap((_, k) => (low[k] == null ? [] : [k]));
    const there = eventsByPlace(named);
    const bottom = extent(low.filter((value) => value != null))[0];
    const top = (event) => high[placeOf(Math.floor(eventMiddle(event)))] ?? bottom;
    return {
      traces: [
        { type: "scatter", mode: "lines", ...outline, fill: "toself", fillcolor: colours.kept, line: { color: colours.kept, width: 1 }, hoverinfo: "skip", showlegend: false },
        { type: "scatter", mode: "markers", x: known.map((k) => middle[k]), y: known.map((k) => (low[k] + high[k]) / 2), marker: { opacity: 0, color: colours.kept },
          showlegend: false, hoverinfo: "text", customdata: known.map((k) => there[k]?.number ?? null),
          text: known.map((k) => placeText(k, low[k] === high[k] ? digits(low[k]) : `${digits(low[k])} to ${digits(high[k])}`, there[k])) },
        ...(known.length ? eventTraces(colours, named, top).map(({ error_x: _, ...trace }) => trace) : []),
      ],
      layout: {
        hovermode: "closest",
        showlegend: named.length > 0,
        margin: { l: 50, r: 14, t: 34, b: 60 },
        xaxis: rowAxis(box, wholeRange(), width, overviewTime),
        yaxis: { title: { text: plain(shorten(sensors.names[i], 32)) }, fixedrange: true, minexponent: 6 },
        shapes: named.filter((event) => event.last - event.first > run.rows / 400).map((event) => (
          { type: "rect", layer: "below", yref: "paper", y0: 0, y1: 1, x0: event.first - 0.5, x1: event.last + 0.5, fillcolor: kindColour(colours, event.kind), opacity: 0.16, line: { width: 0 } })),
      },
    };
  };
}

function showSensor(i) {
  const figure = $("#sensors figure"), box = $(".plot-box", figure);
    $("#sensor").value = String(i);
  $("#said-sensor").textContent = sensors.said[i];
  const note = run.events.length ? "Marked: events of which it has 10 % or more." : "";
  Object.assign($(".thinned", figure), { textContent: note, hidden: !note });
  const first = !drawn.has(box);
  plot(box, sensorPlot(box, i));
  if (first) { followZoom(box); openClicked(box); }
  tableOf(figure, sensors.names[i], () => ({
    rows: middle.map((_, k) => k), file: "sensor.csv", columns: [
      ...placeColumns(), { name: "lowest", value: (k) => sensors.lowest[i][k], text: (k) => digits(sensors.lowest[i][k]) },
      { name: "highest", value: (k) => sensors.highest[i][k], text: (k) => digits(sensors.highest[i][k]) },
    ],
  }));
}

const placeColumns = () => [
  { name: "first row", value: (k) => run.edges[k] }, { name: "last row", value: (k) => run.edges[k + 1] - 1 },
  ...(run.times ? [{ name: "from", value: (k) => run.times[k], words: true }] : []),
];

// ---- start

function startScores() {
  const figure = $("#scores figure");
  if (!figure) return;
  const box = $(".plot-box", figure);
  plot(box, scorePlot(box));
  followZoom(box);
  openClicked(box);
  tableOf(figure, "Scores of all rows", () => ({
    rows: middle.map((_, k) => k), file: "scores_by_place.csv",
    columns: [...placeColumns(), { name: "highest score", value: (k) => run.score[k], text: (k) => number(run.score[k]) }],
  }));
}

function startSensors() {
  if (!$("#sensor")) return;
  $("#sensor").replaceChildren(...sensors.names.map((name, i) => element("option", { value: String(i) },
    `${shorten(name, 60)}${sensors.first[i] ? ` (${plural(sensors.first[i], "event")})` : ""}`)));
  $("#sensor").addEventListener("change", () => { location.hash = `#sensor/${encodeURIComponent(sensors.names[$("#sensor").value])}`; });
  showSensor(0);
}

function startTables() {
  for (const [id, name] of [["event-rows", "events"], ["unit-rows", "units"], ["group-rows", "groups"], ["sensor-rows", "sensors"], ["column-rows", "columns"]]) {
    const made = document.getElementById(id);
    if (!made) continue;
    sortable(made);
    actions.set(`${name}-csv`, () => saveTable(made, `${name}.csv`));
  }
  for (const choice of $$("section fieldset input")) choice.addEventListener("change", () => drawAs(choice.value));
  $("#filter")?.addEventListener("input", () => filterEvents($("#filter").value));
}

function startKeys() {
  const walk = { event: (by) => step(eventsInOrder(), current.event, "event", by), unit: (by) => step(unitsInOrder(), current.unit, "unit", by) };
  for (const what of ["event", "unit"]) actions.set(`${what}-before`, () => walk[what](-1)).set(`${what}-after`, () => walk[what](1));
  if (run.events.length) {
    onKey("j", "next event of the table", () => walk.event(1));
    onKey("k", "event before", () => walk.event(-1));
    onKey("/", "find events", () => { $("#filter").focus(); $("#filter").select(); });
  }
  if (Object.keys(windows.events).length || Object.keys(windows.units).length) {
    onKey("d", "readings or deviations", () => drawAs($("section fieldset input:checked").value === "readings" ? "deviations" : "readings"));
  }
  if (run.units.length) {
    onKey("n", "next unit of the table", () => walk.unit(1));
    onKey("p", "unit before", () => walk.unit(-1));
  }
}

async function start() {
  [run, windows, sensors] = await Promise.all(["run", "windows", "sensors"].map(load));
  middle = run.edges.slice(0, -1).map((edge, i) => (edge + run.edges[i + 1] - 1) / 2);
  startTables();
  startKeys();
  startScores();
  startSensors();
  if (run.events.length) showEvent(run.events[0].number);
  const seen = Object.keys(windows.units).map(Number);
  if (seen.length) showUnit(Math.min(...seen));
  addEventListener("hashchange", () => go());
  go();
  document.documentElement.dataset.ready = "yes";
}

start();
