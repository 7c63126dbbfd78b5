import type { JsonObject } from '#lib/core';
import { relayedText } from './act-events.ts';
import { questionsOnStream } from './ask-on-stream.ts';
import { KEEP_ALIVE_MS, STREAM_BACKLOG_BYTES_MAX, STREAM_MS_MAX } from './constants.ts';
import { eventIdsOf, type EventIds } from './event-ids.ts';
import type { OpenStream } from './flights.ts';
import { listenRequest } from './listen-request.ts';
import { OfferWatch, type OfferNews } from './offer-watch.ts';
import type { ActParts, StreamContext } from './parts.ts';
import { eventText } from './rpc-text.ts';
import type { ServerQuestions } from './server-questions.ts';
import type { Session, UpstreamSession } from './session.ts';
import { NOT_SWEPT, type Swept } from './sweeper.ts';
import { StreamAudience } from './stream-audience.ts';
import type { UpstreamCall, UpstreamListener } from './upstream-types.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** A session's GET stream: what the upstream says outside any call. It lives as long as both ends and the access do. */
export class EventStream implements OpenStream, UpstreamListener, OfferNews, Swept {
  sweepSlot = NOT_SWEPT;
  readonly session: Session;
  #parts: ActParts;
  #context: StreamContext;
  #upstream: UpstreamCall | undefined;
  /** The half that it was asked of. */
  #askedIn: UpstreamSession | undefined;
  #open = false;
  #closed = false;
  #refused = false;
  /** What the upstream asks of the client on this stream. */
  #questions: ServerQuestions;
  #revived = false;
  #watch: OfferWatch;
  #audience: StreamAudience;
  /** The subscriptions that the upstream was told of, as text. */
  #subscribed = '';
  #ids: EventIds | undefined;
  /** The server's id of the newest event that the agent has heard. */
  #heard: string | undefined;
  /** What is still to be told, or not, before what comes next. */
  #before: Promise<void> | undefined;
  /** Characters of that. */
  #waiting = 0;
  #lastSign = performance.now();
  #endsAt = performance.now() + STREAM_MS_MAX;

  constructor(parts: ActParts, context: StreamContext) {
    this.#parts = parts;
    this.#context = context;
    this.session = context.session;
    this.#watch = new OfferWatch(parts, context, ['tools', 'prompts', 'resources']);
    this.#audience = new StreamAudience(parts, context);
    this.#questions = questionsOnStream(parts, context, (text) => this.#write(eventText(text)));
  }

  begin(): void {
    if (!this.#parts.flights.openStream(this)) {
      return this.#refuse(409, 'This session has as many streams as it may have.');
    }
    this.#context.exchange.onClose(() => this.close());
    this.#parts.sweeper.add(this);
    if (this.session.state.upstream.era === 'stateless') return this.#connect();
    eventIdsOf(this.#parts.keys, this.session).then(
      (ids) => this.#takeUp(ids),
      (error: unknown) => {
        this.#parts.telemetry.logger.error({ err: error }, 'the ids of a stream could not be made');
        this.close();
      },
    );
  }

