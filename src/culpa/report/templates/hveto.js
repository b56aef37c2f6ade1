// The hierarchical veto: one view per round and one of what remains, any channel's grid in each.

const MOST_POINTS = 5000;
const TOP_CHANNELS = 25;
const MARKERS = ["circle", "triangle-down", "square", "diamond", "triangle-up", "cross", "triangle-left", "triangle-right"];

const views = $$("section.view").map((section) => section.id);
const loaded = new Map();
let run, events, current, shown, chosen;

const viewData = async (id) => {
  if (!loaded.has(id)) loaded.set(id, document.getElementById(`data-${id}`) ? await load(id) : null);
  return loaded.get(id);
};

// ---- where we are: #round-3/CHANNEL

function place() {
  const [id, ...rest] = location.hash.slice(1).split("/");
  let channel = rest.join("/");
  try { channel = decodeURIComponent(channel); } catch { /* a stray %: taken as it is */ }
  return { id: views.includes(id) ? id : views[0], channel, asked: views.includes(id) };
}

const address = (id, channel) => `#${id}${channel ? `/${encodeURIComponent(channel)}` : ""}`;

async function go({ move = true } = {}) {
  const { id, channel, asked } = place();
  current = id;
  for (const name of views) document.getElementById(name).hidden = name !== id;
  for (const link of $$(".views a")) {
    if (link.hash === `#${id}`) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    link.classList.toggle("active", link.hash === `#${id}`);
  }
  document.body.ariaBusy = "true";
  const data = await viewData(id);
  if (current !== id) return; // another view was asked for meanwhile
  document.body.ariaBusy = null;
  const section = document.getElementById(id);
  if (id !== shown) showView(section, data);
  shown = id;
  showChannel(data, channel);
  if (!asked || !move) return;
  const title = channel ? $("#channel-title") : $("h2", section);
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
  title.scrollIntoView();
}

function step(by) {
  const next = views.indexOf(place().id) + by; // the address is ahead of the page while a view is loaded
  if (next >= 0 && next < views.length) location.hash = address(views[next], place().channel);
}

/** Save the channels of the view that the address names, even where the page is still on its way there. */
async function saveChannels() {
  if (place().id !== shown) await go({ move: false });
  $("#rows button.btn")?.click();
}

// ---- a view

function showView(section, data) {
  const tab = $(".views a.active"), bar = tab.closest(".views");
  bar.scrollLeft = tab.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2; // the bar alone: the page stays where it is
  $("#table").hidden = !data || !data.rows.channel.length;
  $("#channel").hidden = !data?.grid?.channels.length;
  if (!data) return;
  const name = data.number ? `round ${data.number}` : "what remains";
  $("#table-title").textContent = data.grid ? `All ${run.words.thing}s in ${name}` : `The winner of ${name}`;
  $("#rows").replaceChildren(table({
    columns: channelColumns(data), rows: rowsOf(data), caption: $("#table-title").textContent,
    file: `${section.id}-channels.csv`,
  }));
  $("#channels").replaceChildren(...(data.grid?.channels ?? []).map((channel) => element("option", { value: channel })));
  for (const figure of $$("figure.plot", section)) show(figure, () => PLOTS[figure.dataset.plot](data));
  refresh(section);
}

/** Draw a figure the first time it is seen; its table is made when it is opened. */
function show(figure, make) {
  if (figure.dataset.drawn) return;
  figure.dataset.drawn = "yes";
  const { draw, note, ...listed } = make();
  plot($(".plot-box", figure), draw);
  if (note) Object.assign($(".thinned", figure), { textContent: note, hidden: false });
  const details = $("details", figure);
  details.addEventListener("toggle", () => details.append(table({ caption: $("h3", figure).textContent, ...listed })), { once: true });
}

function rowsOf(data) {
  const { rows, primaries, live, after } = data;
  return rows.channel.map((channel, i) => {
    const efficiency = rows.coincidences[i] / primaries;
    const deadtime = rows.covered[i] / live;
    return {
      channel, efficiency, deadtime, ratio: efficiency / deadtime, after: after ? after[i] : null,
      snr: rows.snr[i], window: rows.window[i], significance: rows.significance[i], expected: rows.expected[i],
      coincidences: rows.coincidences[i], auxiliary: rows.auxiliary[i], used: rows.used[i], covered: rows.covered[i],
    };
  });
}

