// A face per temperament, drawn in the persona's colour; a shop's own personas get a plain friendly one.
import type { ComponentChildren } from 'preact';

const faces: Record<string, ComponentChildren> = {
  // Calm, hair up, eyes lowered.
  ladylike: (
    <>
      <path class="hair" d="M24 7.5a4.2 4.2 0 1 1 .1 0zM10.5 25c-1.5-10 5-16.5 13.5-16.5S39 15 37.5 25c-2-5-6-8.5-9-9.5-3.5 4-11.5 4-18 9.5z" />
      <path d="M16.5 25.5q2.2 2 4.4 0M27.1 25.5q2.2 2 4.4 0M20.8 33q3.2 2.4 6.4 0" />
      <path class="blush" d="M15.5 30.5h.1M32.5 30.5h.1" />
    </>
  ),
  // One brow up, knows what she wants.
  bold: (
    <>
      <path class="hair" d="M9.5 27C8 15 14.5 8 24 8s16 7 14.5 19c-1.5-3-2-5.5-2.5-8.5-8 1-15-1.5-19-5-2 3.5-5.5 8-7.5 13.5z" />
      <path d="M15.8 21.5l5.4 1.2M26.6 21.4q3-2.6 5.8-.6" />
      <path class="dots" d="M18.7 26h.1M29.5 26h.1" />
      <path class="lips" d="M19.5 33.2c1.5-1.6 3-1.8 4.5-.8 1.5-1 3-.8 4.5.8-1.5 2.3-7 2.8-9 0z" />
    </>
  ),
  // A sprout on the head, eyes wide open.
  fresh: (
    <>
      <path class="hair" d="M10 25.5C9.5 16 15.5 10.5 24 10.5S38.5 16 38 25.5c-3-2-4-4-4.5-6.5-7 2.5-13 2.5-19 0-.5 2.5-1.5 4.5-4.5 6.5z" />
      <path class="leaf" d="M24 10.5c0-4 1.5-7 6.5-7.5 0 4.5-2.5 7-6.5 7.5zM24 10.5c-.3-2.8-2-4.8-5.3-5.2.2 3.2 2 5 5.3 5.2z" />
      <path class="dots" d="M18.5 26h.1M29.5 26h.1" />
      <path d="M20.5 31.5q3.5 3.4 7 0" />
      <path class="blush" d="M15 30.3h.1M33 30.3h.1" />
    </>
  ),
  // Hair in all directions, tongue out.
  crazy: (
    <>
      <path class="hair" d="M9.5 25L7 17.5l5 1L11 11l6 3.5L19 6.5l5 6 5-6 2 8 6-3.5-1 7.5 5-1-2.5 7.5c-2.5-1.5-4-4-5-6-6 2-13 2-19 0-1 2-2.5 4.5-5 6z" />
      <circle cx="18.5" cy="25.5" r="3.2" />
      <path class="dots" d="M18.8 25.5h.1M30 25.3h.1" />
      <path d="M27 20.6l5.5-1.4" />
      <path class="lips" d="M16.5 31h15c0 4.8-3.2 7.6-7.5 7.6s-7.5-2.8-7.5-7.6z" />
      <path class="tongue" d="M20.6 37.6c.6-2.4 2-3.4 3.6-3.4s2.9 1 3.3 3c-1.9 1.6-4.9 1.8-6.9.4z" />
    </>
  ),
};

const plain = (
  <>
    <path class="hair" d="M10 25.5C9.5 15.5 15.5 9.5 24 9.5s14.5 6 14 16c-2.5-2-4.5-4.5-5.5-7.5-5 2-12 1.5-16.5-1-1 3.5-3 6.5-6 8.5z" />
    <path class="dots" d="M18.5 26h.1M29.5 26h.1" />
    <path d="M20 31.5q4 3.2 8 0" />
  </>
);

const anyone = (
  <>
    <circle class="hair" cx="16.5" cy="19" r="6" />
    <circle class="hair" cx="31.5" cy="19" r="6" />
    <path d="M7 36c1-6 5-8.5 9.5-8.5 3 0 5.5 1 7.5 3.5 2-2.5 4.5-3.5 7.5-3.5C36 27.5 40 30 41 36" />
  </>
);

export function Face({ persona, large = false }: { persona: string; large?: boolean }) {
  return (
    <svg viewBox="0 0 48 48" class={large ? 'face large' : 'face'} aria-hidden="true">
      <circle class="disc" cx="24" cy="24" r="24" />
      {persona === '' ? anyone : (faces[persona] ?? plain)}
    </svg>
  );
}
