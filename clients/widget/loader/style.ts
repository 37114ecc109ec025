// The launcher's and the panel's style, in a shadow root: it neither takes from nor gives to the shop's page.
export const loaderStyle = `
:host { all: initial; }
* { box-sizing: border-box; }
.launcher {
  --accent: #8a2f52;
  position: fixed; z-index: 2147483000;
  right: calc(20px + env(safe-area-inset-right)); bottom: calc(20px + env(safe-area-inset-bottom));
  display: flex; align-items: center; gap: 10px; height: 60px; padding: 0 22px 0 16px; border: 0; border-radius: 30px;
  background: var(--accent); color: #fff; cursor: pointer;
  font: 600 16px/1 system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif;
  box-shadow: 0 2px 6px rgb(0 0 0 / .16), 0 12px 32px rgb(60 16 36 / .32);
  transition: transform .18s ease, box-shadow .18s ease, padding .18s ease;
}
.launcher:hover { transform: translateY(-2px); box-shadow: 0 4px 10px rgb(0 0 0 / .18), 0 18px 40px rgb(60 16 36 / .36); }
.launcher:focus-visible { outline: 3px solid #fff; outline-offset: -6px; }
svg { width: 32px; height: 32px; flex: none; }
.shape { fill: #fff; }
.smile { fill: none; stroke: var(--accent); stroke-width: 2.4; stroke-linecap: round; }
.cross { fill: none; stroke: #fff; stroke-width: 2.6; stroke-linecap: round; opacity: 0; }
.open .shape, .open .smile { opacity: 0; }
.open .cross { opacity: 1; }
.launcher.open { padding: 0 14px; }
.launcher.open .label { display: none; }
.badge {
  position: absolute; top: -4px; right: -2px; min-width: 24px; height: 24px; padding: 0 6px; border-radius: 12px;
  background: #d3163f; color: #fff; border: 2px solid #fff; font-size: 12px; font-weight: 700; line-height: 20px; text-align: center;
}
.badge[hidden] { display: none; }
.panel {
  position: fixed; z-index: 2147483001; overflow: hidden; background: #fff;
  right: calc(20px + env(safe-area-inset-right)); bottom: calc(92px + env(safe-area-inset-bottom));
  width: 420px; height: min(730px, calc(100vh - 112px)); border-radius: 22px;
  box-shadow: 0 0 0 1px rgb(43 18 30 / .06), 0 24px 70px rgb(43 18 30 / .28);
  visibility: hidden; opacity: 0; transform: translateY(14px) scale(.985); transform-origin: 90% 100%;
  transition: opacity .16s ease, transform .2s ease, visibility 0s .2s;
}
.panel.open { visibility: visible; opacity: 1; transform: none; transition: opacity .16s ease, transform .2s ease; }
iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: normal; }
@media (prefers-color-scheme: dark) { .panel { background: #1b1619; box-shadow: 0 0 0 1px rgb(255 255 255 / .08), 0 24px 70px rgb(0 0 0 / .6); } }
@media (max-width: 640px), (max-height: 480px) {
  .panel {
    inset: 0; width: 100%; height: 100dvh; border-radius: 0;
    padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left);
  }
  .launcher { padding: 0 14px; }
  .launcher .label { display: none; }
  .launcher.open { display: none; }
}
@media (prefers-reduced-motion: reduce) { .launcher, .panel, .panel.open { transition: none; transform: none; } }
@media print { .launcher, .panel { display: none; } }
`;
