import type { PinnedServer } from '#lib/registry';
import type { ConsentTool } from './types.ts';

/** Tools in the words that an admin approved. What has changed since is denied, whatever the policies say, and left out. */
export function describeTools(server: PinnedServer, names: readonly string[]): readonly ConsentTool[] {
  return names.flatMap((name) => {
    const pinned = server.tools.get(name);
    if (pinned === undefined || pinned.drift !== undefined) return [];
    const { title, description } = pinned.definition;
    return [
      {
        name,
        ...(typeof title === 'string' ? { title } : {}),
        ...(typeof description === 'string' ? { description } : {}),
      },
    ];
  });
}
