import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { problemBody, type Problem, securityHeaders } from '#lib/edge';

const MALFORMED: Problem = {
  status: 400,
  code: 'malformed-http',
  title: 'The request is not valid HTTP/1.1.',
  detail: 'Check its request line, its headers, and how it says its length.',
};

const EXPECTATION: Problem = {
  status: 417,
  code: 'unknown-expectation',
  title: 'What the request expects can not be met.',
  detail: 'Expect may say 100-continue and nothing else. Leave the header out.',
};

/** Errors of Node's parser that mean something more exact. */
const PROBLEMS: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers-too-large',
    title: 'The headers are too large.',
    detail: 'Request line and headers together may have 16 KiB.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'chunk-extensions-too-large',
    title: 'The chunk extensions of the body are too large.',
    detail: 'They may have 16 KiB together, and mean nothing here: leave them out.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request-timeout',
    title: 'The request did not arrive in time.',
    detail: 'Send it again, all of it.',
  },
};

/**
 * Answers what Node's parser gave up on: nobody has seen a request, so there is nothing to log it under and no tenant
 * to count it for. `https`: how the addresses begin.
 */
export function createBrokenRequestHandler(https: boolean): (error: Error, socket: Socket) => void {
  const headers = {
    ...securityHeaders('api', { https }),
    'content-type': 'application/problem+json',
    connection: 'close',
  };
  return (error, socket) => {
    // What is gone can't be answered, and into an answer that has begun (Node keeps it here) no other may be written.
    const begun = (socket as Socket & { readonly _httpMessage?: ServerResponse })._httpMessage?.headersSent;
    if (!socket.writable || begun === true) {
      socket.destroy();
      return;
    }
    const problem = problemOf(error);
    const { status } = problem;
    const body = problemBody(problem);
    const head = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)) });
    const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}\r\n${body}`, () => socket.destroy());
  };
}

/** Answers `Expect` with anything but 100-continue (RFC 9110 §10.1.1). */
export function createExpectationHandler(
  https: boolean,
): (request: IncomingMessage, response: ServerResponse) => void {
  const headers = { ...securityHeaders('api', { https }), 'content-type': 'application/problem+json' };
  return (_request, response) =>
    response.writeHead(EXPECTATION.status, headers).end(problemBody(EXPECTATION));
}

function problemOf(error: Error & { readonly code?: string }): Problem {
  return PROBLEMS[error.code ?? ''] ?? MALFORMED;
}