function channelColumns(data) {
  const link = (row) => element("a", { href: address(current, row.channel) }, row.channel);
  const afterwards = { name: "afterwards", value: (row) => row.after, text: (row) => number(row.after) };
  return [
    { name: run.words.thing, value: (row) => row.channel, words: true, ...(data.grid ? { node: link } : {}) },
    { name: "significance", value: (row) => row.significance, text: (row) => number(row.significance) },
    ...(data.after ? [afterwards] : []),
    { name: `${run.witness.name} ≥`, value: (row) => row.snr },
    { name: `window (${run.words.unit})`, value: (row) => row.window },
    { name: "coincidences", value: (row) => row.coincidences },
    { name: "expected", value: (row) => row.expected, text: (row) => number(row.expected) },
    { name: "used", value: (row) => (row.used == null ? null : row.used / row.auxiliary), text: (row) => share(row.used, row.auxiliary) },
    { name: "efficiency", value: (row) => row.efficiency, text: (row) => share(row.coincidences, data.primaries) },
    { name: "deadtime", value: (row) => row.deadtime, text: (row) => percent(row.deadtime) },
    { name: "efficiency / deadtime", value: (row) => row.ratio, text: (row) => number(row.ratio) },
  ];
}

// ---- why did this channel not win?

function showChannel(data, asked) {
  if (!data?.grid || !data.rows.channel.length) return;
  const rows = rowsOf(data);
  const best = rows[0];
  const row = rows.find((r) => r.channel === asked);
  chosen = row ?? (data.number && rows.length > 1 ? rows[rows[0].channel === data.winner ? 1 : 0] : best);
  $("#chosen").value = chosen.channel;
  $("#channel-title").textContent = data.number ? `Why did this ${run.words.thing} not win?` : `How far is this ${run.words.thing} from winning?`;
  $("#verdict").textContent = (asked && !row ? `No ${run.words.thing} ${asked} here. ` : "") + verdict(data, rows, chosen);
  showGrid(data);
}

const found = (row) =>
  `significance ${number(row.significance)} at ${run.witness.name} ≥ ${row.snr}, window ${row.window} ${run.words.unit} ` +
  `(${plural(row.coincidences, "coincidence")}, ${number(row.expected)} expected by chance; ` +
  `${percent(row.efficiency)} efficiency for ${percent(row.deadtime)} deadtime)`;

function verdict(data, rows, row) {
  const minimum = run.minimum;
  if (!data.number) {
    const gap = minimum - row.significance;
    const end = gap > 0 ? `${number(gap)} below the minimum of ${minimum}.` : `not below the minimum of ${minimum}.`;
    return `${row.channel}: ${found(row)}, ${end}`;
  }
  if (row.channel === data.winner) return `${row.channel} won round ${data.number} with ${found(row)}.`;
  const winner = rows.find((r) => r.channel === data.winner);
  const rank = rows.indexOf(row) + 1;
  const gap = winner.significance - row.significance;
  const lost = gap > 0 ? `lost to ${winner.channel} by ${number(gap)}` : `has what ${winner.channel} has, which comes first in order`;
  let end = row.significance < minimum ? ` It is below the minimum of ${minimum}: it would not have won without the winner either.` : "";
  if (row.after != null && row.significance >= minimum) {
    end = row.after < minimum
      ? ` After this veto it has ${number(row.after)}, below the minimum of ${minimum}: the winner's veto takes what it explains.`
      : ` After this veto it still has ${number(row.after)}.`;
  }
  return `${row.channel} (rank ${rank} of ${rows.length}) ${lost}: its best is ${found(row)}; the winner has ${found(winner)}.${end}`;
}

function cellsOf(data, channel) {
  const { grid } = data;
  const [k, w, c] = [grid.thresholds.length, grid.windows.length, grid.channels.indexOf(channel)];
  const from = c * k * w;
  return grid.thresholds.flatMap((snr, i) => grid.windows.map((window, j) => ({
    snr, window, auxiliary: grid.auxiliary[c * k + i],
    significance: grid.significance[from + i * w + j],
    coincidences: grid.coincidences[from + i * w + j],
    expected: grid.expected[from + i * w + j],
  })));
}

