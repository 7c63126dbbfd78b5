import type { TenantRecord } from '#lib/identity';
import { BODY_FORGOTTEN_BYTES_MAX } from './constants.ts';
import type { BodyOutcome, Exchange, ExchangeRoute, FlatHeaders } from './types.ts';

/** The other feeder: a Web handler's request in, its response out. Same pipeline, with Web objects around it. */
export function webExchange(
  request: Request,
  route: ExchangeRoute,
  handle: (exchange: Exchange) => void,
): Promise<Response> {
  return new Promise((resolve) => handle(new WebExchange(request, route, resolve)));
}

class WebExchange implements Exchange {
  readonly method: string;
  readonly tenant: TenantRecord;
  readonly serverSegment: string;
  readonly ip: string;
  readonly requestId: string;
  #request: Request;
  #answer: (response: Response) => void;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #queuedBytes = 0;
  #finished = false;
  #encoder = new TextEncoder();

  constructor(request: Request, route: ExchangeRoute, answer: (response: Response) => void) {
    this.#request = request;
    this.#answer = answer;
    this.method = request.method;
    this.tenant = route.tenant;
    this.serverSegment = route.serverSegment;
    this.ip = route.ip;
    this.requestId = route.requestId;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  readBody(bytesMax: number, done: (outcome: BodyOutcome) => void): void {
    readWebBody(this.#request, bytesMax).then(done, () => done({ kind: 'aborted' }));
  }

  respond(status: number, headers: FlatHeaders, body?: string | Uint8Array): void {
    if (this.#finished) return;
    if (this.#stream !== undefined) return this.end();
    this.#finished = true;
    this.#answer(new Response((body as BodyInit | undefined) ?? null, { status, headers: pairs(headers) }));
  }

  startStream(status: number, headers: FlatHeaders): void {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
      pull: () => {
        this.#queuedBytes = 0;
      },
      cancel: () => this.#closed(),
    });
    this.#answer(new Response(body, { status, headers: pairs(headers) }));
  }

  write(chunk: string | Uint8Array): number {
    if (this.#finished) return this.#queuedBytes;
    const bytes = typeof chunk === 'string' ? this.#encoder.encode(chunk) : chunk;
    this.#queuedBytes += bytes.length;
    this.#stream?.enqueue(bytes);
    return this.#queuedBytes;
  }

  backlog(): number {
    return this.#finished ? 0 : this.#queuedBytes;
  }

  end(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#stream?.close();
  }

  /** Nothing counts what comes in this way. */
  becomesStream(): void {}

  onClose(handler: () => void): void {
    // Whoever asks only after the other side has gone is told as well.
    if (this.#request.signal.aborted) this.#closed();
    if (this.#gone) return void setImmediate(handler);
    this.#closeHandlers.push(handler);
    this.#request.signal.addEventListener('abort', () => this.#closed(), { once: true });
  }

  #closeHandlers: (() => void)[] = [];
  #gone = false;

  #closed(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#gone = true;
    for (const handler of this.#closeHandlers.splice(0)) handler();
  }
}

/** As the other feeder does. */
async function readWebBody(request: Request, bytesMax: number): Promise<BodyOutcome> {
  const readMax = bytesMax + BODY_FORGOTTEN_BYTES_MAX;
  if (Number(request.headers.get('content-length') ?? 0) > readMax) return { kind: 'too_large' };
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > readMax) return { kind: 'too_large' };
    if (size <= bytesMax) chunks.push(chunk);
  }
  if (size > bytesMax) return { kind: 'too_large' };
  return { kind: 'body', bytes: Buffer.concat(chunks) };
}

function pairs(headers: FlatHeaders): [string, string][] {
  const list: [string, string][] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    list.push([headers[index] as string, headers[index + 1] as string]);
  }
  return list;
}
