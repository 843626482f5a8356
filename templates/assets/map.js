// The live map of /map. Every page works without this file: the drawing and the list stay when anything here fails.

const box = document.querySelector(".live[data-library]");
const list = document.getElementById("map-list");
const note = document.getElementById("map-note");
const ROWS = 50;

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const is = (...kinds) => ["in", ["get", "k"], ["literal", kinds]];
const wide = (near, far) => ["interpolate", ["exponential", 1.6], ["zoom"], 12, far, 18, near];

// Colors come from our own style sheet, so that light and dark follow the page.
function look() {
  const street = (kind, layer, tint, near, far) => ({
    id: layer, type: "line", source: "city", filter: is(kind),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": color(tint), "line-width": wide(near, far) },
  });
  const area = (kind, tint) => ({
    id: kind, type: "fill", source: "city", filter: is(kind), paint: { "fill-color": color(tint) },
  });
  const words = (layer, filter, minzoom, place, tint, halo) => ({
    id: layer, type: "symbol", source: "city", filter, minzoom,
    layout: {
      "symbol-placement": place, "text-field": ["get", "name"], "text-size": 13, "text-font": ["sans-serif"],
      "symbol-spacing": 320, "text-max-angle": 30,
    },
    paint: { "text-color": color(tint), "text-halo-color": color(halo), "text-halo-width": 2 },
  });
  return [
    { id: "land", type: "background", paint: { "background-color": color("--m-land") } },
    area("park", "--m-park"), area("water", "--m-water"), area("building", "--m-bldg"), area("public", "--m-pub"),
    street("street", "casing", "--m-case", 20, 1.6), street("main", "casing-main", "--m-maincase", 27, 3.4),
    street("street", "streets", "--m-street", 17, 1), street("main", "mains", "--m-main", 23, 2.4),
    words("names", is("street"), 15, "line", "--m-text", "--m-land"),
    words("names-main", is("main"), 13, "line", "--m-text", "--m-land"),
    words("names-park", is("park"), 15, "point", "--m-parktext", "--m-park"),
  ];
}

// Requests: bundles with their count, single ones in the color of their state.
function requests() {
  const states = ["received", "open", "assigned", "in_progress", "fixed", "waiting", "reopened", "closed"];
  const tints = ["--received", "--open", "--assigned", "--work", "--fixed", "--waiting", "--late", "--closed"];
  const signs = ["○", "•", "≡", "▲", "✓", "Ⅱ", "!", "–"];
  const tint = ["match", ["get", "state"], ...states.flatMap((state, n) => [state, color(tints[n])]), color("--ink")];
  const many = ["has", "point_count"];
  return [
    { id: "bundle", type: "circle", source: "requests", filter: many,
      paint: { "circle-color": color("--ink"), "circle-stroke-color": color("--bg"), "circle-stroke-width": 2,
        "circle-radius": ["step", ["get", "point_count"], 15, 10, 19, 100, 24] } },
    { id: "bundle-count", type: "symbol", source: "requests", filter: many,
      layout: { "text-field": ["get", "point_count_abbreviated"], "text-size": 13, "text-font": ["sans-serif"],
        "text-allow-overlap": true },
      paint: { "text-color": color("--bg") } },
    { id: "single", type: "circle", source: "requests", filter: ["!", many],
      paint: { "circle-color": tint, "circle-radius": 10, "circle-stroke-color": color("--bg"), "circle-stroke-width": 2 } },
    // Never by color alone: each state has its sign.
    { id: "single-sign", type: "symbol", source: "requests", filter: ["!", many],
      layout: { "text-field": ["match", ["get", "state"], ...states.flatMap((state, n) => [state, signs[n]]), "?"],
        "text-size": 13, "text-font": ["sans-serif"], "text-allow-overlap": true },
      paint: { "text-color": color("--bg") } },
  ];
}

function element(name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text) made.textContent = text;
  return made;
}

function icon(kind, state) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("class", kind);
  made.setAttribute("aria-hidden", "true");
  made.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
  made.firstChild.setAttribute("href", `${list.dataset.icons}#${state}`);
  return made;
}

