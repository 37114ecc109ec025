// The demo shop's page. It knows of the chat what any shop's page knows: the script tag and window.Switchboard.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Blossom, StillLife, Vessel } from './art';
import { type Language, products, temperaments, text } from './text';

const LANGUAGE_KEY = 'petal-lab.language';

declare global {
  interface Window {
    Switchboard?: { open(options?: { skill?: string }): void; close(): void; setLanguage(language: string): void };
  }
}

function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(LANGUAGE_KEY) ?? navigator.language;
  return asked.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

const talk = (skill: string) => window.Switchboard?.open({ skill });

function Shop() {
  const [language, setLanguage] = useState(firstLanguage);
  const [bag, setBag] = useState(0);
  const words = text[language];

  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    localStorage.setItem(LANGUAGE_KEY, language);
    const tell = () => window.Switchboard?.setLanguage(language);
    tell();
    const loader = document.querySelector('script[data-shop]');
    loader?.addEventListener('load', tell);
    return () => loader?.removeEventListener('load', tell);
  }, [language]);

  return (
    <>
      <aside class="strip">{words.strip}</aside>
      <header class="top">
        <a class="logo" href="#top">
          <Blossom />
          <span>
            Petal Lab <b>花瓣研究所</b>
          </span>
        </a>
        <nav>
          {words.nav.map((name) => (
            <a key={name} href="#batch">
              {name}
            </a>
          ))}
        </nav>
        <button type="button" class="plain" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>
          {words.other}
        </button>
        <span class="bag" aria-live="polite">
          {words.bag} <b>{bag}</b>
        </span>
      </header>
      <main id="top">
        <section class="hero">
          <div>
            <p class="kicker">{words.kicker}</p>
            <h1>
              {words.title[0]}
              <br />
              {words.title[1]}
            </h1>
            <p class="lead">{words.lead}</p>
            <p class="actions">
              <a class="button" href="#batch">
                {words.shopNow}
              </a>
              <button type="button" class="button quiet" onClick={() => talk('presale')}>
                {words.talk}
              </button>
            </p>
          </div>
          <StillLife />
        </section>

        <section class="batch" id="batch">
          <h2>{words.best}</h2>
          <p class="sub">{words.bestSub}</p>
          <div class="wares">
            {products.map((product) => (
              <article key={product.art}>
                <div class="plate" style={{ background: product.ground }}>
                  <Vessel product={product} />
                  <button type="button" class="askchip" onClick={() => talk('presale')}>
                    {words.ask}
                  </button>
                </div>
                <h3>{product.name[language]}</h3>
                <p>{product.line[language]}</p>
                <div class="buy">
                  <b>¥{product.price}</b>
                  <Add words={words} add={() => setBag(bag + 1)} />
                </div>
              </article>
            ))}
          </div>
        </section>

        <section class="counter">
          <h2>{words.counter}</h2>
          <p class="sub">{words.counterSub}</p>
          <div class="people">
            {temperaments.map((each) => (
              <article key={each.id} style={{ '--c': each.color }}>
                <i aria-hidden="true">{each.sign}</i>
                <h3>{each.name[language]}</h3>
                <p>{each.line[language]}</p>
              </article>
            ))}
          </div>
          <button type="button" class="button light" onClick={() => talk('presale')}>
            {words.meet}
          </button>
        </section>

        <section class="promises">
          {words.promises.map(([title, line]) => (
            <article key={title}>
              <h3>{title}</h3>
              <p>{line}</p>
            </article>
          ))}
        </section>

        <section class="parcel">
          <blockquote>
            <p>{words.quote}</p>
            <footer>{words.quoteBy}</footer>
          </blockquote>
          <div>
            <h2>{words.parcel}</h2>
            <p>{words.parcelSub}</p>
            <button type="button" class="button" onClick={() => talk('logistics')}>
              {words.parcelGo}
            </button>
          </div>
        </section>
      </main>
      <footer class="foot">{words.foot}</footer>
    </>
  );
}

function Add({ words, add }: { words: { add: string; added: string }; add(): void }) {
  const [added, setAdded] = useState(false);
  useEffect(() => {
    if (!added) return;
    const timer = setTimeout(() => setAdded(false), 1600);
    return () => clearTimeout(timer);
  }, [added]);
  const click = () => {
    setAdded(true);
    add();
  };
  return (
    <button type="button" class={added ? 'add done' : 'add'} onClick={click}>
      {added ? words.added : words.add}
    </button>
  );
}

render(<Shop />, document.getElementById('shop')!);
