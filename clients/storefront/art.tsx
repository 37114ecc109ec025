// The wares, drawn: a vessel each, in its own colour.
import type { ComponentChildren } from 'preact';
import type { Product } from './text';

const vessels: Record<Product['art'], ComponentChildren> = {
  dropper: (
    <>
      <path class="dark" d="M92 34h16v-8a8 8 0 0 0-16 0zM88 34h24v22H88z" />
      <rect class="glass" x="70" y="62" width="60" height="92" rx="12" />
      <path class="fill" d="M74 92h52v50a8 8 0 0 1-8 8H82a8 8 0 0 1-8-8z" />
      <path class="line" d="M100 62v64" />
      <rect class="label" x="80" y="104" width="40" height="30" rx="2" />
      <path class="ink" d="M88 114h24M92 122h16" />
    </>
  ),
  lipstick: (
    <>
      <path class="fill" d="M84 92V50c0-8 14-20 32-24v66z" />
      <path class="shine" d="M92 84V56" />
      <rect class="gold" x="80" y="90" width="40" height="18" />
      <rect class="dark" x="74" y="106" width="52" height="50" rx="4" />
      <path class="pale" d="M74 120h52" />
    </>
  ),
  jar: (
    <>
      <rect class="label" x="56" y="62" width="88" height="30" rx="7" />
      <path class="line" d="M62 92h76" />
      <path class="glass" d="M52 94h96v46a16 16 0 0 1-16 16H68a16 16 0 0 1-16-16z" />
      <path class="fill" d="M60 108h80v30a12 12 0 0 1-12 12H72a12 12 0 0 1-12-12z" />
      <path class="shine" d="M70 116v22" />
      <path class="pale" d="M88 128h24M93 136h14" />
    </>
  ),
  tube: (
    <>
      <path class="fill" d="M72 34h56l-8 98H80z" />
      <path class="pale" d="M72 34h56" />
      <rect class="label" x="80" y="132" width="40" height="24" rx="4" />
      <path class="pale" d="M90 66h20M92 78h16M94 90h12" />
      <path class="shine" d="M82 50l3 60" />
    </>
  ),
  bottle: (
    <>
      <rect class="dark" x="88" y="26" width="24" height="26" rx="3" />
      <path class="glass" d="M86 52h28c2 14 20 16 20 34v56a14 14 0 0 1-14 14H80a14 14 0 0 1-14-14V86c0-18 18-20 20-34z" />
      <path class="fill" d="M70 96h60v44a12 12 0 0 1-12 12H82a12 12 0 0 1-12-12z" />
      <circle class="label" cx="100" cy="120" r="17" />
      <path class="ink" d="M92 120h16M100 112v16" />
    </>
  ),
  palette: (
    <>
      <rect class="dark" x="42" y="56" width="116" height="92" rx="12" />
      <rect class="label" x="50" y="64" width="100" height="76" rx="7" />
      <g class="pans">
        <circle cx="72" cy="86" r="14" opacity=".35" />
        <circle cx="106" cy="86" r="14" opacity=".6" />
        <circle cx="132" cy="94" r="8" />
        <circle cx="70" cy="120" r="12" />
        <circle cx="100" cy="120" r="14" opacity=".8" />
        <circle cx="130" cy="120" r="13" opacity=".5" />
      </g>
    </>
  ),
  perfume: (
    <>
      <rect class="gold" x="90" y="52" width="20" height="14" />
      <circle class="dark" cx="100" cy="38" r="17" />
      <rect class="glass" x="56" y="66" width="88" height="90" rx="20" />
      <rect class="fill" x="66" y="88" width="68" height="58" rx="13" />
      <rect class="label" x="82" y="100" width="36" height="32" rx="2" />
      <path class="ink" d="M88 110h24M88 117h24M88 124h14" />
    </>
  ),
  cushion: (
    <>
      <path class="label" d="M56 98a44 44 0 1 1 88 0z" />
      <path class="line" d="M68 92a32 32 0 0 1 64 0" />
      <ellipse class="dark" cx="100" cy="112" rx="56" ry="32" />
      <ellipse class="gold" cx="100" cy="107" rx="50" ry="26" />
      <ellipse class="fill" cx="100" cy="106" rx="40" ry="20" />
      <path class="shine" d="M78 100q8-6 18-6" />
    </>
  ),
};

