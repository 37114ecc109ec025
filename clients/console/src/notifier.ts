// Reaches the agent when she looks elsewhere: a number in the title, another icon, a sound, a notification.
import iconAlertHref from '../icon-alert.svg?no-inline';
import iconHref from '../icon.svg?no-inline';
import { alerts, waitingForEyes } from './alerts';
import type { ConsoleState } from './model/types';
import type { Speech } from './words';
import type { Workplace } from './workplace';

// Two sounds within this time are one.
const soundEveryMs = 800;

export class Notifier {
  private readonly stopListening: () => void;
  private audio: AudioContext | undefined;
  private lastSoundAt = 0;

  constructor(
    private readonly workplace: Workplace,
    private readonly speech: Speech,
    private readonly sound: boolean,
  ) {
    this.stopListening = workplace.subscribe((state, before) => this.changed(state, before));
    this.showTitle(workplace.state);
  }

  stop(): void {
    this.stopListening();
    void this.audio?.close().catch(() => undefined);
    this.showTitle({ ...this.workplace.state, offers: [], conversations: {} });
  }

  private changed(state: ConsoleState, before: ConsoleState): void {
    if (state.offers !== before.offers || state.conversations !== before.conversations) this.showTitle(state);
    const looksElsewhere = document.visibilityState !== 'visible' || !document.hasFocus();
    for (const alert of alerts(before, state)) {
      if (alert.kind === 'offer') {
        this.ring(880, 1174);
        if (looksElsewhere)
          this.notify(
            this.speech.say('newOfferFrom', { name: this.speech.visitorName(alert.offer.visitor) }),
            alert.offer.preview,
          );
        continue;
      }
      const conversation = state.conversations[alert.conversation];
      if (conversation === undefined || (!looksElsewhere && state.selected === alert.conversation)) continue;
      this.ring(660, 660);
      if (looksElsewhere) {
        this.notify(this.speech.say('messageFrom', { name: this.speech.visitorName(conversation.visitor) }), '', () =>
          this.workplace.select(conversation.id),
        );
      }
    }
  }

  private showTitle(state: ConsoleState): void {
    const { offers, unread } = waitingForEyes(state);
    const marks = [offers > 0 && this.speech.say('titleOffers', { n: offers }), unread > 0 && String(unread)].filter(
      Boolean,
    );
    const title = state.me.name ? `${state.me.name} · ${state.shop.name || 'Switchboard'}` : 'Switchboard';
    document.title = marks.length > 0 ? `(${marks.join(' · ')}) ${title}` : title;
    showIcon(marks.length > 0);
  }

  // Two short soft tones. A page that was never touched may not sound; then the other signs have to do.
  private ring(first: number, second: number): void {
    const now = Date.now();
    if (!this.sound || now - this.lastSoundAt < soundEveryMs || !navigator.userActivation?.hasBeenActive) return;
    this.lastSoundAt = now;
    this.audio ??= new AudioContext();
    [first, second].forEach((pitch, i) => this.tone(pitch, i * 0.14));
  }

  private tone(pitch: number, delay: number): void {
    if (this.audio === undefined) return;
    const at = this.audio.currentTime + delay;
    const tone = new OscillatorNode(this.audio, { frequency: pitch });
    const loudness = new GainNode(this.audio, { gain: 0 });
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.08, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.22);
    tone.connect(loudness).connect(this.audio.destination);
    tone.start(at);
    tone.stop(at + 0.25);
  }

  private notify(title: string, body: string, clicked?: () => void): void {
    if (!('Notification' in window) || Notification.permission !== 'granted') return;
    const notification = new Notification(title, { body, tag: title, silent: true });
    notification.onclick = () => {
      window.focus();
      clicked?.();
      notification.close();
    };
  }
}

export function showIcon(alert: boolean): void {
  const href = alert ? iconAlertHref : iconHref;
  let icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (icon === null) {
    icon = document.createElement('link');
    icon.rel = 'icon';
    icon.type = 'image/svg+xml';
    document.head.append(icon);
  }
  if (icon.getAttribute('href') !== href) icon.setAttribute('href', href);
}
