/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong. */
  readonly detail?: string;
  /** How to mend it. */
  readonly remedy?: string;
}

interface Wrong {
  readonly wrong: string;
  readonly mend: string;
}

export function good(name: string, detail?: string): Finding {
  return { name, ok: true, ...(detail === undefined ? {} : { detail }) };
}

export function bad(name: string, { wrong, mend }: Wrong): Finding {
  return { name, ok: false, detail: wrong, remedy: mend };
}

export function judge(name: string, isGood: boolean, wrong: Wrong): Finding {
  return isGood ? good(name) : bad(name, wrong);
}
