// The gallery of Q-scans: pictures that lie beside the page, a few at a time; one of them large.

const AT_ONCE = 24;
const scans = { all: [], view: null, shown: "all", called: "all", order: "loudness", first: 0, open: null };

const ORDERS = { loudness: (one, other) => (other.size ?? -Infinity) - (one.size ?? -Infinity), time: (one, other) => one.time - other.time };
const listed = () => scans.all.filter(matching(scans)).sort(ORDERS[scans.order]);
const linkTo = (scan) => `${scan.stem}${scans.view}.png`.split("/").map(encodeURIComponent).join("/");

function picture(scan, properties) {
  const image = element("img", { ...properties, src: linkTo(scan), alt: `Q-scan, ${scans.view} s around GPS ${gps(scan.time)}: the picture is not there` });
  image.addEventListener("load", () => { image.alt = image.alt.replace(/: the picture.*/, ""); });
  return image;
}

function thumbnail(scan, place) {
  const inside = element("button", { type: "button", onclick: () => openScan(place) }, picture(scan, { loading: "lazy", width: 1448, height: 600 }));
  const first = `${day.triggers.measure} ${number(scan.size)}, ${number(scan.frequency)} Hz${day.called.length ? `, ${classText(scan)}` : ""}`;
  return element("li", {}, inside, element("div", {}, first),
    element("div", { class: "text-body-secondary" }, `GPS ${gps(scan.time)}, ${utc(day.clock, day.start + scan.time).slice(11, 19)} UTC, round ${scan.round}`));
}

function showScans() {
  const list = listed();
  scans.first = Math.max(0, Math.min(scans.first, AT_ONCE * Math.floor((list.length - 1) / AT_ONCE)));
  const some = list.slice(scans.first, scans.first + AT_ONCE);
  $("#scans").replaceChildren(...some.map((scan, i) => thumbnail(scan, scans.first + i)));
  const place = some.length ? `${count(scans.first + 1)}–${count(scans.first + some.length)} of ${count(list.length)}` : "none of these";
  for (const one of $$(".scan-place")) one.textContent = place;
  for (const one of $$("[data-do=scans-before]")) one.disabled = scans.first === 0;
  for (const one of $$("[data-do=scans-after]")) one.disabled = scans.first + AT_ONCE >= list.length;
}

function stepScans(by) {
  scans.first += by * AT_ONCE;
  showScans();
  $("#qscans").scrollIntoView();
}

function openScan(place) {
  const list = listed();
  scans.open = Math.max(0, Math.min(place, list.length - 1));
  const scan = list[scans.open];
  const box = $("#scan");
  $("h2", box).textContent = `${day.main} and ${winner(scan.round)}`;
  $(".scan-box", box).replaceChildren(picture(scan, {}));
  $("a", box).href = linkTo(scan);
  const facts = {
    "GPS (s)": (day.start + scan.time).toFixed(6), "UTC": utc(day.clock, day.start + scan.time), [day.triggers.measure]: number(scan.size),
    "Frequency (Hz)": number(scan.frequency), "Q": number(scan.q), "Vetoed in round": String(scan.round),
    ...(day.called.length && { "Class": classText(scan) }), "View": `${scans.view} s`, "Picture": `${count(scans.open + 1)} of ${count(list.length)}`,
  };
  $("dl", box).replaceChildren(...Object.entries(facts).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  if (!box.open) box.showModal();
}

/** The gallery then shows the picture that was open last. */
function closed() {
  scans.first = AT_ONCE * Math.floor(scans.open / AT_ONCE);
  showScans();
  $(`#scans li:nth-child(${scans.open - scans.first + 1}) button`).focus();
}

function nextView(by) {
  const { views } = day.scans;
  return views[Math.max(0, Math.min(views.indexOf(scans.view) + by, views.length - 1))];
}

function setView(view) {
  scans.view = view;
  $("#scan-view").value = view;
  showScans();
  if ($("#scan").open) openScan(scans.open);
}

function chooseScans(changed) {
  Object.assign(scans, changed, { first: 0 });
  $("#scan-shown").value = scans.shown;
  $("#scan-called").value = scans.called;
  showScans();
}

function startScans() {
  scans.all = rowsOf(day.scans).map((scan, i) => ({ ...scan, stem: day.scans.stem[i] }));
  scans.view = day.scans.views[Math.min(1, day.scans.views.length - 1)];
  $("#scan-view").value = scans.view;
  fillChoices("#scan-shown", "#scan-called", scans.all, (changed) => chooseScans(changed));
  $("#scan-view").addEventListener("change", () => setView($("#scan-view").value));
  $("#scan-order").addEventListener("change", () => { scans.order = $("#scan-order").value; chooseScans({}); });
  const steps = {
    "scan-before": () => openScan(scans.open - 1), "scan-after": () => openScan(scans.open + 1),
    "scan-shorter": () => setView(nextView(-1)), "scan-longer": () => setView(nextView(1)),
  };
  for (const [name, act] of Object.entries(steps)) actions.set(name, act);
  actions.set("scans-before", () => stepScans(-1)).set("scans-after", () => stepScans(1));
  const arrows = { ArrowLeft: "scan-before", ArrowRight: "scan-after", ArrowDown: "scan-shorter", ArrowUp: "scan-longer" };
  $("#scan").addEventListener("keydown", (event) => {
    if (!(event.key in arrows) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    steps[arrows[event.key]]();
  });
  $("#scan").addEventListener("close", closed);
  showScans();
}