export function Vessel({ product }: { product: Product }) {
  return (
    <svg viewBox="0 0 200 184" class="vessel" style={{ '--c': product.color }} aria-hidden="true">
      <ellipse class="shadow" cx="100" cy="158" rx="62" ry="7" />
      {vessels[product.art]}
    </svg>
  );
}

const petal = 'M0 0C-15-11-17-35 0-48 17-35 15-11 0 0z';

function Flower({ x, y, size, color, turn = 0 }: { x: number; y: number; size: number; color: string; turn?: number }) {
  return (
    <g transform={`translate(${x} ${y}) scale(${size}) rotate(${turn})`}>
      {[0, 72, 144, 216, 288].map((angle) => (
        <path key={angle} d={petal} fill={color} transform={`rotate(${angle})`} opacity=".92" />
      ))}
      <circle r="8" fill="#f0c665" />
      <circle r="3.2" fill="#c98b2b" />
    </g>
  );
}

/** The still life beside the headline. */
export function StillLife() {
  return (
    <svg viewBox="0 0 560 520" class="still" aria-hidden="true">
      <path d="M96 520V250a184 184 0 0 1 368 0v270z" fill="#efd3cb" />
      <path d="M140 520V256a140 140 0 0 1 280 0v264z" fill="#f6e5de" />
      <circle cx="408" cy="120" r="52" fill="#f3c98b" opacity=".8" />
      <rect x="60" y="440" width="440" height="80" fill="#d9a79d" />
      <rect x="60" y="440" width="440" height="10" fill="#c98f85" />
      <rect x="296" y="376" width="150" height="64" rx="4" fill="#c77d84" />
      <rect x="296" y="376" width="150" height="9" rx="4" fill="#d5929a" />
      <g>
        <rect x="180" y="216" width="42" height="44" rx="4" fill="#4a2b38" />
        <path d="M150 300c0-26 26-22 30-42h42c4 20 30 16 30 42v124a18 18 0 0 1-18 18h-66a18 18 0 0 1-18-18z" fill="#e8b3bd" />
        <path d="M158 336h86v84a14 14 0 0 1-14 14h-58a14 14 0 0 1-14-14z" fill="#c9698a" />
        <rect x="172" y="350" width="58" height="54" fill="#fff7f2" />
        <path d="M182 366h38M188 378h26M192 390h18" stroke="#8a2f52" stroke-width="3" />
        <path d="M160 312v100" stroke="#fff" stroke-width="5" stroke-linecap="round" opacity=".5" />
      </g>
      <g>
        <path d="M334 342v-52c0-10 18-24 40-28v80z" fill="#b3262f" />
        <path d="M343 334v-36" stroke="#fff" stroke-width="4" stroke-linecap="round" opacity=".45" />
        <rect x="329" y="336" width="50" height="12" fill="#e0b566" />
        <rect x="324" y="346" width="60" height="31" fill="#4a2b38" />
      </g>
      <g>
        <rect x="396" y="334" width="36" height="14" rx="4" fill="#fff7f2" />
        <rect x="392" y="347" width="44" height="30" rx="8" fill="#9cc4ab" />
      </g>
      <path d="M112 440c-6-70 10-120 44-168" stroke="#6f8f6f" stroke-width="4" fill="none" />
      <path d="M118 380c-28-6-44-24-46-48 26 2 44 18 46 48zM124 342c20-12 24-32 18-52-20 10-26 30-18 52z" fill="#86a884" />
      <Flower x={156} y={262} size={0.95} color="#e58fa4" turn={14} />
      <Flower x={470} y={420} size={0.8} color="#f0a9a0" turn={-12} />
      <Flower x={272} y={436} size={0.5} color="#e58fa4" turn={30} />
      <path d="M486 214c10 8 12 20 4 32-10-8-12-20-4-32zM92 168c12 2 20 10 22 24-12-2-20-10-22-24zM300 108c10-6 20-4 28 4-10 6-20 4-28-4z" fill="#e58fa4" opacity=".8" />
    </svg>
  );
}

/** The shop's sign. */
export function Blossom() {
  return (
    <svg viewBox="-50 -50 100 100" aria-hidden="true">
      {[0, 72, 144, 216, 288].map((angle) => (
        <path key={angle} d={petal} fill="#8a2f52" transform={`rotate(${angle})`} />
      ))}
      <circle r="10" fill="#f0c665" />
    </svg>
  );
}
