// An agent at work without a browser: the same link as the console's, over a socket of Node.
import { WebSocket } from 'ws';
import { AgentStatus, ConversationState, type ConversationView, type Dial, type Environment, Link, SUBPROTOCOL } from '../../link';
import type { RealGateway } from './gateway';

export const environment: Environment = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  newId: () => Array.from({ length: 22 }, () => Math.floor(Math.random() * 36).toString(36)).join(''),
};

export function nodeDial(url: string): Dial {
  return (events) => {
    const socket = new WebSocket(url, SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    socket.on('open', () => events.opened());
    socket.on('message', (data: ArrayBuffer) => events.received(new Uint8Array(data)));
    socket.on('close', (code, reason) => events.closed(code, reason.toString()));
    socket.on('error', () => undefined);
    return {
      send: (bytes) => socket.send(bytes),
      close: (code, reason) => {
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        socket.close(code, reason);
      },
    };
  };
}

/** One log-in per agent: the token is good for hours. */
const tokens = new Map<string, string>();
async function tokenOf(gateway: RealGateway, name: string): Promise<string> {
  const password = gateway.passwords.get(name);
  const known = tokens.get(`${name} ${password}`);
  if (known) return known;
  const body = JSON.stringify({ shop: 'demo', agent: name, password });
  const answer = await fetch(`${gateway.url}/api/v1/login`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  if (!answer.ok) throw new Error(`${name} may not sign in: ${answer.status}`);
  const { token } = (await answer.json()) as { token: string };
  tokens.set(`${name} ${password}`, token);
  return token;
}

export class Agent {
  private constructor(readonly link: Link) {}

  /** Signs in and becomes available; every offer is accepted at once when `accepts`. */
  static async signIn(gateway: RealGateway, name: string, accepts = true): Promise<Agent> {
    const token = await tokenOf(gateway, name);
    const link = new Link({
      shop: 'demo', device: environment.newId(), client: 'e2e', language: 'zh',
      dial: nodeDial(`${gateway.url.replace('http', 'ws')}/v1/ws`), environment,
      tokens: { get: () => token, set: () => undefined }, outgoing: { load: () => [], save: () => undefined },
    });
    const agent = new Agent(link);
    link.subscribe((event) => {
      if (event.kind === 'offer' && accepts) link.accept(event.offer).catch(() => undefined);
    });
    link.start();
    await agent.until(() => link.isLive);
    await link.setStatus(AgentStatus.STATUS_AVAILABLE);
    return agent;
  }

  /** The newest conversation that she serves. */
  async conversation(): Promise<ConversationView> {
    await this.until(() => this.mine.length > 0);
    return this.mine[this.mine.length - 1]!;
  }

  /** What people said in it, in order. */
  words(conversation: ConversationView): string[] {
    return conversation.entries.flatMap(({ body }) => (body.case === 'content' && body.value.kind.value) || []);
  }

  async hears(conversation: ConversationView, text: string): Promise<void> {
    await this.until(() => this.words(conversation).includes(text));
  }

  async goHome(): Promise<void> {
    for (const { id } of this.mine) await this.link.close(id).catch(() => undefined);
    await this.link.setStatus(AgentStatus.STATUS_OFFLINE).catch(() => undefined);
    this.link.stop();
  }

  async until(condition: () => boolean, withinMs = 10_000): Promise<void> {
    const endMs = Date.now() + withinMs;
    while (!condition()) {
      if (Date.now() > endMs) throw new Error(`the agent waited in vain for ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }

  private get mine(): readonly ConversationView[] {
    return this.link.conversations.filter(({ info, gone }) => !gone && info.state === ConversationState.CONVERSATION_ACTIVE && info.agent?.id === this.link.you?.id);
  }
}
