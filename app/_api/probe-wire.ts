import type { z } from 'zod';
import type { Probe } from '#lib/runtime';
import type { probeOutput } from './resource-schemas.ts';

/** A probe as the API writes it. */
export function renderProbe(probe: Probe): z.input<typeof probeOutput> {
  return {
    server_info: { ...probe.serverInfo },
    protocol_version: probe.protocolVersion,
    capabilities: { ...probe.capabilities },
    listing_sha256: probe.listingSha256,
    definitions: probe.definitions.map(({ pinned, definition, ...shown }) => ({
      ...shown,
      definition: { ...definition },
      ...(pinned === undefined
        ? {}
        : { pinned: { sha256: pinned.sha256, definition: { ...pinned.definition } } }),
    })),
    gone: probe.gone.map((pin) => ({ ...pin })),
    skipped: probe.skipped.map((one) => ({ ...one })),
    unusable: probe.unusable.map((one) => ({ ...one })),
  };
}
