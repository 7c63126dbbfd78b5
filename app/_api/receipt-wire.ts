import type { ReceiptRow, ReceiptView } from '#lib/runtime';

/** A receipt's line as the API writes it: members in snake_case, as everywhere on the wire. */
export function renderRow({ personName, agentName, ...row }: ReceiptRow) {
  return {
    ...row,
    ...(personName === undefined ? {} : { person_name: personName }),
    ...(agentName === undefined ? {} : { agent_name: agentName }),
  };
}

/** A whole receipt as the API writes it. */
export function renderView({ row, sdJwt, pair, ...view }: ReceiptView) {
  return {
    receipt: renderRow(row),
    ...view,
    ...(pair === undefined ? {} : { pair: { receipt: pair.summary, bodies: pair.bodies } }),
    ...(sdJwt === undefined ? {} : { sd_jwt: sdJwt }),
  };
}

/** What a reading showed, as the API writes it. */
export function renderOpened(shown: {
  readonly reading: string;
  readonly opened: readonly { readonly receipt: string; readonly kind: string; readonly bodies: object }[];
}) {
  const { reading, opened } = shown;
  return { reading, receipts: opened.map(({ receipt: id, kind, bodies }) => ({ id, kind, bodies })) };
}
