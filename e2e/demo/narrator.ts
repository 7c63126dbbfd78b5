export interface StepRecord {
  readonly name: string;
  readonly ok: boolean;
}

export interface Narrator {
  /** Runs one step: what it says goes to people, its failure ends up in the record. */
  step(name: string, title: string, run: (say: (text: string) => void) => Promise<void>): Promise<void>;
  readonly steps: readonly StepRecord[];
}

/** A step failed; those that build on it are not tried. */
export class StepFailed extends Error {}

/** Tells the journey on `write`; with `quiet` only failures are told. */
export function createNarrator(write: (line: string) => void, quiet: boolean): Narrator {
  const steps: StepRecord[] = [];
  const tell = (line: string) => {
    if (!quiet) write(line);
  };
  return {
    steps,
    step: async (name, title, run) => {
      tell(`\n${steps.length + 1}. ${title}`);
      try {
        await run((text) => {
          for (const line of text.split('\n')) tell(`   ${line}`);
        });
        steps.push({ name, ok: true });
      } catch (error) {
        steps.push({ name, ok: false });
        write(`   FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        throw new StepFailed(name);
      }
    },
  };
}

/** Stops a step whose promise does not hold. */
export function expectThat(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new Error(`expected that ${promise}`);
}
