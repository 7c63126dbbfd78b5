import type { TenantRecord } from '#lib/identity';
import type { Receipts, RefusalReason } from '#lib/receipts';
import type { Telemetry } from '#lib/telemetry';

export type FlowStep = 'authorization' | 'token' | 'registration' | 'revocation' | 'jwks';

/** What an aggregate receipt calls a refusal at this step; a stranger can not grow the log with them. */
const REASONS: Partial<Record<FlowStep, RefusalReason>> = {
  authorization: 'refused_authorization',
  token: 'refused_token_request',
  revocation: 'refused_token_request',
  registration: 'refused_registration',
};

interface Counters {
  readonly telemetry: Telemetry;
  readonly receipts: Receipts;
}

/** Counts one answer of the authorization server, refusals also for the log's aggregate. */
export function countFlow(
  { telemetry, receipts }: Counters,
  tenant: TenantRecord,
  step: FlowStep,
  response: Response,
): void {
  const result = resultOf(response);
  telemetry.metrics.oauthFlow(step, result);
  const reason = REASONS[step];
  if (result === 'refused' && reason !== undefined) receipts.refuse(tenant.id, reason);
}

function resultOf(response: Response): 'ok' | 'refused' | 'failed' {
  if (response.status >= 500) return 'failed';
  if (response.status >= 400) return 'refused';
  const location = response.headers.get('location');
  return location !== null && URL.parse(location)?.searchParams.has('error') === true ? 'refused' : 'ok';
}
