/** Feeds an instance what nobody should send, from both sides, and says what it must not have done. */
import fc from 'fast-check';
import { askPatiently, isLate, TRIES_MAX } from './ask-patiently.ts';
import { type FuzzedHouse, type Identities, startFuzzedHouse } from './fuzzed-house.ts';
import { answers } from './generate-answer.ts';
import { requests } from './generate-request.ts';
import { judgeArrivals, judgeCall, NOT_HANDED_ON, judgeCertain, judgeResponse } from './judge.ts';
import type { RawAnswer } from './raw-answer.ts';
import type { RawResponse } from './raw-exchange.ts';
import type { Identity, RawRequest } from './raw-request.ts';
import { type SlowClients, startSlowClients } from './slow-clients.ts';
import { goodCall, openingRequest, upstreamAct } from './upstream-act.ts';
import { leftUnderWay, readVitalSigns, type VitalSigns } from './vital-signs.ts';

export interface FuzzOptions {
  /** Half of them on each side. */
  readonly inputs: number;
  readonly seed: number;
  /** Slow clients have a minute and a half until they are ended: a short run may not wait for that. */
  readonly waitsForSlow: boolean;
  readonly say: (line: string) => void;
}

/** One input whose answer must not be. With the seed it can be made again. */
export interface Finding {
  readonly side: 'client' | 'upstream';
  readonly kind: string;
  readonly problem: string;
  /** base64 of the bytes that were sent. */
  readonly input: string;
  readonly answer: string;
}

export interface FuzzReport {
  readonly seed: number;
  readonly inputs: { readonly client: number; readonly upstream: number };
  /** How many answers there were of each status; `none` for connections that ended without one. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  /** Calls that were refused because the log was not written in time, and made anew: a busy machine does that to a few. */
  readonly postponed: number;
  /** Lines that the instance wrote as errors, but those about what was postponed. */
  readonly complaints: readonly string[];
  /** Connections that were slow all the time, and what is wrong with how they were ended. */
  readonly slow: { readonly clients: number; readonly problems: readonly string[] | 'not waited for' };
  /** Of the instance after a tenth of the inputs, and at the end. */
  readonly before: VitalSigns;
  readonly after: VitalSigns;
  /** Gauges that should be 0 at the end. */
  readonly leftUnderWay: readonly string[];
  readonly ok: boolean;
}

const AT_ONCE = 12;
/** Inputs of one side in a row: by turns for the two servers. */
const BATCH = 500;
/** One input of the upstream side in so many opens a server, or listens to it. */
const OPENINGS = 10;
/** And one of those goes to the server of 2024-11-05. */
const SSE_TURN = 5;
/** Beyond the numbers that stand in odd messages of agents: what arrives is told apart by them. */
const FIRST_CALL = 1_000_000_000;
const FINDINGS_KEPT = 20;
/** One input in so many may be postponed, and those of one moment. */
const POSTPONED_ONE_IN = 1_000;
/** What the instance says of each. */
const POSTPONED_LINE = 'the receipt log could not be reached in time';
/** Growth beyond caches that fill. */
const GROWTH_MIB_MAX = 200;
/** Connections that are kept for later, in both directions. */
const OPEN_FILES_MORE_MAX = 64;

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const house = await startFuzzedHouse();
  try {
    return await new Fuzzer(house, options).run();
  } finally {
    await house.stop();
  }
}

class Fuzzer {
  readonly #house: FuzzedHouse;
  readonly #options: FuzzOptions;
  readonly #findings: Finding[] = [];
  readonly #statuses: Record<string, number> = {};
  #nextCall = FIRST_CALL;
  #known: Identities | undefined;
  #postponed = 0;
  /** Calls whose server asked the client something, and leaves its stream open: each waits for minutes. */
  #waiting = 0;

  constructor(house: FuzzedHouse, options: FuzzOptions) {
    this.#house = house;
    this.#options = options;
  }

