import type { Json } from '#lib/core';
import type { CheckName, Verdict } from '../index.ts';
import { createTestLog, openLog, type LooseBundle, type Logged, type TestLog } from './make-log.ts';
import { addCall, BODY } from './samples.ts';

/** One rule of a verdict, as an input and what must be said of it. */
export interface Case {
  readonly name: string;
  readonly verdict: Verdict['verdict'];
  /** The check that fails (INVALID) or stays open (UNVERIFIABLE). */
  readonly check?: CheckName;
  readonly bundle: string;
  readonly trust?: string;
}

export interface Scene {
  readonly log: TestLog;
  readonly opening: Logged;
  readonly attempt: Logged;
  readonly outcome: Logged;
}

/** A log of three entries: its opening, an attempt and the tool call that closes it. */
export function createScene(): Scene {
  const log = createTestLog();
  const opening = openLog(log);
  return { log, opening, ...addCall(log) };
}

/** Attempt and outcome with the bodies of each, and the opening entry among the keys. */
export function wholeBundle({ log, opening, attempt, outcome }: Scene): LooseBundle {
  const { arguments: args = null, context = null, values = null } = BODY;
  return structuredClone(
    log.bundle([attempt, outcome], {
      reveal: [
        'actor.email',
        'decision.policies',
        'top.arguments',
        'top.result',
        'top.context',
        'top.values',
      ],
      keys: [opening],
      bodies: { [attempt.index]: { arguments: args, context, values }, [outcome.index]: BODY },
    }),
  );
}

type Outcome = Pick<Case, 'verdict' | 'check'>;

export const VALID: Outcome = { verdict: 'VALID' };
export const invalid = (check: CheckName): Outcome => ({ verdict: 'INVALID', check });
export const unverifiable = (check: CheckName): Outcome => ({ verdict: 'UNVERIFIABLE', check });

export interface Given {
  readonly bundle: LooseBundle | string;
  readonly trust?: string;
}

/** A case from what `make` puts together in a fresh scene; the trust file pins the scene's first keys unless given. */
export function caseOf(name: string, outcome: Outcome, make: (scene: Scene) => Given): Case {
  const scene = createScene();
  const { bundle, trust = scene.log.trust() } = make(scene);
  return { name, ...outcome, bundle: typeof bundle === 'string' ? bundle : JSON.stringify(bundle), trust };
}

/** The whole bundle with one thing changed. */
export function changed(
  name: string,
  outcome: Outcome,
  change: (bundle: LooseBundle, scene: Scene) => unknown,
): Case {
  return caseOf(name, outcome, (scene) => {
    const bundle = wholeBundle(scene);
    change(bundle, scene);
    return { bundle };
  });
}

/** The attempt and an outcome whose payload is changed before it is signed and logged: a faulty or lying issuer. */
export function misissued(
  name: string,
  outcome: Outcome,
  edit: (payload: Record<string, Json>, scene: Scene) => Json | void,
  kind: 'tool_call' | 'attempt' = 'tool_call',
): Case {
  return caseOf(name, outcome, (scene) => {
    const { log, attempt } = scene;
    const source = kind === 'attempt' ? attempt : scene.outcome;
    const made = log.add({
      kind,
      clear: clearOf(source.payload),
      edit: (payload) => edit(payload, scene) ?? payload,
    });
    return { bundle: log.bundle([made]) };
  });
}

function clearOf(payload: Readonly<Record<string, Json>>): Record<string, Json> {
  const own = ['server', 'tool', 'decision', 'credential', 'outcome'];
  const members = Object.entries(payload).filter(([name]) => own.includes(name));
  return Object.fromEntries(
    members.map(([name, member]) => [name, { ...(member as object), _sd: undefined } as unknown as Json]),
  );
}

/** Changes one disclosure, or adds one, of receipt `at`. */
export function editSdJwt(bundle: LooseBundle, at: number, edit: (parts: string[]) => string[]): void {
  const receipt = bundle.receipts[at];
  if (receipt === undefined) throw new Error(`no receipt ${at}`);
  receipt['sd_jwt'] = edit(String(receipt['sd_jwt']).split('~')).join('~');
}

/** Replaces the first occurrence in a member that must have it. */
export function replaceIn(
  record: Record<string, unknown> | undefined,
  member: string,
  from: string | RegExp,
  to: string,
): void {
  const before = String(record?.[member]);
  const after = before.replace(from, to);
  if (record === undefined || after === before) throw new Error(`nothing to replace in ${member}`);
  record[member] = after;
}

/** The first receipt's proof with a replacement, or the checkpoint in all proofs. */
export function proofChanged(
  name: string,
  from: string | RegExp,
  to: string,
  check: 'inclusion' | 'checkpoint' = 'inclusion',
): Case {
  return changed(name, invalid(check), (bundle) => {
    for (const receipt of [...bundle.receipts, ...(bundle.keys ?? [])]) {
      if (check === 'checkpoint' || receipt === bundle.receipts[0]) replaceIn(receipt, 'proof', from, to);
    }
  });
}
