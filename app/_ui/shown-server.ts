/** What the API says of a server that was looked at. */
export type DefinitionKind = 'tool' | 'prompt' | 'resource' | 'template';

export const DEFINITION_KINDS = ['tool', 'prompt', 'resource', 'template'] as const;

export interface DefinitionName {
  readonly kind: DefinitionKind;
  readonly name: string;
}

export interface ShownDefinition extends DefinitionName {
  readonly sha256: string;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly status: 'new' | 'same' | 'changed';
  readonly pinned?: { readonly sha256: string; readonly definition: Readonly<Record<string, unknown>> };
}

export interface ShownServer {
  readonly server_info: { readonly name?: unknown; readonly version?: unknown; readonly title?: unknown };
  readonly protocol_version: string;
  readonly listing_sha256: string;
  readonly definitions: readonly ShownDefinition[];
  readonly gone: readonly DefinitionName[];
  readonly skipped: readonly {
    readonly kind: DefinitionKind;
    readonly index: number;
    readonly name?: string;
    readonly message: string;
  }[];
  readonly unusable: readonly { readonly tool: string; readonly message: string }[];
}

/** One text for a definition, so that a set can hold it. */
export function keyOf({ kind, name }: DefinitionName): string {
  return `${kind} ${name}`;
}

/** What an admin most likely wants: everything that is not as it was approved. */
export function unapproved({ definitions }: ShownServer): ReadonlySet<string> {
  return new Set(definitions.filter(({ status }) => status !== 'same').map(keyOf));
}

/** The ticked ones, as an approval names them. */
export function chosenNames(
  { definitions }: ShownServer,
  chosen: ReadonlySet<string>,
): readonly DefinitionName[] {
  return definitions
    .filter((definition) => chosen.has(keyOf(definition)))
    .map(({ kind, name }) => ({ kind, name }));
}
