// The page's icons: strokes on a 20 by 20 grid, in the colour of the text beside them. Never the only carrier of a meaning.

const shapes = {
  back: 'M12 4 6 10l6 6',
  bolt: 'M11 2 4 11h5l-1 7 7-9h-5z',
  bot: 'M4 8h12v8H4zM10 8V4M8 12h.01M12 12h.01M2 11v2M18 11v2',
  card: 'M3 5h14v10H3zM6 12c.5-2 3.5-2 4 0M8 9h.01M13 9h2M13 12h2',
  check: 'm4 10.5 4 4 8-9',
  chevron: 'm5 8 5 5 5-5',
  clock: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 6v4l3 2',
  close: 'm5 5 10 10M15 5 5 15',
  decisions: 'M4 4h12M4 8h5M4 12h5M4 16h5M12 8l4 4-4 4',
  down: 'M10 4v12m-5-5 5 5 5-5',
  end: 'M4 6.5A2.5 2.5 0 0 1 6.5 4h7A2.5 2.5 0 0 1 16 6.5v5a2.5 2.5 0 0 1-2.5 2.5H9l-4 3v-3.5A2.5 2.5 0 0 1 4 11.5zM8 7.5l4 3.5M12 7.5 8 11',
  eye: 'M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5m8-2a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  gear: 'M3 6h7M14 6h3M3 14h3M10 14h7M12 4.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6M8 12.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6',
  help: 'M7.5 7.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M10 14.5h.01M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15',
  next: 'M3 5h9M3 10h6M3 15h4M14 8v8m-3-3 3 3 3-3',
  parked: 'M7 5v10M13 5v10',
  returning: 'M5 7h7a4 4 0 0 1 0 8H8M8 4 5 7l3 3',
  send: 'M3 10 17 4l-4 13-3-5.5z',
  sound: 'M3 8v4h3l4 3V5L6 8zM13 7.5a3.5 3.5 0 0 1 0 5M15 5a7 7 0 0 1 0 10',
  warn: 'M10 3 2 16.5h16zM10 8v4M10 14.5h.01',
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}

// Two plugs and the cord between them.
export function Brand({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <rect width="28" height="28" rx="8" fill="var(--accent)" />
      <path d="M8.5 18.5c0-9 11-1 11-9" fill="none" stroke="var(--on-accent)" stroke-width="2.2" stroke-linecap="round" />
      <circle cx="8.5" cy="19" r="3" fill="var(--on-accent)" />
      <circle cx="19.5" cy="9" r="3" fill="var(--on-accent)" />
    </svg>
  );
}