function showGrid(data) {
  const quantity = $("#quantities input:checked").value;
  const cells = cellsOf(data, chosen.channel);
  const { thresholds, windows } = data.grid;
  const most = Math.max(...cells.map((cell) => cell[quantity] ?? 0));
  const head = element("tr", {}, element("th", { scope: "col" }, `${run.witness.name} ≥`), element("th", { scope: "col" }, "its events"),
    ...windows.map((window) => element("th", { scope: "col" }, `${window} ${run.words.unit}`)));
  const lines = thresholds.map((snr, i) => element("tr", {}, element("th", { scope: "row" }, String(snr)),
    element("td", {}, count(cells[i * windows.length].auxiliary)), ...windows.map((_, j) => {
      const cell = cells[i * windows.length + j];
      const best = cell.snr === chosen.snr && cell.window === chosen.window;
      const shade = most > 0 ? Math.sqrt(Math.max(0, cell[quantity] ?? 0) / most) : 0;
      const made = element("td", { class: best ? "best" : "" }, `${best ? "★ " : ""}${number(cell[quantity])}`);
      made.style.backgroundColor = `rgb(var(--cell) / ${(0.5 * shade).toFixed(3)})`;
      made.title = `${run.witness.name} ≥ ${cell.snr}, window ${cell.window} ${run.words.unit}: significance ${number(cell.significance)}, ` +
        `${plural(cell.coincidences, "coincidence")}, ${number(cell.expected)} expected`;
      return made;
    })));
  const caption = `${quantity} of ${chosen.channel}: rows are thresholds, columns are windows (full width); ★ is its best cell`;
  $("#cells").replaceChildren(element("table", { class: "table table-sm" },
    element("caption", { class: "px-2 text-break" }, caption), element("thead", {}, head), element("tbody", {}, ...lines)));
}

function saveGrid() {
  const cells = cellsOf(loaded.get(current), chosen.channel);
  const header = ["channel", "snr", "window", "significance", "coincidences", "expected", "auxiliary"];
  const rows = cells.map((cell) => [chosen.channel, ...header.slice(1).map((name) => cell[name])]);
  download(`${current}-grid.csv`, csv(header, rows));
}

// ---- plots: each gives what draws it, and the table of its numbers

const time = (event) => event.time;
const size = (event) => event.size ?? -Infinity;

/** When an event was: what an axis, a table and the text beside a point say of it. */
function moment(event) {
  const at = run.start + event.time;
  const { clock } = run.words;
  if (clock === "row") {
    const row = count(Math.round(at) + 0); // no -0
    return { at: row, told: `row ${row}` };
  }
  const date = utc(run.clock, at);
  return clock === "utc" ? { utc: date, told: date } : { at: at.toFixed(3), utc: date, told: `GPS ${at.toFixed(3)}<br>${date}` };
}

function hover(event) {
  const pitch = event.frequency == null ? "" : `<br>${number(event.frequency)} Hz`;
  return `${run.measure.name} ${number(event.size)}${pitch}<br>${moment(event).told}`;
}

function eventColumns() {
  const { clock } = run.words;
  return [
    ...(clock === "utc" ? [] : [{ name: clock === "gps" ? "GPS (s)" : "row", value: (event) => Number((run.start + event.time).toFixed(6)), text: (event) => moment(event).at }]),
    ...(clock === "row" ? [] : [{ name: "UTC", value: (event) => moment(event).utc, words: true }]),
    ...(clock === "gps" ? [{ name: "frequency (Hz)", value: (event) => event.frequency, text: (event) => number(event.frequency) }] : []),
    { name: run.measure.name, value: (event) => event.size, text: (event) => number(event.size) },
    { name: "vetoed in round", value: (event) => event.round || null },
  ];
}

function timeUnit() {
  if (run.words.clock === "row") return { unit: 1, name: "rows" };
  const length = run.end - run.start;
  const units = [[345600, 86400, "days"], [7200, 3600, "hours"], [120, 60, "minutes"], [0, 1, "seconds"]];
  const [, unit, name] = units.find(([least]) => length >= least);
  return { unit, name };
}

