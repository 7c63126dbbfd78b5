import type { Agent } from '#lib/core';
import type { AgentRecord } from '#lib/identity';
import type { AdmissionMode } from './types.ts';

export type Admission = 'admitted' | 'pending' | 'refused';

/**
 * Whether an agent may act under today's setting. What an admin refused stays refused in every mode; who came while
 * the door was open needs an admin once it is not; under `listed` only the tenant's file counts.
 */
export function decideAdmission(record: AgentRecord, mode: AdmissionMode): Admission {
  switch (record.admission) {
    case 'listed':
      return 'admitted';
    case 'refused':
      return 'refused';
    case 'admitted':
      return mode === 'listed' ? 'refused' : 'admitted';
    case 'open':
    case 'pending':
      if (mode === 'open') return 'admitted';
      return mode === 'approval' ? 'pending' : 'refused';
  }
}

/** The agent as a principal carries it; undefined when it may not act. */
export function actingAgentUnder(record: AgentRecord, mode: AdmissionMode): Agent | undefined {
  if (decideAdmission(record, mode) !== 'admitted') return undefined;
  const admission = record.admission === 'pending' ? 'open' : record.admission;
  if (admission === 'refused') return undefined;
  return {
    clientId: record.clientId,
    name: record.name,
    admission,
    ...(record.owner === undefined ? {} : { owner: record.owner }),
  };
}
