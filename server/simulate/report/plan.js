// A plan of --staff: what it asks for, what it brings, and what its neighbours would.
const HUES = ["var(--wait)", "var(--able)", "var(--bound)", "var(--match)", "var(--lost)", "var(--good)", "var(--ink-2)", "var(--ink-3)"];
const hueOf = (skill) => HUES[DATA.skills.indexOf(skill) % HUES.length];
const span = (shift) => say().between(clock(shift.start_ms), clock(shift.end_ms));
const half = (i) => (i.high - i.low) / 2;
const plusMinus = (i, format) => [format(i.mean), " ", h("small", {}, `±${one(half(i))}`)];
const signed = (i, format) => (i.mean < -0.05 ? `−${format(-i.mean)}` : format(Math.abs(i.mean)));

function gain(change) {
  const w = say().plan;
  const { mean, low, high } = change.queue_mean_s;
  if (low <= 0 && high >= 0) return w.same;
  return mean < 0 ? w.shorter(seconds(-mean)) : w.longer(seconds(mean));
}

function consequences(plan) {
  const w = say().plan;
  const out = [];
  if (plan.now) {
    out.push(w.than_now({ agents: count(plan.now.agents), hours: one(plan.now.agent_hours), wait: seconds(plan.now.queue_mean_s.mean), left: hundredth(plan.now.abandon_pct.mean),
      hours2: one(plan.day.agent_hours), wait2: seconds(plan.day.queue_mean_s.mean), left2: hundredth(plan.day.abandon_pct.mean) }));
  }
  const more = plan.changes.filter((c) => c.what === "one_more_agent").sort((a, b) => a.queue_mean_s.mean - b.queue_mean_s.mean)[0];
  for (const change of [more, ...plan.changes.filter((c) => c.what !== "one_more_agent")]) {
    if (!change) continue;
    const { mean, low, high } = change.abandon_pct;
    out.push(w[change.what]({ gain: gain(change), skill: change.shift && nameOf(change.shift.skill), when: change.shift && span(change.shift), gave_up: w.points(mean, low, high) }));
  }
  return out;
}

function rota(plan) {
  const w = say().plan;
  const box = h("div", { class: "rota" });
  const rows = [...plan.rota].sort((a, b) => DATA.skills.indexOf(a.skill) - DATA.skills.indexOf(b.skill) || a.start_ms - b.start_ms);
  const end = plan.half_hours.length * 1800000;
  drawn.push(() => {
    const width = Math.max(box.clientWidth, 260);
    const tall = rows.length <= 40 ? 22 : 9;
    const left = 8;
    const x = (ms) => left + ((width - left - 8) * ms) / end;
    const picture = svg("svg", { viewBox: `0 0 ${width} ${rows.length * tall + 24}`, role: "img", "aria-label": w.rota_h });
    const every = [1, 2, 3, 4, 6, 8, 12, 24].find((hours) => (width * hours * 3600000) / end >= 52) ?? 24;
    const first = (every * 60 - ((DATA.starts_at_min ?? 0) % (every * 60))) % (every * 60);
    for (let ms = first * 60000; ms <= end; ms += every * 3600000) {
      picture.append(svg("line", { x1: x(ms), x2: x(ms), y1: 0, y2: rows.length * tall, stroke: "var(--grid)" }),
        svg("text", { x: x(ms), y: rows.length * tall + 17, "text-anchor": ms === 0 ? "start" : x(ms) > width - 30 ? "end" : "middle" }, clock(ms)));
    }
    rows.forEach((shift, i) => {
      const bar = svg("rect", { x: x(shift.start_ms), width: x(shift.end_ms) - x(shift.start_ms) - 1, y: i * tall + 1, height: tall - (tall > 10 ? 4 : 2), rx: 3, fill: hueOf(shift.skill), "fill-opacity": 0.85 });
      bar.append(svg("title", {}, `${nameOf(shift.skill)}${shift.persona ? ` · ${nameOf(shift.persona)}` : ""} · ${span(shift)}`));
      picture.append(bar);
      if (tall > 10 && shift.persona && x(shift.end_ms) - x(shift.start_ms) > 70) {
        picture.append(svg("text", { x: x(shift.start_ms) + 7, y: i * tall + 14, style: "fill: var(--surface)" }, nameOf(shift.persona)));
      }
    });
    box.replaceChildren(picture);
  });
  const present = DATA.skills.filter((skill) => rows.some((shift) => shift.skill === skill));
  return h("section", { class: "card" }, h("h3", {}, w.rota_h), h("p", {}, w.rota_p),
    h("div", { class: "legend" }, present.map((skill) => swatch({ kind: "bar", colour: hueOf(skill), label: nameOf(skill) }))), box,
    h("details", {}, h("summary", {}, w.shift), table([[w.shift, span], [w.own, (r) => nameOf(r.skill)], [w.backup, (r) => (r.backup === null ? "–" : nameOf(r.backup))], [w.persona, (r) => (r.persona === null ? "–" : nameOf(r.persona))]], rows)));
}

