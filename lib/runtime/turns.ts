/** One party's request: before it may begin, while it works, and once it no longer counts. */
export interface Turn {
  readonly party: string;
  state: 'waiting' | 'working' | 'away' | 'over';
  startedAt: number;
  run: (() => void) | undefined;
}

export interface TurnsOptions {
  /** Requests in work at once while several parties come. */
  readonly workMax: number;
  /** So many of a party begin at once, however many others are in work. */
  readonly ownMin: number;
  /** What is in work for longer, and has not said that it waits for somebody else, is not reckoned with any more. */
  readonly lapseMs: number;
  readonly lookMs: number;
  /** A party counts as coming until it has not come for so long. */
  readonly recentMs: number;
  readonly now: () => number;
  /** Runs something again and again; returns how to stop. */
  readonly every: (ms: number, run: () => void) => () => void;
}

interface Party {
  working: number;
  readonly waiting: Turn[];
  lastAt: number;
}

const OVER: Turn = { party: '', state: 'over', startedAt: 0, run: undefined };

/**
 * Who begins next. While one party alone comes, everything begins at once, and nothing is counted. As soon as a second one
 * comes, a process has only so much in work at a time; what is more waits, each party's in a line of its own, and the
 * lines are served in turn: one party's flood makes a line for itself.
 */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #parties = new Map<string, Party>();
  /** Parties of whom somebody waits, the next one first. */
  readonly #lines = new Set<string>();
  /** In the order in which they began. */
  #begun: Turn[] = [];
  #alone: string | undefined;
  #working = 0;
  #stop: (() => void) | undefined;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Runs `run`, at once or when it is this party's turn. The caller ends the turn, in any case and once. */
  begin(party: string, run: () => void): Turn {
    if (this.#stop === undefined) {
      this.#alone ??= party;
      if (this.#alone === party) {
        run();
        return OVER;
      }
      this.#share(this.#alone);
    }
    const own = this.#party(party);
    own.lastAt = this.#options.now();
    const turn: Turn = { party, state: 'waiting', startedAt: 0, run };
    own.waiting.push(turn);
    this.#lines.add(party);
    this.#serve(party, own);
    this.#fill();
    return turn;
  }

  end(turn: Turn): void {
    const wasWorking = turn.state === 'working';
    turn.state = 'over';
    turn.run = undefined;
    if (wasWorking) this.#leave(turn.party);
  }

  /** It waits for somebody else: another one may begin meanwhile. */
  pause(turn: Turn): void {
    if (turn.state !== 'working') return;
    turn.state = 'away';
    this.#leave(turn.party);
  }

  /** What it waited for has come: nothing holds it up, but no other begins for it. */
  resume(turn: Turn): void {
    const party = this.#parties.get(turn.party);
    if (turn.state !== 'away' || party === undefined) return;
    turn.state = 'working';
    turn.startedAt = this.#options.now();
    party.working += 1;
    this.#working += 1;
    this.#begun.push(turn);
  }

  /** Several parties come from now on. */
  #share(first: string): void {
    this.#alone = undefined;
    this.#party(first).lastAt = this.#options.now();
    this.#stop = this.#options.every(this.#options.lookMs, () => this.#look());
  }

  #party(name: string): Party {
    const found = this.#parties.get(name);
    if (found) return found;
    const made: Party = { working: 0, waiting: [], lastAt: 0 };
    this.#parties.set(name, made);
    return made;
  }

  /** A few of each party always may begin. */
  #serve(name: string, party: Party): void {
    while (this.#lines.has(name) && party.working < this.#options.ownMin) this.#startOne(name, party);
  }

  /** One of each line in turn, while there is room. */
  #fill(): void {
    while (this.#working < this.#options.workMax) {
      const [name] = this.#lines;
      const party = name === undefined ? undefined : this.#parties.get(name);
      if (name === undefined || party === undefined) return;
      this.#startOne(name, party);
    }
  }

  #startOne(name: string, party: Party): void {
    const turn = party.waiting.shift();
    this.#lines.delete(name);
    if (party.waiting.length > 0) this.#lines.add(name);
    if (turn?.state !== 'waiting') return;
    turn.state = 'working';
    turn.startedAt = this.#options.now();
    party.working += 1;
    this.#working += 1;
    this.#begun.push(turn);
    const { run } = turn;
    turn.run = undefined;
    run?.();
  }

  #leave(name: string): void {
    const party = this.#parties.get(name);
    if (party === undefined) return;
    party.working -= 1;
    this.#working -= 1;
    this.#serve(name, party);
    this.#fill();
  }

  /** What has been in work for long costs nothing any more; who has not come for long is not reckoned with. */
  #look(): void {
    const now = this.#options.now();
    const lapsed = this.#begun.filter(
      ({ state, startedAt }) => state === 'working' && now - startedAt >= this.#options.lapseMs,
    );
    this.#begun = this.#begun.filter(
      ({ state, startedAt }) => state === 'working' && now - startedAt < this.#options.lapseMs,
    );
    for (const turn of lapsed) this.end(turn);
    for (const [name, { working, waiting, lastAt }] of this.#parties) {
      const isGone = working === 0 && waiting.length === 0 && now - lastAt >= this.#options.recentMs;
      if (isGone) this.#parties.delete(name);
    }
    if (this.#parties.size < 2) this.#stopSharing();
  }

  #stopSharing(): void {
    this.#stop?.();
    this.#stop = undefined;
    const [last] = this.#parties;
    this.#alone = last?.[0];
    for (const turn of this.#begun) turn.state = 'over';
    this.#begun = [];
    this.#parties.clear();
    this.#lines.clear();
    this.#working = 0;
    for (const turn of last?.[1].waiting ?? []) {
      const { run, state } = turn;
      turn.state = 'over';
      turn.run = undefined;
      if (state === 'waiting') run?.();
    }
  }
}
