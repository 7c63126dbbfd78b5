import type { Attributes, Context } from '@opentelemetry/api';
import { SamplingDecision, type Sampler, type SamplingResult } from '@opentelemetry/sdk-trace';
import { WISHED_TRACES_PER_SECOND } from './constants.ts';

/**
 * Calls whose callers say that they are traced. Whoever calls may say so of every call, under trace ids of their choice,
 * so of each tenant's only so many a second are; the ratio is no bound for what a caller chooses.
 */
export class WishedTraces implements Sampler {
  readonly #now: () => number;
  readonly #traced = new Map<string, number>();
  #second = -1;

  constructor(now: () => number) {
    this.#now = now;
  }

  shouldSample(
    _context: Context,
    _traceId: string,
    _name: string,
    _kind: unknown,
    attributes: Attributes,
  ): SamplingResult {
    const second = Math.floor(this.#now() / 1_000);
    if (second !== this.#second) this.#traced.clear();
    this.#second = second;
    const named = attributes['countersign.tenant'];
    const tenant = typeof named === 'string' ? named : '';
    const traced = this.#traced.get(tenant) ?? 0;
    if (traced >= WISHED_TRACES_PER_SECOND) return { decision: SamplingDecision.NOT_RECORD };
    this.#traced.set(tenant, traced + 1);
    return { decision: SamplingDecision.RECORD_AND_SAMPLED };
  }

  toString(): string {
    return `WishedTraces{${WISHED_TRACES_PER_SECOND}}`;
  }
}
