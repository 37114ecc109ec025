// What every part of the page may use: the agent's language, her place of work, the time.
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { ConsoleState } from '../model/types';
import { Speech } from '../words';
import type { Workplace } from '../workplace';

export const SpeechContext = createContext(new Speech('en'));
export const WorkplaceContext = createContext<Workplace | undefined>(undefined);

export function useSpeech(): Speech {
  return useContext(SpeechContext);
}

export function useWorkplace(): Workplace {
  const workplace = useContext(WorkplaceContext);
  if (workplace === undefined) throw new Error('used outside of the signed-in page');
  return workplace;
}

export function useConsoleState(workplace: Workplace): ConsoleState {
  const [state, setState] = useState(workplace.state);
  useEffect(() => {
    setState(workplace.state);
    return workplace.subscribe(setState);
  }, [workplace]);
  return state;
}

// One clock for the page: parts that show a running time draw together, once a second.
const tickers = new Set<(now: number) => void>();
let timer: ReturnType<typeof setInterval> | undefined;

export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    tickers.add(setNow);
    timer ??= setInterval(() => tickers.forEach((tick) => tick(Date.now())), 1000);
    return () => {
      tickers.delete(setNow);
      if (tickers.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return now;
}

export function classes(...names: (string | false | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}
