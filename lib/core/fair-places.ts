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

  /** False: this party holds its share, or no place is free. */
  take(party: Party): boolean {
    const held = this.#held.get(party) ?? 0;
    const free = this.#total - this.#taken;
    if (held >= free * this.#weight) return false;
    this.#held.set(party, held + 1);
    this.#taken += 1;
    return true;
  }

  /** Gives back a place that was taken. */
  leave(party: Party): void {
    const held = this.#held.get(party) ?? 0;
    if (held === 0) return;
    if (held === 1) this.#held.delete(party);
    else this.#held.set(party, held - 1);
    this.#taken -= 1;
  }
}
