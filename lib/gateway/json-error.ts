/** The bytes are not JSON as we accept it. `reason` is for the person who sent it. */
export class JsonScanError extends Error {
  readonly reason: string;
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(`${reason} at byte ${offset}`);
    this.name = 'JsonScanError';
    this.reason = reason;
    this.offset = offset;
  }
}