function timePlot(groups, file) {
  const all = groups.flatMap((group) => group.events);
  let room = MOST_POINTS;
  const few = new Map(); // what small groups leave is for the large ones
  [...groups].sort((one, other) => one.events.length - other.events.length).forEach((group, i) => {
    few.set(group, thinned(group.events, time, size, Math.floor(room / (groups.length - i))));
    room -= few.get(group).length;
  });
  const shown = MOST_POINTS - room;
  const { unit, name } = timeUnit();
  const start = moment({ time: 0 });
  const title = (width) => {
    const line = width < 500 ? "<br>" : " ";
    if (run.words.clock === "row") return `${name} from ${start.told}`;
    if (run.words.clock === "utc") return `${name} from${line}${start.utc.slice(0, 19)} UTC`;
    return `${name} from GPS ${start.at.replace(".000", "")}${line}(${start.utc.slice(0, 19)} UTC)`;
  };
  const draw = (now, width) => ({
    traces: groups.map((group) => ({
      type: "scatter", mode: "markers", name: plain(group.name), hoverinfo: "text",
      x: few.get(group).map((event) => event.time / unit), y: few.get(group).map((event) => event.size), text: few.get(group).map(hover),
      marker: { color: group.colour(now), symbol: group.symbol, size: all.length > 1500 ? 5 : 7, line: { width: 0.5, color: now["body-bg"] } },
    })),
    layout: {
      hovermode: "closest",
      xaxis: { title: { text: title(width) }, range: widened(0, (run.end - run.start) / unit) },
      yaxis: { title: { text: run.measure.name }, ...sizeAxis(all) },
      shapes: gaps(run).map(([from, to]) => ({
        type: "rect", layer: "below", yref: "paper", y0: 0, y1: 1, x0: from / unit, x1: to / unit, fillcolor: now.grid, opacity: 0.6, line: { width: 0 },
      })),
    },
  });
  const note = shown < all.length ? `${count(shown)} of ${count(all.length)} are drawn: the largest and the smallest of each moment. The table has all.` : "";
  return { draw, note, columns: eventColumns(), rows: all, file };
}

function sizeAxis(list) {
  const [low, high] = extent(list.map((event) => event.size).filter((value) => value != null));
  return low > 0 && high > 2 * low ? logAxis(low, high) : {};
}

const inRound = (data) => events.filter((event) => event.round === 0 || event.round >= data.number);

