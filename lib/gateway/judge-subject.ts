import type { PolicyDecision, PolicyRequest } from '#lib/policy';
import type { ActSubject } from './act-subject.ts';
import { otherSpellings } from './uri-spellings.ts';
import type { Viewer } from './visible-offer.ts';

/** What policy says of this for this caller, at the time that stands in the viewer. */
export function judge(viewer: Viewer, subject: ActSubject): Judged {
  const asked = questionOf(viewer, subject);
  if (asked === undefined) return nothingThere(viewer, subject);
  const judged = decide(viewer, asked);
  if (viewer.session.single === undefined || asked.action !== 'tasks/get' || !isClean(judged.decision))
    return judged;
  // In that era the state of a task has its result in it: whoever may not have that does not get to see the state.
  const fetching = decide(viewer, { ...asked, action: 'tasks/result' });
  return isClean(fetching.decision) ? judged : fetching;
}

/** Anything but a clean allow is a denial. */
export function isClean({ effect, obligations, errors }: PolicyDecision): boolean {
  return effect === 'allow' && obligations.length === 0 && errors.length === 0;
}

/** What was decided, and on what: where a URI has several spellings all must be allowed, and the first that is not tells why. */
interface Judged {
  readonly question: PolicyRequest | undefined;
  readonly decision: PolicyDecision;
}

function decide({ engine, server }: Viewer, question: PolicyRequest): Judged {
  const decision = engine.decide(question);
  const uri = question.resource?.uri;
  // What the server itself lists by this very text is what the text means there.
  if (uri === undefined || decision.effect !== 'allow' || server.resources.has(uri))
    return { question, decision };
  for (const spelling of otherSpellings(uri)) {
    const other = { ...question, resource: { uri: spelling } };
    const found = engine.decide(other);
    if (found.effect !== 'allow') return { question: other, decision: found };
  }
  return { question, decision };
}

function questionOf(context: Viewer, subject: ActSubject): PolicyRequest | undefined {
  if (subject.question === undefined) return undefined;
  const { principal, server, exchange, session } = context;
  return {
    ...subject.question,
    principal,
    server,
    time: context.receivedAt,
    ip: exchange.ip,
    session: session.claims.reference,
  };
}

/** What is not there is denied like what may not be seen, so that nobody can tell them apart. */
function nothingThere({ engine }: Viewer, subject: ActSubject): Judged {
  const decision: PolicyDecision = {
    effect: 'deny',
    policies: [],
    reasons: [subject.missing],
    obligations: [],
    shadow: [],
    errors: [],
    setSha256: engine.setSha256,
    hidden: true,
  };
  return { question: undefined, decision };
}
