import type { TenantId } from '#lib/core';

/** As many of the tenant's questions wait already as are kept waiting. */
export class TooManyQuestions extends Error {
  readonly code = 'console:too-many-questions';
  constructor(tenant: TenantId) {
    super(`tenant ${tenant} asks more of its policies than can be answered`);
    this.name = 'TooManyQuestions';
  }
}

export type QuestionQueue = <T>(tenant: TenantId, work: () => Promise<T>) => Promise<T>;

/**
 * A tenant's questions that cost time, one after the other: each lets others have their turn in between, and a hundred at
 * once would leave nobody a turn. @throws {TooManyQuestions} when the line is full.
 */
export function createQuestionQueue(waitingMax: number): QuestionQueue {
  const lines = new Map<TenantId, { length: number; last: Promise<unknown> }>();
  return async (tenant, work) => {
    const line = lines.get(tenant) ?? { length: 0, last: Promise.resolve() };
    if (line.length > waitingMax) throw new TooManyQuestions(tenant);
    lines.set(tenant, line);
    line.length += 1;
    const turn = line.last.then(work);
    line.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      line.length -= 1;
      if (line.length === 0) lines.delete(tenant);
    }
  };
}
