import { parseCheckpoint, type Checkpoint } from '#lib/tlog';

/** Origin, size and root of a signed checkpoint of our own; its signatures are not looked at. */
export function readCheckpoint(note: string): Checkpoint | undefined {
  const end = note.indexOf('\n\n');
  return end < 0 ? undefined : parseCheckpoint(note.slice(0, end + 1));
}

/** The one that says more; what is not a checkpoint says nothing. */
export function newerCheckpoint(one: string, other: string | undefined): string {
  const sizeOf = (note: string) => readCheckpoint(note)?.size ?? -1n;
  return other !== undefined && sizeOf(other) > sizeOf(one) ? other : one;
}
