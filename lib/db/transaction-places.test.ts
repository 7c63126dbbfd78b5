import { expect, it } from 'vitest';
import { createTransactionPlaces } from './transaction-places.ts';

it('work that began inside of a transaction and outlives it waits for a place like any other', async () => {
  const places = createTransactionPlaces(2);
  const began: string[] = [];
  const { promise: isOver, resolve: endOuter } = Promise.withResolvers<void>();
  let later = Promise.resolve();
  await places.run(async () => {
    later = isOver.then(async () => await places.run(async () => void began.push('later')));
  });
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const other = places.run(async () => {
    began.push('other');
    await mayEnd;
    began.push('other has ended');
  });
  endOuter();
  await new Promise((resolve) => setImmediate(resolve));
  end();
  await Promise.all([other, later]);
  expect(began).toEqual(['other', 'other has ended', 'later']);
});
