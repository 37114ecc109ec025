// The page from top to bottom; drawn anew when the language changes.
const inTime = () => seconds(DATA.answer_within_s);
const peak = (rows, of) => rows.reduce((best, row) => (best === null || of(row) > of(best) ? row : best), null);
const halfHour = (row) => say().between(clock(row.from_ms), clock(row.from_ms + 1800000));

function head(title, sub) {
  const pick = (code, label) => h("button", { type: "button", lang: code, "aria-pressed": String(language === code), onclick: () => { language = code; history.replaceState(null, "", `#${code}`); render(); } }, label);
  return h("header", { class: "top" },
    h("div", {}, h("h1", {}, title), h("p", { class: "sub" }, sub)),
    h("div", { class: "switch", role: "group", "aria-label": "Language / 语言" }, pick("zh", "中文"), pick("en", "English")));
}

function tile(value, label, small) {
  return h("div", { class: "tile" }, h("b", {}, value), h("span", {}, label), h("small", {}, small ?? ""));
}

const numbered = (items) => h("ol", { class: "advice" }, items.map(([what, why]) => h("li", {}, h("h3", {}, what), h("p", {}, why))));
const glossary = (items) => h("dl", { class: "notes" }, items.map(([term, text]) => [h("dt", {}, term), h("dd", {}, text)]));

function verdict() {
  const w = say();
  const { figures: f, details: d } = DATA.results[0];
  const answered = (100 * sum(d.by_skill, (s) => (s.answered_pct / 100) * s.chats)) / Math.max(f.chats, 1);
  const kind = answered >= 80 && f.abandon_pct <= 5 ? "good" : answered >= 65 && f.abandon_pct <= 10 ? "fair" : "poor";
  const used = (100 * sum(d.half_hours, (r) => r.busy_places)) / Math.max(sum(d.half_hours, (r) => r.places), 1e-9);
  return [
    h("section", { class: `verdict ${kind}` },
      h("p", {}, w.verdict[kind]({ answered: hundredth(answered), within: inTime(), left: hundredth(f.abandon_pct) })),
      h("p", { class: "then" }, w.then({ mean: seconds(f.queue_mean_s), bound: seconds(f.pooled_queue_mean_s) }))),
    h("section", { class: "tiles" },
      tile(percent(answered), w.answered, w.answered_sub(inTime())),
      tile(seconds(f.queue_mean_s), w.mean, w.mean_sub(seconds(f.pooled_queue_mean_s))),
      tile(percent(f.abandon_pct), w.left, w.left_sub(count(f.abandoned), count(f.chats))),
      tile(percent(f.persona_match_pct), w.persona, w.persona_sub),
      tile(percent(f.sticky_hit_pct), w.same, w.same_sub),
      tile(percent(used), w.busy, w.busy_sub))];
}

function charts() {
  const w = say();
  const d = DATA.results[0].details;
  const rows = d.half_hours;
  if (rows.length === 0) return [];
  const worst = peak(rows.filter((r) => r.chats > 0), (r) => r.queue_mean_s);
  const full = peak(rows, occupancy);
  const lost = peak(rows, (r) => r.abandoned);
  const some = (row, value) => (row.chats > 0 ? value : null);
  return [
    chart({ title: w.waits_h, text: w.waits_p({ worst: worst?.queue_mean_s > 0 && halfHour(worst), wait: worst && seconds(worst.queue_mean_s) }), rows, height: 280, format: seconds, axis: (v) => (v === 0 ? "0" : w.seconds(+v.toFixed(1))), least: 4,
      series: [
        { label: w.lg_wait, kind: "bar", colour: "var(--wait)", of: (r) => r.queue_mean_s },
        { label: w.lg_able, kind: "dash", colour: "var(--able)", of: (r) => some(r, r.every_skill_queue_mean_s) },
        { label: w.lg_bound, kind: "line", colour: "var(--bound)", of: (r) => some(r, r.pooled_queue_mean_s) }],
      also: (r) => [[w.came, count(r.chats)]] }),
    chart({ title: w.people_h, text: w.people_p({ full: halfHour(full), occ: percent(occupancy(full)) }), rows, height: 240, format: one, axis: (v) => String(+v.toFixed(2)),
      series: [
        { label: w.lg_busy, kind: "fill", colour: "var(--wait)", of: (r) => r.busy_places },
        { label: w.lg_places, kind: "step", colour: "var(--ink-2)", of: (r) => r.places }],
      also: (r) => [[w.lg_occupancy, percent(occupancy(r))]] }),
    chart({ title: w.came_h, text: w.came_p({ worst: lost.abandoned > 0 && halfHour(lost), left: count(lost.abandoned), came: count(lost.chats) }), rows, height: 240, format: count, axis: (v) => String(+v.toFixed(1)), least: 4,
      series: [
        { label: w.lg_served, kind: "bar", colour: "color-mix(in srgb, var(--wait) 45%, var(--surface))", of: (r) => r.chats - r.abandoned },
        { label: w.lg_left, kind: "bar", colour: "var(--lost)", of: (r) => r.abandoned }],
      also: (r) => [[w.lg_left, percent(r.abandon_pct)]] }),
    chart({ title: w.quality_h, text: w.quality_p({ within: inTime() }), rows, height: 220, most: 100, format: percent, axis: (v) => `${v}%`,
      series: [
        { label: w.lg_answered, kind: "line", colour: "var(--good)", of: (r) => some(r, r.answered_pct) },
        { label: w.lg_match, kind: "dash", colour: "var(--match)", of: (r) => (r.persona_asked > 0 ? r.persona_match_pct : null) }] })];
}

