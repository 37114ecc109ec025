// Bytes <-> frames. The only file of the link that touches the protobuf runtime; everyone takes the nouns from here.
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { ClientFrameSchema, type ClientFrame, type ServerFrame, ServerFrameSchema } from './gen/frames_pb';

export * from './gen/frames_pb';

export const SUBPROTOCOL = 'switchboard.v1.pb';

/** What a client asks: `{ case: 'post', value: { ... } }`; fields left out have their default. */
export type Request = Extract<
  NonNullable<MessageInitShape<typeof ClientFrameSchema>['body']>,
  { case: Exclude<ClientFrame['body']['case'], undefined> }
>;
export type RequestOf<C extends Request['case']> = Extract<Request, { case: C }>['value'];

/** What a server frame carries. `case` is undefined for a body that is newer than this client: it is ignored. */
export type ServerBody = ServerFrame['body'];

export function encodeRequest(ref: number, body: Request): Uint8Array {
  return toBinary(ClientFrameSchema, create(ClientFrameSchema, { ref, body }));
}

/** Undefined when the bytes are no frame. */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame | undefined {
  try {
    return fromBinary(ServerFrameSchema, bytes);
  } catch {
    return undefined;
  }
}
