// A button with a panel below it: opens and closes by click, Escape, and a click elsewhere; arrows walk through its items.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  open: boolean;
  setOpen(open: boolean): void;
  button: ComponentChildren; // what the button shows
  buttonClass: string;
  label: string;
  align?: 'left' | 'right';
  children: ComponentChildren;
}

export function Menu({ open, setOpen, button, buttonClass, label, align = 'left', children }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);

  useLayoutEffect(() => {
    if (!open) return;
    items()[0]?.focus();
    const elsewhere = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', elsewhere);
    return () => document.removeEventListener('pointerdown', elsewhere);
  }, [open]);

  const items = () => [
    ...(root.current?.querySelectorAll<HTMLElement>('.menu-panel :is(button, input):not(:disabled)') ?? []),
  ];

  function keyDown(event: KeyboardEvent) {
    if (!open) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      setOpen(false);
      opener.current?.focus();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && !event.altKey) {
      event.preventDefault();
      const all = items();
      const at = all.indexOf(document.activeElement as HTMLElement);
      all.at((at + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length)?.focus();
    }
  }

  return (
    <div
      class="menu"
      ref={root}
      onKeyDown={keyDown}
      onFocusOut={(event) => {
        const to = event.relatedTarget;
        if (open && to instanceof Node && !root.current?.contains(to)) setOpen(false);
      }}
    >
      <button
        ref={opener}
        type="button"
        class={buttonClass}
        aria-haspopup="true"
        aria-expanded={open}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && <div class={`menu-panel menu-${align}`}>{children}</div>}
    </div>
  );
}