const PLOTS = {
  drop(data) {
    const rows = rowsOf(data);
    const top = rows.slice(0, TOP_CHANNELS);
    const minimum = run.minimum;
    const bent = (s) => (s == null ? null : s <= minimum ? s / minimum : 1 + 1.4 * Math.log10(s / minimum)); // linear below the minimum
    const highest = Math.max(minimum, ...top.flatMap((row) => [row.significance, row.after ?? 0]));
    const ticks = [0, minimum, ...[10, 30, 100, 300, 1000, 3000, 10000, 30000].filter((s) => s > 1.5 * minimum && s <= highest)];
    const places = top.map((_, i) => i);
    const text = top.map((row) => `${plain(row.channel)}<br>before ${number(row.significance)}, after ${number(row.after)}`);
    const draw = (now, width) => {
      const names = top.map((row) => plain((row.channel === data.winner ? "★ " : "") + shorten(row.channel, width < 500 ? 18 : 40)));
      const points = (name, values, colour, symbol) => ({
        type: "scatter", mode: "markers", name, x: values.map(bent), y: places, text, hoverinfo: "text", marker: { color: colour, symbol, size: 10, line: { width: 2, color: colour } },
      });
      return {
        traces: [
          { type: "scatter", mode: "lines", x: top.flatMap((row) => [bent(row.significance), bent(row.after), null]), y: places.flatMap((i) => [i, i, null]),
            line: { color: now.kept, width: 2 }, hoverinfo: "skip", showlegend: false },
          points("before", top.map((row) => row.significance), now.before, "circle"),
          points("after", top.map((row) => row.after), now.after, "diamond-open"),
        ],
        layout: {
          hovermode: "closest",
          xaxis: { title: { text: width < 500 ? "significance" : `significance (dashed: minimum ${minimum})` }, tickvals: ticks.map(bent), ticktext: ticks.map(String), range: [-0.08, bent(highest) * 1.05] },
          yaxis: { tickvals: places, ticktext: names, range: [Math.max(top.length, 4) - 0.4, -0.6], showgrid: false, tickfont: { size: width < 500 ? 9 : 11 } },
          shapes: [{ type: "line", x0: 1, x1: 1, yref: "paper", y0: 0, y1: 1, line: { color: now.line, dash: "dash", width: 1 } }],
        },
      };
    };
    const note = rows.length > top.length
      ? `${count(top.length)} of ${count(rows.length)} ${run.words.thing}s are drawn; the others have at most ${number(rows[top.length].significance)} before. The table has all.` : "";
    const columns = [
      { name: run.words.thing, value: (row) => row.channel, words: true },
      { name: "before", value: (row) => row.significance, text: (row) => number(row.significance) },
      { name: "after", value: (row) => row.after, text: (row) => number(row.after) },
    ];
    return { draw, note, columns, rows, file: `${current}-significance.csv` };
  },

  time(data) {
    const here = inRound(data);
    const vetoed = here.filter((event) => event.round === data.number);
    const kept = here.filter((event) => event.round !== data.number);
    return timePlot([
      { name: `kept (${count(kept.length)})`, events: kept, colour: (now) => now.kept, symbol: "circle" },
      { name: `vetoed (${count(vetoed.length)})`, events: vetoed, colour: (now) => now.vetoed, symbol: "diamond" },
    ], `${current}-events.csv`);
  },

  histogram(data) {
    const here = inRound(data).filter((event) => event.size != null);
    const edges = binEdges(here.map(size), 40);
    const after = here.filter((event) => event.round !== data.number);
    const [before, left] = [here, after].map((list) => binned(list.map(size), edges));
    const logarithmic = Math.max(...before, 0) > 50;
    const steps = (counts) => [...counts, counts[counts.length - 1] ?? 0].map((n) => (logarithmic ? Math.max(n, 0.1) : n));
    const draw = (now) => ({
      traces: [
        { type: "scatter", mode: "lines", name: `after (${count(after.length)})`, x: edges, y: steps(left), fill: "tozeroy", line: { shape: "hv", width: 0, color: now.before }, hoverinfo: "skip" },
        { type: "scatter", mode: "lines", name: `before (${count(here.length)})`, x: edges, y: steps(before), line: { shape: "hv", width: 2, color: now.winner },
          text: edges.map((edge, i) => (i < before.length ? `${run.measure.name} ${number(edge)} to ${number(edges[i + 1])}<br>before ${before[i]}, after ${left[i]}` : "")), hoverinfo: "text" },
      ],
      layout: {
        xaxis: { title: { text: run.measure.name }, ...sizeAxis(here) },
        yaxis: { title: { text: `${run.measure.nouns} per bin` }, ...(logarithmic ? logAxis(0.7, Math.max(...before), count) : { rangemode: "tozero", dtick: Math.max(...before, 0) < 6 ? 1 : undefined }) },
      },
    });
    const columns = [
      { name: "from", value: (bin) => bin.from, text: (bin) => number(bin.from) },
      { name: "to", value: (bin) => bin.to, text: (bin) => number(bin.to) },
      { name: "before", value: (bin) => bin.before },
      { name: "after", value: (bin) => bin.after },
    ];
    const rows = before.map((n, i) => ({ from: edges[i], to: edges[i + 1], before: n, after: left[i] }));
    return { draw, columns, rows, file: `${current}-histogram.csv` };
  },

  efficiency(data) {
    const rows = rowsOf(data);
    const drawnRows = rows.filter((row) => row.efficiency > 0 && row.deadtime > 0);
    const veto = data.vetoed && data.vetoed.efficiency > 0 && data.vetoed.deadtime > 0 ? data.vetoed : null;
    const points = [...drawnRows, ...(veto ? [veto] : [])];
    const decades = (name) => {
      const [low, high] = points.length ? extent(points.map((row) => row[name])) : [0.001, 1];
      const bottom = Math.floor(Math.log10(low));
      return [10 ** bottom, 10 ** Math.max(Math.ceil(Math.log10(high)), bottom + 1)];
    };
    const [[left, right], [low, high]] = [decades("deadtime"), decades("efficiency")];
    const guides = [1, 10, 100, 1000, 10000].filter((times) => times * right > low && times * left < high);
    const inPercent = (value) => `${Number((100 * value).toPrecision(6))} %`;
    const draw = (now) => ({
      traces: [
        ...guides.map((times) => ({
          type: "scatter", mode: "lines", x: [left / 10, right * 10], y: [times * left / 10, times * right * 10], hoverinfo: "skip", showlegend: false,
          line: { color: now.line, width: 1, dash: "dot" },
        })),
        { type: "scatter", mode: "markers", name: `best cell of a ${run.words.thing}`, x: drawnRows.map((row) => row.deadtime), y: drawnRows.map((row) => row.efficiency), hoverinfo: "text",
          text: drawnRows.map((row) => `${plain(row.channel)}<br>efficiency ${percent(row.efficiency)}<br>deadtime ${percent(row.deadtime)}<br>significance ${number(row.significance)}`),
          marker: { color: now.before, symbol: "circle-open", size: 8 } },
        ...(veto ? [{ type: "scatter", mode: "markers", name: "the winner, as vetoed", x: [veto.deadtime], y: [veto.efficiency], hoverinfo: "text",
          text: [`${plain(data.winner)}<br>efficiency ${percent(veto.efficiency)}<br>deadtime ${percent(veto.deadtime)}`],
          marker: { color: now.vetoed, symbol: "star", size: 16, line: { width: 1, color: now.winner } } }] : []),
      ],
      layout: {
        hovermode: "closest",
        xaxis: { title: { text: "deadtime" }, ...logAxis(left, right, inPercent) },
        yaxis: { title: { text: "efficiency" }, ...logAxis(low, high, inPercent) },
        annotations: guides.map((times) => {
          const x = Math.min(right, high / times);
          return { x: Math.log10(x), y: Math.log10(times * x), text: `×${count(times)}`, showarrow: false, xanchor: "right", yanchor: "top", font: { size: 11 } };
        }),
      },
    });
    const hidden = rows.length - drawnRows.length;
    const note = hidden ? `${plural(hidden, run.words.thing)} without coincidences ${hidden === 1 ? "is" : "are"} not drawn. Dotted: efficiency / deadtime.` : "Dotted: efficiency / deadtime.";
    return { draw, note, columns: channelColumns(data), rows, file: `${current}-efficiency.csv` };
  },

  chance(data) {
    const observed = rowsOf(data)[0]?.significance ?? 0;
    const [low, high] = extent(data.maxima);
    const outside = observed > 3 * high;
    const edges = binEdges(data.maxima, 30);
    const counts = binned(data.maxima, edges);
    const end = outside ? high + 0.6 * (high - low || 1) : Math.max(high, observed) * 1.05;
    const draw = (now) => ({
      traces: [{
        type: "bar", name: "time shifts", x: counts.map((_, i) => (edges[i] + edges[i + 1]) / 2), y: counts, width: counts.map((_, i) => edges[i + 1] - edges[i]),
        marker: { color: now.kept }, hovertemplate: "%{y} shifts<extra></extra>", showlegend: false,
      }],
      layout: {
        bargap: 0,
        xaxis: { title: { text: "largest significance of the whole grid" }, range: [Math.min(low, observed) - 0.2, end] },
        yaxis: { title: { text: "time shifts" }, rangemode: "tozero" },
        shapes: outside ? [] : [{ type: "line", x0: observed, x1: observed, yref: "paper", y0: 0, y1: 1, line: { color: now.vetoed, width: 3, dash: "dash" } }],
        annotations: [{
          x: outside ? 1 : observed, xref: outside ? "paper" : "x", y: 1, yref: "paper", yanchor: "bottom", xanchor: outside || observed > (low + end) / 2 ? "right" : "left",
          text: outside ? `observed: ${number(observed)} →` : `observed: ${number(observed)}`, showarrow: false, font: { color: now.vetoed, size: 13 },
        }],
      },
    });
    const columns = [
      { name: "from", value: (bin) => bin.from, text: (bin) => number(bin.from) },
      { name: "to", value: (bin) => bin.to, text: (bin) => number(bin.to) },
      { name: "time shifts", value: (bin) => bin.n },
    ];
    return { draw, columns, rows: counts.map((n, i) => ({ from: edges[i], to: edges[i + 1], n })), file: `${current}-chance.csv` };
  },

  cumulative() {
    const [deadtime, efficiency] = run.cumulative;
    const rows = run.winners.map((channel, i) => ({ number: i + 1, channel, deadtime: deadtime[i + 1], efficiency: efficiency[i + 1] }));
    const draw = (now) => ({
      traces: [{
        type: "scatter", mode: "lines+markers+text", x: deadtime.map((d) => 100 * d), y: efficiency.map((e) => 100 * e), showlegend: false, hoverinfo: "text",
        text: ["start", ...rows.map((row) => `round ${row.number}: ${plain(row.channel)}<br>efficiency ${percent(row.efficiency)}<br>deadtime ${percent(row.deadtime)}`)],
        texttemplate: ["", ...rows.map((row) => String(row.number))], textposition: "top left", cliponaxis: false, line: { color: now.before }, marker: { size: 8 },
      }],
      layout: {
        xaxis: { title: { text: "cumulative deadtime" }, ticksuffix: " %", rangemode: "tozero" },
        yaxis: { title: { text: "cumulative efficiency" }, ticksuffix: " %", rangemode: "tozero" },
      },
    });
    const columns = [
      { name: "round", value: (row) => row.number },
      { name: "winner", value: (row) => row.channel, words: true },
      { name: "cumulative efficiency", value: (row) => row.efficiency, text: (row) => percent(row.efficiency) },
      { name: "cumulative deadtime", value: (row) => row.deadtime, text: (row) => percent(row.deadtime) },
    ];
    return { draw, columns, rows, file: "cumulative.csv" };
  },

  rounds() {
    const kept = events.filter((event) => event.round === 0);
    const groups = [{ name: `kept (${count(kept.length)})`, events: kept, colour: (now) => now.kept, symbol: "circle" }];
    run.winners.slice(0, MARKERS.length).forEach((_, i) => {
      const some = events.filter((event) => event.round === i + 1);
      groups.push({ name: `round ${i + 1} (${count(some.length)})`, events: some, colour: (now) => now.cycle[i], symbol: MARKERS[i] });
    });
    const later = events.filter((event) => event.round > MARKERS.length);
    if (later.length) groups.push({ name: `later (${count(later.length)})`, events: later, colour: (now) => now.winner, symbol: "x-thin-open" });
    return timePlot(groups, "events.csv");
  },
};