  async run(): Promise<FuzzReport> {
    const { inputs, seed, say } = this.#options;
    const { instance } = this.#house;
    say(`seed ${seed}`);
    const perSide = Math.ceil(inputs / 2);
    let before: VitalSigns | undefined;
    const sent = { client: 0, upstream: 0 };
    const slow = startSlowClients(instance.port, (await this.#identities()).servers[0]);
    for (let round = 0; sent.client < perSide; round += 1) {
      const count = Math.min(BATCH, perSide - sent.client);
      const identities = await this.#identities();
      const identity = identities.servers[round % identities.servers.length] as Identity;
      const made = fc.sample(requests(identity), { numRuns: count, seed: seed + round });
      await eachOf(made, (request) => this.#send(identity, request));
      sent.client += count;
      const answering = fc.sample(answers, { numRuns: count, seed: seed + round });
      await eachOf(answering, (answer) => this.#answer(identities, answer));
      sent.upstream += count;
      if (sent.client * 10 >= perSide) before ??= readVitalSigns(instance);
      const { memoryMib, openFiles } = readVitalSigns(instance);
      const found = `${this.#findings.length} findings`;
      say(`${sent.client + sent.upstream} inputs, ${found}, ${memoryMib} MiB, ${openFiles} files`);
    }
    await this.#checkAlive();
    return await this.#report(sent, before ?? readVitalSigns(instance), slow);
  }

  async #report(
    inputs: FuzzReport['inputs'],
    before: VitalSigns,
    slowClients: SlowClients,
  ): Promise<FuzzReport> {
    if (this.#options.waitsForSlow) await slowClients.late();
    const problems = slowClients.judge();
    slowClients.stop();
    const left = await leftUnderWay(this.#house.instance, this.#waiting);
    const after = readVitalSigns(this.#house.instance);
    const complaints = this.#complaints();
    const isCalm =
      left.length === 0 &&
      this.#postponed <= AT_ONCE + this.#options.inputs / POSTPONED_ONE_IN &&
      after.memoryMib - before.memoryMib <= GROWTH_MIB_MAX &&
      after.openFiles - before.openFiles <= OPEN_FILES_MORE_MAX;
    return {
      seed: this.#options.seed,
      inputs,
      statuses: this.#statuses,
      findings: this.#findings.slice(0, FINDINGS_KEPT),
      postponed: this.#postponed,
      complaints,
      slow: { clients: slowClients.count, problems: problems ?? 'not waited for' },
      before,
      after,
      leftUnderWay: left,
      ok: this.#findings.length + complaints.length + (problems ?? []).length === 0 && isCalm,
    };
  }

  /** What can't be had anew is a finding, and what was had is good for some minutes more. */
  async #identities(): Promise<Identities> {
    try {
      this.#known = await this.#house.identities();
    } catch (error) {
      if (this.#known === undefined) throw error;
      const nothing = { status: undefined, body: '' };
      this.#find('client', 'sessions opened anew', String(error), Buffer.alloc(0), nothing);
    }
    return this.#known;
  }

  async #send(identity: Identity, request: RawRequest): Promise<void> {
    const response = await this.#ask(request);
    const { must } = request;
    const certain = must && judgeCertain(must, response, (n) => this.#house.upstream.arrived(n));
    const problem = certain ?? judgeResponse(request, response, [identity.token, identity.foreignToken]);
    if (problem !== undefined) this.#find('client', request.kind, problem, request.bytes, response);
  }

  async #answer(identities: Identities, answer: RawAnswer): Promise<void> {
    const n = this.#nextCall++;
    if (n % OPENINGS === 0) await this.#open(identities.opening, n / OPENINGS, answer);
    else if (n % OPENINGS !== SSE_TURN) await this.#call(identities.servers, n, answer);
    else {
      // What others are answered stands on the same stream: a good answer may be lost with it.
      // And it stays open, unless it is reset.
      const { says: _, ...uncertain } = answer;
      const ending = answer.ending === 'close' ? 'stay' : answer.ending;
      await this.#call([identities.sse], n, { ...uncertain, ending });
    }
  }

  /** By turns: both servers, and agents of both eras. */
  async #call(servers: readonly Identity[], n: number, answer: RawAnswer, tries = 1): Promise<void> {
    const { upstream } = this.#house;
    const turn = Math.floor(n / OPENINGS);
    const identity = servers[turn % servers.length] as Identity;
    upstream.answer(n, answer);
    const { request, isAct } = upstreamAct(identity, n, turn % 4 > 1);
    const response = await this.#ask(request);
    if (answer.ending === 'stay' && response.body.includes('"input_required"')) this.#waiting += 1;
    const wrong = isAct ? judgeArrivals(answer, upstream.arrived(n), response) : undefined;
    const problem = wrong ?? judgeCall(answer, n, isAct, response);
    // A good answer in many pieces may be late on a busy machine, and the session be opened anew meanwhile.
    const isAgain = tries === 1 || (isLate(response) && tries < TRIES_MAX);
    if (problem === NOT_HANDED_ON && isAgain)
      return await this.#call(servers, this.#nextCall++, answer, tries + 1);
    if (problem !== undefined)
      this.#find('upstream', answer.kind, problem, answer.bytes(String(n)), response);
  }

  async #open(identity: Identity, n: number, answer: RawAnswer): Promise<void> {
    this.#house.upstream.layReady(answer);
    const request = openingRequest(identity, n);
    const response = await this.#ask(request);
    const problem = judgeResponse(request, response, [identity.token]);
    if (problem !== undefined)
      this.#find('upstream', `${request.kind}: ${answer.kind}`, problem, answer.bytes(String(n)), response);
  }

  async #ask(request: RawRequest): Promise<RawResponse> {
    return await askPatiently(
      {
        port: this.#house.instance.port,
        onResponse: ({ status }) => this.#count(status),
        onPostponed: () => void (this.#postponed += 1),
      },
      request,
    );
  }

  #count(status: number | undefined): void {
    const name = String(status ?? 'none');
    this.#statuses[name] = (this.#statuses[name] ?? 0) + 1;
  }

  #find(
    side: Finding['side'],
    kind: string,
    problem: string,
    input: Buffer,
    { status, body }: { readonly status: number | undefined; readonly body: string },
  ): void {
    const answer = `${status ?? 'none'} ${body.slice(0, 500)}`;
    // Said at once: whatever becomes of the run, what it found is known.
    this.#options.say(
      `finding from the ${side}, ${kind}: ${problem}; the answer was ${JSON.stringify(answer)}`,
    );
    this.#findings.push({ side, kind, problem, input: input.subarray(0, 4_000).toString('base64'), answer });
  }

  /** After all of it a call goes through as ever. */
  async #checkAlive(): Promise<void> {
    for (const identity of (await this.#identities()).servers) {
      for (const isStateless of [false, true]) {
        const response = await this.#ask(goodCall(identity, isStateless));
        if (!response.body.includes('"fine"'))
          this.#find('client', 'a good call at the end', 'it did not go through', Buffer.alloc(0), response);
      }
    }
  }

  /** What an operator would be woken for: errors, and whatever Node itself has to say. */
  #complaints(): readonly string[] {
    const lines = this.#house.instance
      .output()
      .split('\n')
      .filter((line) => /"level":"?(?:50|60|error|fatal)|unhandled|uncaught|Warning:/i.test(line));
    const isPostponed = (line: string) => line.includes(POSTPONED_LINE);
    const unexplained = lines.filter(isPostponed).slice(this.#postponed);
    return [...lines.filter((line) => !isPostponed(line)), ...unexplained].slice(0, FINDINGS_KEPT);
  }
}

/** A few at once. */
async function eachOf<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await run(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
