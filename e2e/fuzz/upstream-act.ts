import { PROMPT, TOOL, URI_PREFIX } from './answering-upstream.ts';
import {
  goodHeaders,
  type Identity,
  rawPost,
  type RawRequest,
  STATELESS_META,
  write,
} from './raw-request.ts';

/** A good request, whose answer the upstream gives as the fuzzer says. */
export interface UpstreamAct {
  readonly request: RawRequest;
  /** Receipted, and sent to the upstream once and no more often. */
  readonly isAct: boolean;
}

type Asked = readonly [method: string, params: string, name: string];

const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'] as const;
/** Most are calls of tools; by turns everything else that an upstream answers. */
const KINDS = 10;

/** The request of this number, in one era or the other. */
export function upstreamAct(identity: Identity, n: number, isStateless: boolean): UpstreamAct {
  const [method, params, name] = asked(n);
  const meta = isStateless ? `,"_meta":${STATELESS_META}` : '';
  const body = `{"jsonrpc":"2.0","id":${n},"method":"${method}","params":{${params}${meta}}}`;
  const request = rawPost(identity, 'call', body, isStateless ? { method, name } : undefined);
  return { request, isAct: !method.endsWith('/list') };
}

export function goodCall(identity: Identity, isStateless: boolean): RawRequest {
  return upstreamAct(identity, 0, isStateless).request;
}

function asked(n: number): Asked {
  switch (n % KINDS) {
    case 6:
      return ['resources/read', `"uri":"${URI_PREFIX}${n}"`, `${URI_PREFIX}${n}`];
    case 7:
      return ['prompts/get', `"name":"${PROMPT.name}","arguments":{"n":"${n}"}`, PROMPT.name];
    case 8: {
      const ref = `"ref":{"type":"ref/prompt","name":"${PROMPT.name}"}`;
      return ['completion/complete', `${ref},"argument":{"name":"n","value":"${n}"}`, PROMPT.name];
    }
    case 9:
      return [LISTS[Math.floor(n / KINDS) % LISTS.length] ?? LISTS[0], `"cursor":"${n}"`, TOOL.name];
    default:
      return ['tools/call', `"name":"${TOOL.name}","arguments":{"n":${n}}`, TOOL.name];
  }
}

/** What has a server opened and asked about itself, or listened to. */
export function openingRequest(identity: Identity, n: number): RawRequest {
  switch (n % 3) {
    case 0: {
      const params = `{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"${n}","version":"1"}}`;
      const body = `{"jsonrpc":"2.0","id":${n},"method":"initialize","params":${params}}`;
      const { bytes, ...rest } = rawPost(identity, 'initialize', body);
      // Without the session that is to be opened.
      const text = bytes.toString('latin1').replace(/^mcp-session-id: .*\r\n/m, '');
      return { ...rest, bytes: Buffer.from(text, 'latin1') };
    }
    case 1: {
      const body = `{"jsonrpc":"2.0","id":${n},"method":"server/discover","params":{"_meta":${STATELESS_META}}}`;
      return rawPost(identity, 'discover', body, { method: 'server/discover', name: '' });
    }
    default: {
      const bytes = write(`GET ${identity.path} HTTP/1.1`, goodHeaders(identity), Buffer.alloc(0));
      // A stream is not over by itself.
      return { kind: 'listening', bytes, pieceBytes: 0, incomplete: true };
    }
  }
}
