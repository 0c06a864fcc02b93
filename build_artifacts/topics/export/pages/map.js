"use strict";
// The map: all topics on a canvas, drawn anew at every change; texts reach the page as text only.

const { themes, firms, topics } = JSON.parse(document.getElementById("data").textContent);
const count = topics.x.length;
const canvas = document.querySelector("canvas");
const context = canvas.getContext("2d");
const tip = document.querySelector(".tip");
const search = document.querySelector("input");
const legend = document.querySelector(".legend");
const found = document.querySelector(".found");

const byTheme = themes.map(() => []);
topics.theme.forEach((theme, topic) => byTheme[theme].push(topic));
// What a search looks through.
const searched = topics.title.map((title, topic) =>
  [title, topics.keywords[topic], firms[topics.firm[topic]], themes[topics.theme[topic]].name].join("\n").toLowerCase());
// A label stands at the topic of its theme that is nearest to the median of them.
const middles = byTheme.map((members) => {
  const [x, y] = ["x", "y"].map((axis) => members.map((topic) => topics[axis][topic]).sort((a, b) => a - b)[members.length >> 1]);
  const distance = (topic) => (topics.x[topic] - x) ** 2 + (topics.y[topic] - y) ** 2;
  return members.reduce((best, topic) => distance(topic) < distance(best) ? topic : best, members[0]);
});

// Neighbours of the pointer are looked for in cells of the unit square.
const CELLS = 100;
const cellOf = (value) => Math.min(CELLS - 1, Math.max(0, Math.floor(value * CELLS)));
const cells = new Map();
for (let topic = 0; topic < count; topic++) {
  const cell = cellOf(topics.x[topic]) * CELLS + cellOf(topics.y[topic]);
  if (!cells.has(cell)) cells.set(cell, []);
  cells.get(cell).push(topic);
}

const view = { scale: 1, x: 0, y: 0 };
const chosen = new Set();
let matching = null;
let hovered = -1;

const screenX = (topic) => view.x + topics.x[topic] * view.scale;
const screenY = (topic) => view.y + (1 - topics.y[topic]) * view.scale;

function whole() {
  const { clientWidth: width, clientHeight: height } = canvas;
  view.scale = Math.max(50, Math.min(width, height) - 60);
  view.x = (width - view.scale) / 2;
  view.y = (height - view.scale) / 2;
  draw();
}

function radius() {
  const whole = Math.min(canvas.clientWidth, canvas.clientHeight);
  const start = Math.min(6, Math.max(1.3, 130 / Math.sqrt(count + 1)));
  return Math.min(9, start * Math.sqrt(view.scale / whole));
}

function dots(members, colour, size) {
  context.fillStyle = colour;
  context.beginPath();
  for (const topic of members) {
    const x = screenX(topic), y = screenY(topic);
    if (x < -9 || y < -9 || x > canvas.clientWidth + 9 || y > canvas.clientHeight + 9) continue;
    // As small as this a square looks like a dot, and is drawn much faster.
    if (size < 2) {
      context.rect(x - size, y - size, 2 * size, 2 * size);
      continue;
    }
    context.moveTo(x + size, y);
    context.arc(x, y, size, 0, 2 * Math.PI);
  }
  context.fill();
}

function lit(topic) {
  return (!matching || matching[topic]) && (!chosen.size || chosen.has(topics.theme[topic]));
}

function paint() {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const size = radius();
  const all = !matching && !chosen.size;
  if (!all) byTheme.forEach((members) => dots(members, "#e6e8eb", size));
  context.globalAlpha = 0.8;
  // The largest themes last, so that they lie on top.
  for (let theme = themes.length - 1; theme >= 0; theme--) {
    dots(all ? byTheme[theme] : byTheme[theme].filter(lit), themes[theme].colour, size);
  }
  context.globalAlpha = 1;
  if (hovered >= 0) {
    context.strokeStyle = "#000";
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(screenX(hovered), screenY(hovered), size + 2, 0, 2 * Math.PI);
    context.stroke();
  }
  labels();
}

function labels() {
  const taken = [];
  const zoomed = view.scale / Math.min(canvas.clientWidth, canvas.clientHeight);
  const most = chosen.size ? chosen.size : Math.round(18 * zoomed);
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.lineJoin = "round";
  let written = 0;
  for (let theme = 0; theme < themes.length && written < most; theme++) {
    if (!byTheme[theme].length || (chosen.size ? !chosen.has(theme) : matching)) continue;
    const name = short(themes[theme].name, 34);
    const x = screenX(middles[theme]), y = screenY(middles[theme]);
    const half = context.measureText(name).width / 2 + 4;
    if (x < 0 || y < 0 || x > canvas.clientWidth || y > canvas.clientHeight) continue;
    if (taken.some((box) => Math.abs(box.x - x) < box.half + half && Math.abs(box.y - y) < 17)) continue;
    taken.push({ x, y, half });
    context.strokeStyle = "#ffffffe0";
    context.lineWidth = 4;
    context.strokeText(name, x, y + 4);
    context.fillStyle = themes[theme].ink;
    context.fillText(name, x, y + 4);
    written++;
  }
}

