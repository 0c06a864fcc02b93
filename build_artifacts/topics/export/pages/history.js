"use strict";
// Themes over quarters: the table decides what the chart draws; texts reach the page as text only.

const { quarters, themes } = JSON.parse(document.getElementById("data").textContent);
const several = quarters.length > 1;
const chart = document.querySelector("svg");
const search = document.querySelector("input");
const measure = document.querySelector("select");
const head = document.querySelector("thead");
const body = document.querySelector("tbody");
const order = { key: "last", descending: true };

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const last = (theme) => theme[measure.value].at(-1);
const change = (theme) => several ? last(theme) - theme[measure.value].at(-2) : 0;
const columns = [
  ["name", "Theme"], ["last", quarters.at(-1) || ""],
  ...(several ? [["change", `since ${quarters.at(-2)}, points`], ["course", quarters[0] + " – " + quarters.at(-1)]] : [["size", ""]]),
];
const values = { name: (theme) => theme.name.toLowerCase(), last, change };

function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function shape(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

function row(theme, largest) {
  const made = element("tr");
  made.append(element("td", theme.name, "name"), element("td", percent(last(theme)), "number"));
  if (several) {
    const points = 100 * change(theme);
    const shown = (points > 0 ? "+" : "") + points.toFixed(1);
    made.append(element("td", shown, `number ${points > 0 ? "up" : points < 0 ? "down" : "quiet"}`));
    made.setAttribute("aria-selected", theme.shown);
    made.addEventListener("click", () => { theme.shown = !theme.shown; show(); });
  }
  const cell = element("td");
  cell.append(several ? course(theme) : bar(theme, largest));
  made.append(cell);
  return made;
}

function bar(theme, largest) {
  const made = element("div", "", "bar");
  made.style.width = `${360 * last(theme) / largest}px`;
  return made;
}

function course(theme) {
  const shares = theme[measure.value], most = Math.max(...shares, 1e-9);
  const points = shares.map((share, quarter) => `${2 + quarter * 116 / (shares.length - 1)},${22 - 20 * share / most}`);
  const made = shape("svg", { width: 120, height: 24 });
  made.append(shape("polyline", { points: points.join(" "), class: "line", stroke: theme.shown ? theme.colour : "#9aa1a9" }));
  return made;
}

function compare(a, b) {
  const left = values[order.key](a), right = values[order.key](b);
  return (left < right ? -1 : left > right ? 1 : 0) * (order.descending ? -1 : 1);
}

function listHead() {
  const made = element("tr");
  for (const [key, title] of columns) {
    const cell = element("th");
    if (key in values) {
      const button = element("button", title + (order.key === key ? (order.descending ? " ↓" : " ↑") : ""));
      button.addEventListener("click", () => {
        order.descending = order.key === key ? !order.descending : key !== "name";
        order.key = key;
        show();
      });
      cell.append(button);
    } else cell.textContent = title;
    if (key === "last" || key === "change") cell.className = "number";
    made.append(cell);
  }
  head.replaceChildren(made);
}

function listThemes() {
  const text = search.value.trim().toLowerCase();
  const found = themes.filter((theme) => theme.name.toLowerCase().includes(text)).sort(compare);
  const largest = Math.max(...themes.map(last), 1e-9);
  body.replaceChildren(...found.map((theme) => row(theme, largest)));
}

function drawChart() {
  const drawn = themes.filter((theme) => theme.shown).sort((a, b) => last(b) - last(a));
  chart.toggleAttribute("hidden", !several || !drawn.length);
  if (!several || !drawn.length) return;
  const width = 1130, height = Math.max(380, 17 * drawn.length + 60), left = 46, right = 700, top = 14, bottom = height - 30;
  const most = Math.max(...drawn.flatMap((theme) => theme[measure.value]), 1e-9) * 1.03;
  const x = (quarter) => left + quarter * (right - left) / (quarters.length - 1);
  const y = (share) => bottom - share / most * (bottom - top);
  chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const parts = [];
  const step = roundStep(most / 5), decimals = Number.isInteger(Math.round(step * 1e6) / 1e4) ? 0 : 1;
  for (let share = 0; share <= most; share += step) {
    parts.push(shape("line", { x1: left, x2: right, y1: y(share), y2: y(share), class: "axis" }));
    parts.push(shape("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, `${(100 * share).toFixed(decimals)} %`));
  }
  const every = Math.ceil(quarters.length / 10);
  quarters.forEach((name, quarter) => {
    if (quarter % every === 0) parts.push(shape("text", { x: x(quarter), y: bottom + 20, "text-anchor": "middle" }, name));
  });
  const heights = spread(drawn.map((theme) => y(last(theme))), 17, bottom);
  drawn.forEach((theme, number) => {
    const points = theme[measure.value].map((share, quarter) => `${x(quarter)},${y(share)}`).join(" ");
    parts.push(shape("polyline", { points, class: "line", stroke: theme.colour }));
    theme[measure.value].forEach((share, quarter) => {
      const dot = shape("circle", { cx: x(quarter), cy: y(share), r: 4, fill: theme.colour });
      dot.append(shape("title", {}, `${theme.name}, ${quarters[quarter]}: ${percent(share)}`));
      parts.push(dot);
    });
    parts.push(shape("line", { x1: right + 5, x2: right + 22, y1: y(last(theme)), y2: heights[number], stroke: theme.colour }));
    const name = [...theme.name].length > 48 ? [...theme.name].slice(0, 47).join("") + "…" : theme.name;
    const label = shape("text", { x: right + 27, y: heights[number] + 4 }, `${name}  ${percent(last(theme))}`);
    label.style.fill = theme.ink;
    parts.push(label);
  });
  chart.replaceChildren(...parts);
}

// A step of the axis that is easy to read, at least as long as it must be.
function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 2.5, 5, 10].find((factor) => power * factor >= least);
}

// Labels in the order of their lines, at least a line apart.
function spread(places, gap, lowest) {
  const moved = [];
  for (const place of places) moved.push(Math.max(place, moved.length ? moved.at(-1) + gap : place));
  let floor = lowest;
  for (let row = moved.length - 1; row >= 0; row--) {
    moved[row] = Math.min(moved[row], floor);
    floor = moved[row] - gap;
  }
  return moved;
}

function show() {
  listHead();
  listThemes();
  drawChart();
}

search.addEventListener("input", listThemes);
measure.addEventListener("change", show);
show();
