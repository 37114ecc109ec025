// Line icons, 24 by 24, drawn with the text's colour.
import type { ComponentChildren } from 'preact';

function icon(children: ComponentChildren, className = '') {
  return () => (
    <svg viewBox="0 0 24 24" class={`icon ${className}`} aria-hidden="true">
      {children}
    </svg>
  );
}

export const Down = icon(<path d="M6 9.5l6 6 6-6" />);
export const Left = icon(<path d="M14.5 6l-6 6 6 6" />);
export const Send = icon(<path d="M4.5 12L20 4.5 15.5 20l-3.6-6.4zM11.9 13.6L20 4.5" />);
export const Smile = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M8.5 14.2q3.5 3.6 7 0M9.2 9.6v.6M14.8 9.6v.6" />
  </>,
);
export const Clock = icon(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 7.5V12l3 2" />
  </>,
);
export const Check = icon(<path d="M5.5 12.5l4.3 4.3L18.5 8" />);
export const Checks = icon(<path d="M2.5 12.8l4 4 8.5-8.6M11.5 15.6l1.3 1.3 8.7-8.7" />);
export const Alert = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7.5v5.5M12 16.3v.2" />
  </>,
);
export const Spark = icon(<path d="M12 4l1.8 5.2L19 11l-5.2 1.8L12 18l-1.8-5.2L5 11l5.2-1.8zM18.5 4v3M20 5.5h-3" />);
export const Leave = icon(<path d="M13.5 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h6.5M10.5 12H20m-3.5-3.7L20 12l-3.5 3.7" />);
export const NoLine = icon(<path d="M4 4l16 16M8.5 15.5a5 5 0 0 1 7 0M5.5 12.3a9.3 9.3 0 0 1 3.5-2.2M15 10.1a9.3 9.3 0 0 1 3.5 2.2M12 18.8v.2" />);
export const Crown = icon(<path d="M4.5 17.5h15M5 14.5L4 7.5l4.5 3L12 5.5l3.5 5 4.5-3-1 7z" />);
export const Swap = icon(<path d="M7 7.5h11l-3-3M17 16.5H6l3 3" />);
