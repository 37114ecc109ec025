// Numbers and times as people say them; elements without markup (text never becomes HTML).
const DATA = JSON.parse(document.getElementById("data").textContent);
let language = /^#?en\b/.test(location.hash) ? "en" : /^#?zh\b/.test(location.hash) || /^zh/i.test(navigator.language) ? "zh" : "en";
const say = () => WORDS[language];
const nameOf = (name) => say().name[name] ?? name;

function seconds(s) {
  if (s < 9.95) return say().seconds(s.toFixed(1));
  if (s < 99.5) return say().seconds(String(Math.round(s)));
  const whole = Math.round(s);
  return say().minutes(Math.floor(whole / 60), whole % 60);
}
const percent = (p) => (p > 0 && p < 9.95) || (p > 99 && p < 100) ? `${p.toFixed(1)}%` : `${Math.round(p)}%`;
const count = (n) => Math.round(n).toLocaleString(language === "zh" ? "zh-CN" : "en");
const one2 = (x) => (x < 0 ? `−${one(-x)}` : one(x));
const one = (x) => (x < 9.95 ? String(+x.toFixed(1)) : String(Math.round(x)));
const hundredth = one;

// The clock if the trace tells it, else hours and minutes since its start.
function clock(ms) {
  const minutes = Math.round(ms / 60000) + (DATA.starts_at_min ?? 0);
  const hours = Math.floor(minutes / 60);
  return `${DATA.starts_at_min === undefined ? hours : hours % 24}:${String(minutes % 60).padStart(2, "0")}`;
}

function put(parent, children) {
  for (const child of children.flat(3)) if (child !== null && child !== undefined && child !== false) parent.append(child);
  return parent;
}
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  return put(element, children);
}
function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes ?? {})) element.setAttribute(key, typeof value === "number" ? Math.round(value * 100) / 100 : value);
  return put(element, children);
}
