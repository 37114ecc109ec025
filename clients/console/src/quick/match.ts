// Quick replies by "/": where in the text the slash stands, and which replies fit what follows it. Pure.

export interface Reply {
  stage: string;
  shortcut: string;
  title: string;
  text: string;
}

// The stretch of text that the chosen reply replaces: from the slash to the caret.
export interface Slash {
  start: number;
  end: number;
  query: string;
}

const queryLengthMax = 24;
const openers = new Set(['/', '／', '、']);

// Finds the slash that the caret stands behind. A slash counts at the start, after a blank and after CJK text, so that
// "and/or", "1/2" and addresses stay what they are. Chinese input methods put 、 on the same key: it counts only where no
// enumeration can be meant, at the start or after a blank.
export function findSlash(text: string, caret: number): Slash | undefined {
  const from = Math.max(0, caret - queryLengthMax - 1);
  for (let i = caret - 1; i >= from; i--) {
    const char = text.charAt(i);
    if (openers.has(char)) {
      const before = i === 0 ? '' : text.charAt(i - 1);
      if (!opensAfter(char, before)) return undefined;
      return { start: i, end: caret, query: text.slice(i + 1, caret) };
    }
    if (/\s/.test(char)) return undefined;
  }
  return undefined;
}

function opensAfter(opener: string, before: string): boolean {
  if (before === '' || /\s/.test(before)) return true;
  if (opener === '、') return false;
  return /[\u3000-\u303f\u3040-\u30ff\u3400-\u9fff\uff00-\uff0e\uff1a-\uffef]/.test(before) || /[,.!?;)\]}"]/.test(before);
}

export const stageOrder = ['welcome', 'answering', 'price', 'payment', 'shipping', 'aftersale', 'farewell', 'praise'];

function stageRank(stage: string): number {
  const rank = stageOrder.indexOf(stage);
  return rank < 0 ? stageOrder.length : rank;
}

// Lower is better; undefined does not fit. Where two fit equally the stage of the sale decides, then the shop's own order.
function grade(reply: Reply, query: string, stageName: string): number | undefined {
  const shortcut = fold(reply.shortcut);
  const title = fold(reply.title);
  if (shortcut === query) return 0;
  if (shortcut.startsWith(query)) return 1;
  if (title.startsWith(query)) return 2;
  if (fold(reply.stage).startsWith(query) || fold(stageName).startsWith(query)) return 3;
  if (shortcut.includes(query)) return 4;
  if (title.includes(query)) return 5;
  if (inOrder(shortcut, query)) return 6;
  if (fold(reply.text).includes(query)) return 7;
  return undefined;
}

function fold(text: string): string {
  return text.normalize('NFKC').toLocaleLowerCase();
}

// Whether all letters of the query occur in this order: "shp" finds "shipping".
function inOrder(text: string, query: string): boolean {
  let at = 0;
  for (const char of query) {
    at = text.indexOf(char, at);
    if (at < 0) return false;
    at += char.length;
  }
  return true;
}

export function matchReplies(replies: readonly Reply[], query: string, stageNames: Record<string, string> = {}): Reply[] {
  const wanted = fold(query);
  return replies
    .map((reply, index) => ({
      reply,
      index,
      grade: wanted === '' ? 0 : grade(reply, wanted, stageNames[reply.stage] ?? ''),
    }))
    .filter((entry): entry is { reply: Reply; index: number; grade: number } => entry.grade !== undefined)
    .sort((a, b) => a.grade - b.grade || stageRank(a.reply.stage) - stageRank(b.reply.stage) || a.index - b.index)
    .map((entry) => entry.reply);
}