function plan() {
  const all = say();
  const w = all.plan;
  const p = DATA.staff;
  const rows = p.half_hours;
  const broken = rows.filter((r) => !r.kept).length;
  const now = (of) => (p.now ? w.now_sub(of(p.now)) : "");
  const crowd = peak(rows, (r) => r.agents);
  const worst = peak(rows, (r) => r.queue_mean_s.mean);
  const each = p.places_per_agent;
  return [head(all.plan_title, all.sub({ trace: DATA.trace, chats: count(p.day.chats.mean), agents: count(p.rota.length), hours: count(DATA.horizon_ms / 3600000) })),
    h("section", { class: `verdict ${p.kept ? "good" : "poor"}` },
      h("p", {}, w[p.kept ? "kept" : "broken"]({ agents: count(p.rota.length), hours: one(p.day.agent_hours), n: count(broken) })),
      h("p", { class: "then" }, w.targets({ answered: hundredth(p.targets.answered_pct), within: seconds(p.targets.answer_within_s), left: hundredth(p.targets.abandon_max_pct), busy: hundredth(p.targets.occupancy_max_pct), days: count(p.seeds) }))),
    h("section", { class: "tiles" },
      tile(count(p.rota.length), w.agents, now((n) => count(n.agents))),
      tile(one(p.day.agent_hours), w.hours, now((n) => one(n.agent_hours))),
      tile(seconds(p.day.queue_mean_s.mean), w.mean, now((n) => seconds(n.queue_mean_s.mean))),
      tile(percent(p.day.abandon_pct.mean), w.left, now((n) => percent(n.abandon_pct.mean))),
      tile(percent(p.day.answered_pct.mean), w.in_time, now((n) => percent(n.answered_pct.mean))),
      tile(percent(p.day.occupancy_pct.mean), w.busy, now((n) => percent(n.occupancy_pct.mean)))),
    h("h2", {}, all.what), numbered(consequences(p)),
    chart({ title: w.who_h, text: w.who_p({ when: halfHour(crowd), agents: one(crowd.agents) }), rows, height: 250, format: one, axis: (v) => String(+v.toFixed(2)), least: 3,
      series: [
        { label: w.lg_load, kind: "fill", colour: "var(--wait)", of: (r) => r.load_places / each },
        { label: w.lg_rule, kind: "dash", step: true, colour: "var(--able)", of: (r) => Math.ceil(r.rule_places / each) },
        { label: w.lg_agents, kind: "step", colour: "var(--ink)", of: (r) => r.agents }],
      also: (r) => [[all.came, one(r.chats.mean)], [all.lg_occupancy, percent(r.occupancy_pct.mean)]] }),
    rota(p),
    chart({ title: w.waits_h, text: w.waits_p({ when: halfHour(worst), wait: seconds(worst.queue_mean_s.mean) }), rows, height: 270, format: seconds, axis: (v) => (v === 0 ? "0" : all.seconds(+v.toFixed(1))), least: 4,
      series: [
        { label: w.lg_wait, kind: "bar", colour: "color-mix(in srgb, var(--wait) 60%, var(--surface))", of: (r) => r.queue_mean_s.mean, range: (r) => [r.queue_mean_s.low, r.queue_mean_s.high], tell: (r) => `${seconds(r.queue_mean_s.mean)} ±${one(half(r.queue_mean_s))}` },
        { label: all.lg_able, kind: "dash", colour: "var(--able)", of: (r) => r.every_skill_queue_mean_s.mean },
        { label: all.lg_bound, kind: "line", colour: "var(--bound)", of: (r) => r.pooled_queue_mean_s.mean }] }),
    chart({ title: w.left_h, text: w.left_p({ max: hundredth(p.targets.abandon_max_pct) }), rows, height: 220, format: percent, axis: (v) => `${+v.toFixed(1)}%`, least: p.targets.abandon_max_pct * 1.1,
      series: [
        { label: w.lg_left, kind: "bar", colour: "color-mix(in srgb, var(--lost) 60%, var(--surface))", of: (r) => r.abandon_pct.mean, range: (r) => [r.abandon_pct.low, r.abandon_pct.high], tell: (r) => `${percent(r.abandon_pct.mean)} ±${one(half(r.abandon_pct))}` },
        { label: w.lg_target, kind: "dash", colour: "var(--ink-2)", of: () => p.targets.abandon_max_pct }] }),
    h("section", { class: "card" }, h("h3", {}, w.table_h), table([
      [all.time, (r) => clock(r.from_ms)], [all.came, (r) => one(r.chats.mean)], [w.load, (r) => one(r.load_places)], [w.rule, (r) => count(r.rule_places)],
      [w.agents_col, (r) => one(r.agents)], [all.queue, (r) => plusMinus(r.queue_mean_s, seconds)], [all.gave_up, (r) => h("td", r.kept ? {} : { class: "bad" }, plusMinus(r.abandon_pct, percent))],
      [all.in_time, (r) => percent(r.answered_pct.mean)], [all.used, (r) => percent(r.occupancy_pct.mean)], [all.met, (r) => percent(r.persona_match_pct.mean)],
      [all.bound, (r) => seconds(r.pooled_queue_mean_s.mean)], [w.every, (r) => seconds(r.every_skill_queue_mean_s.mean)],
      [w.one_more, (r) => [signed(r.one_more_agent_queue_s, seconds), " ", h("small", {}, `±${one(half(r.one_more_agent_queue_s))}`)]],
      r0(rows).no_second_skill_queue_s && [w.no_second, (r) => ["+", signed(r.no_second_skill_queue_s, seconds), " ", h("small", {}, `±${one(half(r.no_second_skill_queue_s))}`)]]].filter(Boolean), rows)),
    h("h2", {}, all.notes_h), glossary(all.plan_notes)];
}
const r0 = (rows) => rows[0] ?? {};
