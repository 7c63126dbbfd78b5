/** Feeds an instance what nobody should send, from both sides, and says what it must not have done. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type FuzzedHouse, startFuzzedHouse } from './fuzzed-house.ts';
import { answers, type RawAnswer } from './generate-answer.ts';
import { requests } from './generate-request.ts';
import { type Identity, rawPost, type RawRequest, STATELESS_META } from './raw-request.ts';
import { judgeArrivals, judgeCall, judgeResponse } from './judge.ts';
import { exchange } from './raw-exchange.ts';

export interface FuzzOptions {
  /** Half of them on each side. */
  readonly inputs: number;
  readonly seed: number;
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
  /** Lines that the instance wrote as errors. */
  readonly complaints: readonly string[];
  /** MiB of the instance after a tenth of the inputs and at the end. */
  readonly memory: { readonly before: number; readonly after: number };
  readonly ok: boolean;
}

const AT_ONCE = 12;
/** A batch has the same tokens: shorter than the ten minutes that they are good for. */
const BATCH = 2_000;
const FINDINGS_KEPT = 20;
/** Growth beyond caches that fill: a leak of a kilobyte an input would be twice that in a long run. */
const GROWTH_MIB_MAX = 200;

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
  #nextCall = 1;

  constructor(house: FuzzedHouse, options: FuzzOptions) {
    this.#house = house;
    this.#options = options;
  }

  async run(): Promise<FuzzReport> {
    const { inputs, seed, say } = this.#options;
    const perSide = Math.ceil(inputs / 2);
    let before = 0;
    const sent = { client: 0, upstream: 0 };
    for (let round = 0; sent.client < perSide; round += 1) {
      const count = Math.min(BATCH, perSide - sent.client);
      const identities = await this.#house.identities();
      const identity = identities[round % identities.length] as Identity;
      const made = fc.sample(requests(identity), { numRuns: count, seed: seed + round });
      await eachOf(made, (request) => this.#send(identity, request));
      sent.client += count;
      const answering = fc.sample(answers, { numRuns: count, seed: seed + round });
      await eachOf(answering, (answer) => this.#call(identities, answer));
      sent.upstream += count;
      if (before === 0 && sent.client * 10 >= perSide) before = this.#memory();
      say(`${sent.client + sent.upstream} inputs, ${this.#findings.length} findings, ${this.#memory()} MiB`);
    }
    await this.#checkAlive();
    const memory = { before, after: this.#memory() };
    const complaints = this.#complaints();
    return {
      seed,
      inputs: sent,
      statuses: this.#statuses,
      findings: this.#findings.slice(0, FINDINGS_KEPT),
      complaints,
      memory,
      ok:
        this.#findings.length === 0 &&
        complaints.length === 0 &&
        memory.after - memory.before <= GROWTH_MIB_MAX,
    };
  }

  async #send(identity: Identity, request: RawRequest): Promise<void> {
    const response = await exchange(this.#house.instance.port, request);
    this.#count(response.status);
    const problem = judgeResponse(request, response, [identity.token, identity.foreignToken]);
    if (problem !== undefined) this.#find('client', request.kind, problem, request.bytes, response);
  }

  /** By turns: both servers, and agents of both eras. */
  async #call(identities: readonly Identity[], answer: RawAnswer): Promise<void> {
    const n = this.#nextCall++;
    const identity = identities[n % identities.length] as Identity;
    this.#house.upstream.answer(n, answer);
    const response = await exchange(this.#house.instance.port, callOf(identity, n, n % 4 > 1));
    this.#count(response.status);
    const arrived = this.#house.upstream.arrived(n);
    const problem = judgeArrivals(answer, arrived, response) ?? judgeCall(response);
    if (problem !== undefined)
      this.#find('upstream', answer.kind, problem, answer.bytes(String(n)), response);
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
    this.#findings.push({
      side,
      kind,
      problem,
      input: input.subarray(0, 4_000).toString('base64'),
      answer: `${status ?? 'none'} ${body.slice(0, 500)}`,
    });
  }

  /** After all of it a call goes through as ever. */
  async #checkAlive(): Promise<void> {
    for (const identity of await this.#house.identities()) {
      for (const isStateless of [false, true]) {
        const response = await exchange(this.#house.instance.port, callOf(identity, 0, isStateless));
        if (!response.body.includes('"fine"'))
          this.#find('client', 'a good call at the end', 'it did not go through', Buffer.alloc(0), response);
      }
    }
  }

  /** What an operator would be woken for: errors, and whatever Node itself has to say. */
  #complaints(): readonly string[] {
    return this.#house.instance
      .output()
      .split('\n')
      .filter((line) => /"level":"?(?:50|60|error|fatal)|unhandled|uncaught|Warning:/i.test(line))
      .slice(0, FINDINGS_KEPT);
  }

  #memory(): number {
    const status = readFileSync(`/proc/${this.#house.instance.pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024);
  }
}

function callOf(identity: Identity, n: number, isStateless: boolean): RawRequest {
  const meta = isStateless ? `,"_meta":${STATELESS_META}` : '';
  const body = `{"jsonrpc":"2.0","id":${n},"method":"tools/call","params":{"name":"act","arguments":{"n":${n}}${meta}}}`;
  return rawPost(identity, 'call', body, isStateless ? { method: 'tools/call', name: 'act' } : undefined);
}

/** A few at once. */
async function eachOf<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await run(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