function table(columns, rows, attributes) {
  return h("div", { class: "scroll" }, h("table", {},
    h("thead", {}, h("tr", {}, columns.map(([label]) => h("th", { scope: "col" }, label)))),
    h("tbody", {}, rows.map((row) => h("tr", attributes?.(row), columns.map(([, of]) => { const cell = of(row); return cell instanceof HTMLElement && cell.tagName === "TD" ? cell : h("td", {}, cell); }))))));
}
const marked = (bad, text) => h("td", bad ? { class: "bad" } : {}, text);

function comparison() {
  if (DATA.results.length < 2) return [];
  const w = say();
  const longest = Math.max(...DATA.results.map((r) => r.figures.queue_mean_s), 1e-9);
  return h("section", { class: "card" }, h("h3", {}, w.compare_h), h("p", {}, w.compare_p), table([
    [w.rule, (r) => w.policy[r.figures.policy] ?? r.figures.policy],
    [w.queue, (r) => h("td", {}, h("span", { class: "bar", style: `width:${Math.round((90 * r.figures.queue_mean_s) / longest)}px` }), seconds(r.figures.queue_mean_s))],
    [w.gave_up, (r) => percent(r.figures.abandon_pct)],
    [w.met, (r) => percent(r.figures.persona_match_pct)],
    [w.same_agent, (r) => percent(r.figures.sticky_hit_pct)]], DATA.results, (r) => (r === DATA.results[0] ? { class: "chosen" } : {})));
}

function parts() {
  const w = say();
  const d = DATA.results[0].details;
  const f = DATA.results[0].figures;
  const shared = [
    [w.came, (r) => count(r.chats)],
    [w.queue, (r) => seconds(r.queue_mean_s)],
    [w.in_time, (r) => marked(r.chats >= 20 && r.answered_pct < 70, percent(r.answered_pct))],
    [w.gave_up, (r) => marked(r.chats >= 20 && r.abandon_pct > 1.5 * f.abandon_pct && r.abandon_pct > 5, percent(r.abandon_pct))]];
  const met = [w.met, (r) => (r.persona_asked > 0 ? percent(r.persona_match_pct) : "–")];
  return [h("h2", {}, w.parts_h), h("div", { class: "tables" },
    h("section", { class: "card" }, h("h3", {}, w.skill), table([[w.skill, (r) => nameOf(r.name)], ...shared], d.by_skill)),
    h("section", { class: "card" }, h("h3", {}, w.tier), table([[w.tier, (r) => (r.tier === 0 ? w.ordinary : w.vip(r.tier))], ...shared], d.by_tier)),
    h("section", { class: "card wide" }, h("h3", {}, w.wished), table([[w.wished, (r) => (r.name === null ? w.anybody : nameOf(r.name))], ...shared, met], d.by_persona)))];
}

function everything() {
  const w = say();
  return h("details", {}, h("summary", {}, w.half_hours), h("div", { class: "card" }, table([
    [w.time, halfHour], [w.came, (r) => count(r.chats)], [w.queue, (r) => seconds(r.queue_mean_s)], [w.bound, (r) => seconds(r.pooled_queue_mean_s)],
    [w.in_time, (r) => percent(r.answered_pct)], [w.gave_up, (r) => percent(r.abandon_pct)], [w.places, (r) => one(r.places)], [w.used, (r) => percent(occupancy(r))],
    [w.met, (r) => (r.persona_asked > 0 ? percent(r.persona_match_pct) : "–")]], DATA.results[0].details.half_hours)));
}

function notes() {
  const w = say();
  const f = DATA.results[0].figures;
  return [h("h2", {}, w.notes_h), glossary(w.notes),
    f.eta_quotes > 0 && h("p", { class: "notes", style: "margin-top:12px" }, w.eta({ n: count(f.eta_quotes), p50: hundredth(f.eta_within_p50_pct), p90: hundredth(f.eta_within_p90_pct) }))];
}

function day() {
  const w = say();
  const { figures: f, details } = DATA.results[0];
  return [head(w.title, w.sub({ trace: DATA.trace, chats: count(f.chats), agents: count(DATA.agents), hours: count(DATA.horizon_ms / 3600000) })),
    verdict(), h("h2", {}, w.what), numbered(advise(f, details)), charts(), comparison(), parts(), everything(), notes()];
}

function render() {
  const w = say();
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = `${DATA.staff ? w.plan_title : w.title} · ${DATA.trace}`;
  drawn.length = 0;
  const page = document.getElementById("page");
  page.replaceChildren();
  put(page, [DATA.staff ? plan() : day(), h("footer", {}, w.footer({ trace: DATA.trace, notes: DATA.notes }))]);
  redraw();
}
render();
