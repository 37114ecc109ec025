// What the figures mean for the owner of the shop. Rules of thumb, in the order of their weight; each says what to do.
const occupancy = (row) => (row.places > 0 ? (100 * row.busy_places) / row.places : 0);

// Neighbouring half hours for which `test` holds, as [first, last].
function stretches(rows, test) {
  const found = [];
  rows.forEach((row, i) => {
    if (!test(row)) return;
    const last = found[found.length - 1];
    if (last && last[1] === i - 1) last[1] = i;
    else found.push([i, i]);
  });
  return found;
}
const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);
const when = (rows, [a, b]) => say().between(clock(rows[a].from_ms), clock(rows[b].from_ms + 1800000));

// Places the half hour needs: its work, with that of those who left, and a reserve of half a square root.
function needed(row, handle_s) {
  const load = row.busy_places + (row.abandoned * handle_s) / 1800;
  return load + 0.5 * Math.sqrt(load);
}

function advise(figures, details) {
  const rows = details.half_hours;
  const words = say().advice;
  const each = details.places_per_agent || 1;
  const out = [];
  const busy = stretches(rows, (row) => row.chats >= 5 && row.abandon_pct > 5)
    .map((at) => ({ at, part: rows.slice(at[0], at[1] + 1) }))
    .sort((a, b) => sum(b.part, (r) => r.abandoned) - sum(a.part, (r) => r.abandoned))
    .slice(0, 3)
    .sort((a, b) => a.at[0] - b.at[0]);
  for (const { at, part } of busy) {
    const came = sum(part, (r) => r.chats);
    const missing = Math.max(...part.map((r) => needed(r, details.handle_mean_s) - r.places));
    if (missing <= 0) continue;
    out.push(words.more({ when: when(rows, at), agents: Math.max(1, Math.round(missing / each)), left: hundredth((100 * sum(part, (r) => r.abandoned)) / came),
      wait: seconds(sum(part, (r) => r.chats * r.queue_mean_s) / came), occ: hundredth((100 * sum(part, (r) => r.busy_places)) / sum(part, (r) => r.places)) }));
  }
  const idle = stretches(rows, (row) => row.places > 0 && occupancy(row) < 55 && row.abandon_pct < 3).filter(([a, b]) => b - a >= 3);
  for (const at of idle.slice(0, 2)) {
    const part = rows.slice(at[0], at[1] + 1);
    const spare = Math.min(...part.map((r) => r.places - needed(r, details.handle_mean_s)));
    if (spare < each) continue;
    out.push(words.fewer({ when: when(rows, at), agents: Math.floor(spare / each), occ: hundredth((100 * sum(part, (r) => r.busy_places)) / sum(part, (r) => r.places)) }));
  }
  const mean = figures.queue_mean_s;
  const bySkill = details.by_skill.filter((s) => s.chats >= 20);
  const slowest = [...bySkill].sort((a, b) => b.queue_mean_s - a.queue_mean_s)[0];
  if (figures.every_skill_queue_mean_s !== undefined && mean > 2 && mean > 1.4 * figures.every_skill_queue_mean_s && slowest) {
    out.push(words.skills({ able: seconds(figures.every_skill_queue_mean_s), mean: seconds(mean), skill: nameOf(slowest.name), wait: seconds(slowest.queue_mean_s) }));
  } else if (mean > 2 && mean < 1.6 * figures.pooled_queue_mean_s) {
    out.push(words.bound({ mean: seconds(mean), bound: seconds(figures.pooled_queue_mean_s) }));
  }
  if (bySkill.length > 1) {
    const worst = [...bySkill].sort((a, b) => a.answered_pct - b.answered_pct)[0];
    const rest = bySkill.filter((s) => s !== worst);
    const others = sum(rest, (s) => s.answered_pct * s.chats) / sum(rest, (s) => s.chats);
    if (worst.answered_pct < others - 6) out.push(words.skill({ skill: nameOf(worst.name), answered: hundredth(worst.answered_pct), others: hundredth(others) }));
  }
  const rare = details.by_persona.filter((p) => p.name !== null && p.persona_asked >= 20).sort((a, b) => a.persona_match_pct - b.persona_match_pct)[0];
  if (rare && rare.persona_match_pct < 75) out.push(words.persona({ persona: nameOf(rare.name), met: hundredth(rare.persona_match_pct) }));
  if (out.length === 0) out.push(words.fine());
  else out.push(words.staff());
  return out;
}