// The same requests as words, for keyboards and screen readers.
function row({ number, href, title, place, state, word, people, reported, expected, late }) {
  const item = element("li", state);
  const head = element("h3");
  const link = element("a", "", title);
  link.href = href;
  head.append(link);
  const chip = element("p", "c");
  const mark = element("span", `chip ${state}`);
  mark.append(icon("i", state), word);
  chip.append(mark);
  if (late) {
    const over = element("span", "chip late");
    over.append(icon("i", "clock"), late);
    chip.append(over);
  }
  chip.append(element("span", "", expected));
  const where = element("p", "p", people ? `${place}, ${people}` : place);
  where.append(element("span", "when", reported));
  item.append(icon("state", state), head, element("span", "n", number), where, chip);
  return item;
}

function tell(found) {
  const rows = element("ul", "tickets");
  rows.append(...found.features.slice(0, ROWS).map((feature) => row(feature.properties)));
  list.replaceChildren(rows);
  const all = found.features.length;
  const more = found.whole ? "" : "more than ";
  note.textContent = all === 1 ? "1 request in this part of the map."
    : `${more}${all} requests in this part of the map${all > ROWS ? `; the first ${ROWS} stand in the list` : ""}.`;
}

function button(words, sign, press) {
  const made = element("button", "", sign);
  made.type = "button";
  made.setAttribute("aria-label", words);
  made.addEventListener("click", press);
  return made;
}

async function begin() {
  const library = await import(box.dataset.library);
  if (box.dataset.worker) library.setWorkerUrl(new URL(box.dataset.worker, location.href).href);
  const edges = box.dataset.edges.split(",").map(Number);
  const room = element("div", "gl");
  box.querySelector(".map").append(room);
  let found = { type: "FeatureCollection", whole: true, features: [] };
  const style = () => ({
    version: 8,
    // Between light and dark nothing fades: half way the street names cannot be read.
    transition: { duration: 0, delay: 0 },
    sources: {
      city: { type: "geojson", data: new URL(box.dataset.city, location.href).href, maxzoom: 16 },
      requests: { type: "geojson", data: found, cluster: true, clusterRadius: 44, clusterMaxZoom: 16 },
    },
    layers: [...look(), ...requests()],
  });
  const map = new library.Map({
    container: room,
    style: style(),
    center: box.dataset.middle.split(",").map(Number),
    zoom: 15.2, minZoom: 10, maxZoom: 19, pitchWithRotate: false, dragRotate: false, attributionControl: false,
    maxBounds: [[edges[0] - 0.05, edges[1] - 0.05], [edges[2] + 0.05, edges[3] + 0.05]],
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200,
  });
  map.touchZoomRotate.disableRotation();
  const canvas = map.getCanvas();
  canvas.setAttribute("aria-label", "Map of requests: arrow keys move it, plus and minus zoom. The list has the same requests.");
  const steer = element("div", "steer");
  steer.append(button("Zoom in", "+", () => map.zoomIn()), button("Zoom out", "−", () => map.zoomOut()));
  box.append(steer);

  let latest = 0;
  const refresh = async () => {
    const bounds = map.getBounds();
    const mine = (latest += 1);
    const answer = await fetch(`/map/tickets?bbox=${bounds.toArray().flat().map((n) => n.toFixed(5)).join(",")}`);
    if (!answer.ok || mine !== latest) return;
    found = await answer.json();
    map.getSource("requests").setData(found);
    tell(found);
  };
  map.on("load", () => {
    box.classList.add("ready");
    refresh();
  });
  map.on("moveend", refresh);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.setStyle(style()));
  map.on("idle", () => { box.dataset.idle = String(map.queryRenderedFeatures({ layers: ["names", "names-main"] }).length); });
  map.on("click", "single", (event) => { location.href = event.features[0].properties.href; });
  map.on("click", "bundle", (event) => { map.easeTo({ center: event.features[0].geometry.coordinates, zoom: map.getZoom() + 2 }); });
  for (const layer of ["single", "bundle"]) {
    map.on("mouseenter", layer, () => { canvas.style.cursor = "pointer"; });
    map.on("mouseleave", layer, () => { canvas.style.cursor = ""; });
  }
}

if (box) begin().catch((why) => { console.info(`the drawn map stays: ${why}`); });
