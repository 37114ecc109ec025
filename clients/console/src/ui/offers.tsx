// Offers on top of the list: who, what she wishes, how long is left; accept, or decline with a reason.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ConsoleState, Offer, ShopInfo } from '../model/types';
import type { Word } from '../words';
import { classes, useNow, useSpeech, useWorkplace } from './context';
import { Keys, Returning, Tier, WishMark } from './marks';
import { Why } from './why';

interface Props {
  state: ConsoleState;
  declining: string | undefined; // the conversation whose reasons are open
  setDeclining(conversation: string | undefined): void;
}

export function Offers({ state, declining, setDeclining }: Props) {
  const speech = useSpeech();
  if (state.offers.length === 0) return null;
  return (
    <section class="offers" aria-label={speech.words.offers}>
      <h2>
        {speech.words.offers} <b>{state.offers.length}</b>
      </h2>
      {state.offers.map((offer, i) => (
        <OfferCard
          key={`${offer.conversation}/${offer.fence}`}
          offer={offer}
          shop={state.shop}
          serverAhead={state.serverAhead}
          first={i === 0}
          declining={declining === offer.conversation}
          setDeclining={(on) => setDeclining(on ? offer.conversation : undefined)}
        />
      ))}
    </section>
  );
}

const reasons: { code: string; name: Word }[] = [
  { code: 'busy', name: 'declineBusy' },
  { code: 'not_my_field', name: 'declineSkill' },
  { code: 'leaving', name: 'declineLeaving' },
  { code: 'other', name: 'declineOther' },
];

interface CardProps {
  offer: Offer;
  shop: ShopInfo;
  serverAhead: number;
  first: boolean;
  declining: boolean;
  setDeclining(on: boolean): void;
}

function OfferCard({ offer, shop, serverAhead, first, declining, setDeclining }: CardProps) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const now = useNow();
  const name = speech.visitorName(offer.visitor);
  const leftMs = Math.max(0, offer.expiresAt - now);
  const asked = offer.answering !== undefined;
  const waited = Math.max(0, now + serverAhead - offer.enteredMs);
  return (
    <article
      class={classes('offer', leftMs < 6000 && 'offer-late')}
      data-offer={`${offer.conversation}/${offer.fence}`}
      aria-label={speech.say('offerFrom', { name, left: speech.duration(leftMs) })}
    >
      <Countdown offer={offer} leftMs={leftMs} />
      <div class="offer-who">
        <b>{name}</b>
        <Tier tier={offer.tier} />
        {offer.returning && <Returning words />}
      </div>
      <div class="offer-what">
        <WishMark wish={offer.wish} shop={shop} words />
        {offer.skill !== '' && <span class="chip">{speech.nameOf(shop.skills[offer.skill], offer.skill)}</span>}
        <span class="faint">{speech.say('waitsFor', { time: speech.duration(waited) })}</span>
      </div>
      <p class={classes('offer-words', offer.preview === '' && 'faint')}>{offer.preview || speech.words.offerNoWords}</p>
      <Why conversation={offer.conversation} />
      {declining ? (
        <DeclineReasons offer={offer} done={() => setDeclining(false)} />
      ) : (
        <div class="offer-answer">
          <button type="button" class="primary" disabled={asked} onClick={() => void workplace.accept(offer)}>
            {offer.answering === 'accept' ? speech.words.accepting : speech.words.accept}
            {first && !asked && <Keys of="Alt+A" />}
          </button>
          <button type="button" disabled={asked} onClick={() => setDeclining(true)}>
            {speech.words.decline}
            {first && !asked && <Keys of="Alt+R" />}
          </button>
        </div>
      )}
    </article>
  );
}

// Digits choose as well as clicks.
function DeclineReasons({ offer, done }: { offer: Offer; done(): void }) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.querySelector('button')?.focus(), []);
  const choose = (code: string) => {
    done();
    void workplace.decline(offer, code);
  };
  return (
    <div
      ref={box}
      class="offer-reasons"
      role="group"
      aria-label={speech.words.declineWhy}
      onKeyDown={(event) => {
        const reason = reasons[Number(event.key) - 1];
        if (reason !== undefined && !event.altKey) choose(reason.code);
        if (event.key === 'Escape') {
          event.stopPropagation();
          done();
        }
      }}
    >
      {reasons.map(({ code, name }, i) => (
        <button type="button" key={code} onClick={() => choose(code)}>
          <kbd>{i + 1}</kbd> {speech.words[name]}
        </button>
      ))}
    </div>
  );
}

const radius = 15;
const around = 2 * Math.PI * radius;

// The ring runs by itself (an animation that began when the offer came); the number follows once a second.
function Countdown({ offer, leftMs }: { offer: Offer; leftMs: number }) {
  const lengthMs = Math.max(1, offer.expiresAt - offer.arrivedAt);
  const begunMs = useRef(Date.now() - offer.arrivedAt).current;
  return (
    <span class="countdown" aria-hidden="true">
      <svg viewBox="0 0 36 36" width="40" height="40">
        <circle cx="18" cy="18" r={radius} class="countdown-track" />
        <circle
          cx="18"
          cy="18"
          r={radius}
          class="countdown-left"
          style={`--around:${around};stroke-dasharray:${around};animation-duration:${lengthMs}ms;animation-delay:${-begunMs}ms`}
        />
      </svg>
      <b>{Math.ceil(leftMs / 1000)}</b>
    </span>
  );
}
