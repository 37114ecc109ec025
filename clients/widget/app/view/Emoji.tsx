// A small hand of emoji; the device's own keyboard has the rest.
const EMOJI = [
  '😊', '😂', '🤣', '😍', '🥰', '😘', '😋', '😎', '🤔', '😅', '😭', '😢', '😡', '🙄', '😴', '🤩', '🥳', '😇', '🙈', '👀',
  '👍', '👎', '👏', '🙏', '💪', '👌', '✌️', '🤝', '❤️', '💕', '💔', '✨', '🔥', '🎉', '🎁', '🌸', '🌹', '🍀', '💄', '💅',
];

export function Emoji({ label, pick }: { label: string; pick(emoji: string): void }) {
  return (
    <div class="emoji" role="group" aria-label={label}>
      {EMOJI.map((emoji) => (
        <button type="button" key={emoji} aria-label={emoji} onClick={() => pick(emoji)}>
          {emoji}
        </button>
      ))}
    </div>
  );
}
