import { type IncomingHttpHeaders, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
}

export interface HttpMessage {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/** One request over plain node:http to loopback, with exactly these headers (`Host` among them, if it is given). */
export function sendHttp(
  url: string,
  { method = 'GET', headers = {}, body }: HttpMessage = {},
): Promise<HttpAnswer> {
  const target = new URL(url);
  const given = Object.keys(headers).map((name) => name.toLowerCase());
  const options = {
    host: '127.0.0.1',
    port: target.port,
    path: target.pathname + target.search,
    method,
    agent: false,
    headers: {
      ...(given.includes('host') ? {} : { host: target.host }),
      ...(headers as Record<string, string | string[]>),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    },
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = Buffer.concat(chunks);
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, headers: answered, text: bytes.toString(), bytes });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