function short(text, longest) {
  const letters = [...text];
  return letters.length > longest ? letters.slice(0, longest - 1).join("") + "…" : text;
}

let waiting = false;
function draw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; paint(); });
}

function nearest(x, y) {
  const reach = Math.max(8, radius() + 3);
  const mapX = (x - view.x) / view.scale, mapY = 1 - (y - view.y) / view.scale, wide = reach / view.scale;
  let best = -1, least = reach * reach;
  for (let column = cellOf(mapX - wide); column <= cellOf(mapX + wide); column++) {
    for (let row = cellOf(mapY - wide); row <= cellOf(mapY + wide); row++) {
      for (const topic of cells.get(column * CELLS + row) || []) {
        const distance = (screenX(topic) - x) ** 2 + (screenY(topic) - y) ** 2;
        if (distance < least && lit(topic)) { best = topic; least = distance; }
      }
    }
  }
  return best;
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function hover(x, y) {
  const topic = nearest(x, y);
  if (topic !== hovered) {
    hovered = topic;
    tip.hidden = topic < 0;
    if (topic >= 0) {
      const theme = element("div", themes[topics.theme[topic]].name);
      theme.style.color = themes[topics.theme[topic]].ink;
      tip.replaceChildren(
        element("b", topics.title[topic]),
        element("div", `${firms[topics.firm[topic]]} · ${topics.n_sentences[topic]} sentences`, "quiet"),
        element("p", topics.summary[topic]),
        element("div", topics.keywords[topic], "quiet"),
        theme);
    }
    draw();
  }
  if (topic >= 0) {
    tip.style.left = `${Math.max(0, Math.min(x + 14, canvas.clientWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${y + 14 + tip.offsetHeight > canvas.clientHeight ? Math.max(0, y - tip.offsetHeight - 12) : y + 14}px`;
  }
}

function zoom(factor, x, y) {
  const whole = Math.min(canvas.clientWidth, canvas.clientHeight);
  const scale = Math.min(whole * 60, Math.max(whole * 0.5, view.scale * factor));
  view.x = x - (x - view.x) * (scale / view.scale);
  view.y = y - (y - view.y) * (scale / view.scale);
  view.scale = scale;
  draw();
}

function listThemes() {
  const text = search.value.trim().toLowerCase();
  matching = text.length > 1 ? searched.map((line) => line.includes(text)) : null;
  const numbers = byTheme.map((members) => matching ? members.filter((topic) => matching[topic]).length : members.length);
  const total = numbers.reduce((sum, number) => sum + number, 0);
  found.textContent = matching ? `${total} of ${count} topics` : `${count} topics, ${themes.length} themes`;
  legend.replaceChildren(...themes.flatMap((theme, number) => numbers[number] ? [entry(theme, number, numbers[number])] : []));
  draw();
}

function entry(theme, number, topicsFound) {
  const button = element("button", "");
  const dot = element("span", "", "dot");
  dot.style.background = theme.colour;
  button.append(dot, element("span", theme.name, "name"), element("span", topicsFound, "quiet"));
  button.setAttribute("aria-pressed", chosen.has(number));
  button.addEventListener("click", () => {
    if (!chosen.delete(number)) chosen.add(number);
    button.setAttribute("aria-pressed", chosen.has(number));
    draw();
  });
  return button;
}

let dragged = null;
canvas.addEventListener("pointerdown", (event) => {
  dragged = { x: event.offsetX, y: event.offsetY };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointermove", (event) => {
  if (!dragged) return hover(event.offsetX, event.offsetY);
  view.x += event.offsetX - dragged.x;
  view.y += event.offsetY - dragged.y;
  dragged = { x: event.offsetX, y: event.offsetY };
  draw();
});
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { dragged = null; });
canvas.addEventListener("pointerleave", () => hover(-1e6, -1e6));
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
}, { passive: false });
for (const [id, factor] of [["in", 1.5], ["out", 1 / 1.5]]) {
  document.getElementById(id).addEventListener("click", () => zoom(factor, canvas.clientWidth / 2, canvas.clientHeight / 2));
}
document.getElementById("whole").addEventListener("click", whole);
document.getElementById("clear").addEventListener("click", () => { chosen.clear(); search.value = ""; listThemes(); });
search.addEventListener("input", listThemes);
new ResizeObserver(draw).observe(canvas);
listThemes();
whole();
