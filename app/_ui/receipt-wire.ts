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
export function renderView({ row, sdJwt, ...view }: ReceiptView) {
  return { receipt: renderRow(row), ...view, ...(sdJwt === undefined ? {} : { sd_jwt: sdJwt }) };
}
