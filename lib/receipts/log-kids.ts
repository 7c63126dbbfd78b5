/** A log key that signs checkpoints, and until when. */
export interface LogKid {
  readonly kid: string;
  /** Milliseconds since the epoch; Infinity for the key in force. */
  readonly untilMs: number;
}

/** As the head row keeps it: `<kid>` or `<kid> <until>` a line, the key in force first. */
export function formatLogKids(kids: readonly LogKid[]): string {
  return kids.map(({ kid, untilMs }) => (untilMs === Infinity ? kid : `${kid} ${untilMs}`)).join('\n');
}

export function parseLogKids(text: string): LogKid[] {
  return text.split('\n').map((line) => {
    const [kid = '', until] = line.split(' ');
    return { kid, untilMs: until === undefined ? Infinity : Number(until) };
  });
}