/** Edges of bins, equal on the axis that `sizeAxis` would make. */
function binEdges(values, bins) {
  const [low, high] = extent(values);
  if (!values.length) return [0, 1];
  if (low === high) return [low - 0.5, high + 0.5];
  const logarithmic = low > 0 && high > 2 * low;
  return Array.from({ length: bins + 1 }, (_, i) => (logarithmic ? low * (high / low) ** (i / bins) : low + (high - low) * (i / bins)));
}

function binned(values, edges) {
  const counts = new Array(edges.length - 1).fill(0);
  for (const value of values) {
    let bin = edges.findLastIndex((edge) => edge <= value);
    bin = Math.min(Math.max(bin, 0), counts.length - 1);
    counts[bin]++;
  }
  return counts;
}

// ---- start

function choose(text) {
  const { channels } = loaded.get(current).grid;
  const wanted = text.trim().toLowerCase();
  const match = channels.find((c) => c === text.trim()) ?? channels.find((c) => c.toLowerCase().includes(wanted));
  if (match) location.hash = address(current, match); else say(`No ${run.words.thing} here has ${text} in its name`);
}

async function start() {
  run = await load("run");
  run.measure.column = run.measure.name;
  events = run.time.map((at, i) => ({ time: at, size: run.size[i], frequency: run.frequency[i], round: run.round[i] }));
  actions.set("grid-csv", saveGrid).set("rounds-csv", () => saveTable($("#rounds"), "rounds.csv"));
  onKey("j", "next round", () => step(1));
  onKey("k", "previous round", () => step(-1));
  onKey("/", `go to a ${run.words.thing}`, () => { if (!$("#channel").hidden) { $("#chosen").focus(); $("#chosen").select(); } });
  onKey("e", `download the ${run.words.thing}s of this round as CSV`, saveChannels);
  $("#choose").addEventListener("submit", (event) => { event.preventDefault(); choose($("#chosen").value); });
  $("#quantities").addEventListener("change", () => showGrid(loaded.get(current)));
  addEventListener("hashchange", () => go());
  if ($("#overall")) for (const figure of $$("#overall figure")) show(figure, PLOTS[figure.dataset.plot]);
  await go();
  document.documentElement.dataset.ready = "yes";
}

start();