  /** From where the agent says that it heard last, if it was this session that heard it. */
  #takeUp(ids: EventIds): void {
    if (this.#closed) return;
    this.#ids = ids;
    const last = this.#context.exchange.header('last-event-id');
    this.#heard = last === undefined ? undefined : ids.open(last);
    if (last === undefined || this.#heard !== undefined) return this.#connect();
    this.#refuse(400, 'Last-Event-ID is not one that this session was given.');
    this.close();
  }

  #connect(): void {
    const request = listenRequest(this.#parts, this.#context, this.#heard);
    if (!request.ok) return this.onFailure(request.error);
    this.#subscribed = subscriptionsOf(this.session);
    this.#askedIn = this.session.state.upstream;
    this.#upstream = this.#parts.upstream.send(request.value, this);
  }

  /** The new stream is asked for before the old one is left. */
  relisten(session: Session): void {
    this.session.state = session.state;
    const before = this.#upstream;
    if (this.#closed || subscriptionsOf(session) === this.#subscribed) return;
    this.#connect();
    before?.abort();
  }

  onHead(): void {
    if (this.#open) return;
    this.#open = true;
    this.#parts.answers.startStream(this.#context.exchange);
  }

  onMessage(message: JsonObject, data: string): void {
    const { method } = message;
    if (message['id'] === undefined) {
      if (method === 'notifications/cancelled') this.#questions.forget(message['params']);
      else if (typeof method === 'string') this.#relay(message, relayedText(message, data));
    } else if (!this.#questions.hear(message)) this.close();
  }

  /** What not everybody hears is told to whom it concerns; all in order. */
  #relay(message: JsonObject, data: string): void {
    const text = eventText(data, this.#nextId());
    const doubt = this.#audience.doubt(message);
    if (doubt === undefined && this.#before === undefined) return void this.#write(text);
    this.#waiting += text.length;
    if (this.#waiting > STREAM_BACKLOG_BYTES_MAX) return this.close();
    const told = (this.#before ?? Promise.resolve())
      .then(async () => {
        if (doubt === undefined || (await doubt())) this.#write(text);
      })
      .catch((error: unknown) => this.#noteUnread(error))
      .finally(() => {
        this.#waiting -= text.length;
        if (this.#before === told) this.#before = undefined;
      });
    this.#before = told;
  }

  /** The id of the event that a message came with, where it had one of its own. */
  #nextId(): string | undefined {
    const id = this.#upstream?.lastEventId;
    if (id === undefined || id === this.#heard) return undefined;
    this.#heard = id;
    return this.#ids?.seal(id);
  }

  #noteUnread(error: unknown): void {
    this.#parts.telemetry.logger.warn({ err: error }, 'it could not be found out who hears of something');
  }

  /** In place of a stream: the server knows none. */
  onAnswer(): void {
    this.onFailure({ kind: 'refused', message: 'tells nothing outside of calls.', httpStatus: 405 });
  }

  backlog(): number {
    return this.#closed ? 0 : (this.#context.exchange.backlog?.() ?? 0);
  }

  onEnd(): void {
    if (this.#before === undefined) this.close();
    else void this.#before.then(() => this.close());
  }

  onFailure(failure: UpstreamFailure): void {
    if (failure.kind === 'session_lost' && !this.#revived && !this.#closed) return this.#revive();
    const status = failure.httpStatus === 405 ? 405 : 502;
    this.#refuse(status, `The server '${this.#context.server.id}' ${failure.message}`);
    this.close();
  }

  sweep(now: number): void {
    if (now >= this.#endsAt) return this.close();
    if (this.#open) this.#watch.sweep(now, this);
    if (this.#open && now - this.#lastSign >= KEEP_ALIVE_MS) this.#keepAlive();
  }

  offerChanged(): void {
    this.#watch.touch();
  }

  changed(method: string): void {
    this.#write(eventText(JSON.stringify({ jsonrpc: '2.0', method })));
  }

  gone(): void {
    this.close();
  }

  /** Another replica may have been told what to subscribe to. */
  #keepAlive(): void {
    this.#write(': open\n\n');
    if (this.session.state.upstream.era === 'session') return;
    this.#parts.sessions.reload(this.session).then(
      () => this.relisten(this.session),
      (error: unknown) => this.#noteUnread(error),
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.sweeper.delete(this);
    this.#parts.flights.closeStream(this);
    this.#questions.close('The stream was closed.');
    this.#upstream?.abort();
    if (this.#open) this.#context.exchange.end();
    else this.#refuse(503, 'The stream was closed before it was open.');
  }

  #revive(): void {
    this.#revived = true;
    const { principal, server } = this.#context;
    this.#parts.revive(principal, server, this.session, this.#askedIn ?? this.session.state.upstream).then(
      (revived) => {
        if (this.#closed) return;
        this.#heard = undefined;
        if (revived.ok) this.#connect();
        else this.onFailure(revived.error);
      },
      (error: unknown) => {
        this.#parts.telemetry.logger.error({ err: error }, 'a session could not be revived');
        this.close();
      },
    );
  }

  #refuse(status: number, message: string): void {
    if (this.#open || this.#refused) return;
    this.#refused = true;
    const headers = status === 405 ? ['allow', 'POST, DELETE'] : [];
    this.#parts.answers.refuse(this.#context.exchange, { status, message, headers });
  }

  /** False: nobody gets it any more. */
  #write(text: string): boolean {
    if (this.#closed || !this.#open) return false;
    this.#lastSign = performance.now();
    if (this.#context.exchange.write(text) > STREAM_BACKLOG_BYTES_MAX) this.close();
    return !this.#closed;
  }
}

function subscriptionsOf({ state: { upstream } }: Session): string {
  return upstream.era === 'stateless' ? JSON.stringify(upstream.subscriptions ?? []) : '';
}
