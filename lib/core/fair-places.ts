/**
 * Places that several parties share. Whoever asks may hold `weight` times as many as are free at that moment: one alone
 * gets most of them and always leaves some for whoever comes next, and the more parties hold places, the smaller the
 * share of each. Nothing is set aside for anybody, so no place stays empty because of somebody who never comes.
 */
export class FairPlaces<Party> {
  readonly #total: number;
  readonly #weight: number;
  readonly #held = new Map<Party, number>();
  #taken = 0;

  constructor(total: number, weight: number) {
    this.#total = total;
    this.#weight = weight;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes one, or as many. False: this party holds its share, or so many are not free. */
  take(party: Party, count = 1): boolean {
    const held = this.#held.get(party) ?? 0;
    const free = this.#total - this.#taken;
    if (count > free || held + count > free * this.#weight) return false;
    this.#held.set(party, held + count);
    this.#taken += count;
    return true;
  }

  /** Gives back what was taken. */
  leave(party: Party, count = 1): void {
    const held = this.#held.get(party) ?? 0;
    const given = Math.min(count, held);
    if (given === held) this.#held.delete(party);
    else this.#held.set(party, held - given);
    this.#taken -= given;
  }
}
