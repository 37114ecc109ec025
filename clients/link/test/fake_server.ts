// A scripted server: the test says what arrives, what is answered and when the line goes. Nothing answers by itself.
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { expect } from 'vitest';
import type { Dial, LineEvents } from '../environment';
import { type ClientFrame, ClientFrameSchema, type EntrySchema, Role, ServerFrameSchema } from '../frames';
import { settled } from './manual_environment';

type Body = NonNullable<MessageInitShape<typeof ServerFrameSchema>['body']>;
type Answer = Extract<Body, { case: string }>;
type Asked<C> = Extract<ClientFrame['body'], { case: C }>['value'];

export class FakeLine {
  closedByClient: { code: number; reason: string } | undefined;
  private inbox: ClientFrame[] = [];
  private refs: Record<string, number[]> = {};

  constructor(private readonly events: LineEvents) {}

  receive(bytes: Uint8Array): void {
    this.inbox.push(fromBinary(ClientFrameSchema, bytes));
  }

  async open(): Promise<this> {
    this.events.opened();
    await settled();
    return this;
  }

  /** The next frame from the client, which must be of this kind. */
  async hears<C extends string & ClientFrame['body']['case']>(kind: C): Promise<Asked<C>> {
    await settled();
    const frame = this.inbox.shift();
    expect(frame?.body.case).toBe(kind);
    expect(frame!.ref).toBeGreaterThan(0);
    (this.refs[kind] ??= []).push(frame!.ref);
    return frame!.body.value as Asked<C>;
  }

  async hearsNothing(): Promise<void> {
    await settled();
    expect(this.inbox.map((frame) => frame.body.case)).toEqual([]);
  }

  /** Answers the oldest unanswered request of this kind. */
  async answers(kind: string, body: Answer): Promise<void> {
    const ref = this.refs[kind]?.shift();
    expect(ref, `no open ${kind}`).toBeDefined();
    await this.frame(ref!, body);
  }

  async pushes(body: Answer): Promise<void> {
    await this.frame(0, body);
  }

  async closes(code = 1006, reason = ''): Promise<void> {
    this.events.closed(code, reason);
    await settled();
  }

  private async frame(ref: number, body: Answer): Promise<void> {
    this.events.received(toBinary(ServerFrameSchema, create(ServerFrameSchema, { ref, body })));
    await settled();
  }
}

export class FakeServer {
  readonly lines: FakeLine[] = [];

  readonly dial: Dial = (events) => {
    const line = new FakeLine(events);
    this.lines.push(line);
    return {
      send: (bytes) => line.receive(bytes),
      close: (code, reason) => {
        line.closedByClient = { code, reason };
      },
    };
  };

  /** The newest line. */
  get line(): FakeLine {
    expect(this.lines.length, 'nobody dialled').toBeGreaterThan(0);
    return this.lines[this.lines.length - 1]!;
  }
}

export const visitor = { role: Role.VISITOR, id: 'v1', name: '' };
export const agent = { role: Role.AGENT, id: 'a1', name: 'Mia', persona: 'fresh' };

export function text(value: string) {
  return { kind: { case: 'text' as const, value } };
}

export function says(
  seq: number,
  author: typeof visitor,
  words: string,
  clientId = `theirs-${seq}`,
): MessageInitShape<typeof EntrySchema> {
  return { seq, author, clientId, timeMs: BigInt(seq * 1000), body: { case: 'content', value: text(words) } };
}
