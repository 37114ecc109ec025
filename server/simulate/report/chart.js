// Plots over the half hours. A series: { label, kind: "bar" | "line" | "dash" | "step" | "fill", colour, of: row -> number };
// a bar may have a range: row -> [low, high], drawn as a whisker.
// Bars of one plot stand on each other in their order.
const BETWEEN = { left: 46, right: 8, top: 12, bottom: 26 };

// A round step with at most `wanted` of them below `top`.
function niceStep(top, wanted) {
  const raw = top / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 2.5, 5, 10].map((k) => k * power).find((step) => step >= raw * 0.999);
}

function swatch(series) {
  const mark = { bar: () => svg("rect", { x: 1, y: 1, width: 12, height: 12, rx: 2, fill: series.colour }),
    fill: () => svg("rect", { x: 1, y: 1, width: 12, height: 12, rx: 2, fill: series.colour, "fill-opacity": 0.35 }) }[series.kind]
    ?? (() => svg("line", { x1: 0, x2: 14, y1: 7, y2: 7, stroke: series.colour, "stroke-width": 2.5, "stroke-dasharray": series.kind === "dash" ? "5 3" : "none" }));
  return h("span", {}, svg("svg", { width: 14, height: 14, "aria-hidden": "true" }, mark()), series.label);
}

function draw(box, plot) {
  const width = Math.max(box.clientWidth, 260);
  const height = Math.round(Math.min(plot.height, 130 + width * 0.16));
  const { left, right, top, bottom } = BETWEEN;
  const rows = plot.rows;
  const stacked = (row) => plot.series.filter((s) => s.kind === "bar").reduce((sum, s) => sum + s.of(row), 0);
  const highest = Math.max(plot.least ?? 0, ...rows.map((row) => Math.max(stacked(row), ...plot.series.filter((s) => s.range).map((s) => s.range(row)[1]), ...plot.series.filter((s) => s.kind !== "bar").map((s) => s.of(row) ?? 0))));
  const step = niceStep(plot.most ?? (highest > 0 ? highest * 1.04 : 1), 4);
  const ceiling = plot.most ?? Math.ceil((highest > 0 ? highest * 1.04 : 1) / step) * step;
  const x = (i) => left + ((width - left - right) * i) / rows.length;
  const y = (value) => top + (height - top - bottom) * (1 - Math.min(value, ceiling) / ceiling);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": plot.title });

  for (let value = 0; value <= ceiling * 1.001; value += step) {
    picture.append(svg("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), stroke: value === 0 ? "var(--ink-3)" : "var(--grid)" }));
    picture.append(svg("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, plot.axis(value)));
  }
  const every = [1, 2, 4, 6, 8, 12, 16, 24, 48, 96].find((n) => (width - left - right) / (rows.length / n) >= 46) ?? rows.length;
  const offset = (every - ((DATA.starts_at_min ?? 0) / 30) % every) % every;
  rows.forEach((row, i) => {
    if ((i - offset) % every !== 0 || i < offset) return;
    picture.append(svg("text", { x: x(i), y: height - 7, "text-anchor": i === 0 ? "start" : "middle" }, clock(row.from_ms)));
    picture.append(svg("line", { x1: x(i), x2: x(i), y1: y(0), y2: y(0) + 4, stroke: "var(--ink-3)" }));
  });

  const gap = Math.min(2, (x(1) - x(0)) * 0.2);
  rows.forEach((row, i) => {
    let under = 0;
    for (const s of plot.series) {
      if (s.kind !== "bar") continue;
      const value = s.of(row);
      if (value > 0) {
        picture.append(svg("rect", { x: x(i) + gap / 2, width: Math.max(x(1) - x(0) - gap, 0.5), y: y(under + value), height: Math.max(y(under) - y(under + value), 0.5), fill: s.colour, rx: Math.min(1.5, gap) }));
      }
      under += value;
      if (!s.range) continue;
      const middle = (x(i) + x(i + 1)) / 2;
      const [low, high] = s.range(row);
      if (high > low) picture.append(svg("path", { d: `M${middle} ${y(Math.max(low, 0))}V${y(high)}M${middle - 3} ${y(high)}h6`, stroke: "var(--ink-2)", fill: "none", "stroke-width": 1.2 }));
    }
  });
  for (const s of plot.series) {
    if (s.kind === "bar") continue;
    const steps = s.kind === "step" || s.kind === "fill" || s.step;
    let path = "";
    let open = false;
    rows.forEach((row, i) => {
      const value = s.of(row);
      if (value === null) { open = false; return; }
      const to = steps ? `${x(i).toFixed(1)} ${y(value).toFixed(1)}H${x(i + 1).toFixed(1)}` : `${((x(i) + x(i + 1)) / 2).toFixed(1)} ${y(value).toFixed(1)}`;
      path += (open ? "L" : "M") + to;
      open = true;
    });
    if (s.kind === "fill") picture.append(svg("path", { d: `${path}V${y(0)}H${x(0)}Z`, fill: s.colour, "fill-opacity": 0.35 }));
    else picture.append(svg("path", { d: path, fill: "none", stroke: s.colour, "stroke-width": s.kind === "step" ? 2 : 2.2, "stroke-linejoin": "round", "stroke-linecap": "round", "stroke-dasharray": s.kind === "dash" ? "6 4" : "none" }));
  }

  const mark = svg("rect", { y: top, height: height - top - bottom, width: x(1) - x(0), fill: "var(--ink)", "fill-opacity": 0.07, visibility: "hidden" });
  picture.append(mark);
  const tip = h("div", { class: "tip", hidden: "" });
  const show = (event) => {
    const at = event.clientX - picture.getBoundingClientRect().left;
    const i = Math.floor(((at - left) / (width - left - right)) * rows.length);
    if (i < 0 || i >= rows.length) { hide(); return; }
    mark.setAttribute("x", x(i));
    mark.setAttribute("visibility", "visible");
    tip.replaceChildren(h("b", {}, say().between(clock(rows[i].from_ms), clock(rows[i].from_ms + 1800000))));
    for (const s of plot.series) {
      const value = s.of(rows[i]);
      tip.append(h("div", {}, h("i", {}, s.label), value === null ? "–" : (s.tell?.(rows[i]) ?? (s.format ?? plot.format)(value))));
    }
    for (const [label, value] of plot.also?.(rows[i]) ?? []) tip.append(h("div", {}, h("i", {}, label), value));
    tip.hidden = false;
    tip.style.left = `${Math.max(0, Math.min(x(i) + 14, width - tip.offsetWidth))}px`;
    if (x(i) + 14 + tip.offsetWidth > width) tip.style.left = `${Math.max(0, x(i) - tip.offsetWidth - 8)}px`;
  };
  const hide = () => { tip.hidden = true; mark.setAttribute("visibility", "hidden"); };
  picture.addEventListener("pointermove", show);
  picture.addEventListener("pointerdown", show);
  picture.addEventListener("pointerleave", hide);
  box.replaceChildren(picture, tip);
}

const drawn = [];
function chart(plot) {
  const box = h("div", { class: "chart" });
  drawn.push(() => draw(box, plot));
  return h("figure", { class: "card" }, h("h3", {}, plot.title), h("p", {}, plot.text), h("div", { class: "legend" }, plot.series.map(swatch)), box);
}
const redraw = () => drawn.forEach((again) => again());
addEventListener("resize", redraw);
