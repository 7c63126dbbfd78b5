import { isJsonObject, type JsonObject } from '#lib/core';

/** The one extension that needs nothing but what is relayed anyway. */
const VIEW_EXTENSION = 'io.modelcontextprotocol/ui';

/** What is relayed at most. Servers are read with it, for some show a tool only to whom it can ask something. */
export const ALL_RELAYED: JsonObject = {
  sampling: { tools: {} },
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
};

/** What a server may ask of a client, and in which way. */
export type Askable = 'sampling' | 'form' | 'url' | 'roots';

/**
 * What an agent says it can do for a server, cut to what is relayed and to what policy does not rule out whatever is
 * asked: a server that is told of nothing asks for nothing, and has its own way to do without.
 */
export function relayedCapabilities(
  declared: JsonObject,
  isRuledOut: (what: Askable) => boolean,
): JsonObject {
  const sampling = declared['sampling'];
  const roots = declared['roots'];
  const elicitation = relayedElicitation(declared['elicitation'], isRuledOut);
  return {
    ...(isJsonObject(sampling) && !isRuledOut('sampling')
      ? { sampling: isJsonObject(sampling['tools']) ? { tools: {} } : {} }
      : {}),
    ...(elicitation === undefined ? {} : { elicitation }),
    ...(isJsonObject(roots) && !isRuledOut('roots')
      ? { roots: roots['listChanged'] === true ? { listChanged: true } : {} }
      : {}),
    ...viewExtension(declared),
  };
}

/** The agent said so when the session was opened, and its server was told. */
export function isDeclared(capabilities: JsonObject, what: Askable): boolean {
  const elicitation = capabilities['elicitation'];
  switch (what) {
    case 'sampling':
    case 'roots':
      return isJsonObject(capabilities[what]);
    case 'url':
      return isJsonObject(elicitation) && isJsonObject(elicitation['url']);
    case 'form':
      // 2025-06-18 knows forms only and says `{}`; 2025-11-25 takes that for forms.
      return (
        isJsonObject(elicitation) && (isJsonObject(elicitation['form']) || elicitation['url'] === undefined)
      );
  }
}

/** 2025-11-25: a server may offer tools to the client's model only where the client says so. */
export function samplesWithTools({ sampling }: JsonObject): boolean {
  return isJsonObject(sampling) && isJsonObject(sampling['tools']);
}

/** Of all extensions the views, which travel as results. */
export function viewExtension(capabilities: JsonObject): JsonObject {
  const extensions = capabilities['extensions'];
  const view = isJsonObject(extensions) ? extensions[VIEW_EXTENSION] : undefined;
  return view === undefined ? {} : { extensions: { [VIEW_EXTENSION]: view } };
}

function relayedElicitation(
  declared: JsonObject[string] | undefined,
  isRuledOut: (what: Askable) => boolean,
): JsonObject | undefined {
  if (!isJsonObject(declared)) return undefined;
  const form = isDeclared({ elicitation: declared }, 'form') && !isRuledOut('form');
  const url = isDeclared({ elicitation: declared }, 'url') && !isRuledOut('url');
  if (!form && !url) return undefined;
  if (form && !url) return isJsonObject(declared['form']) ? { form: {} } : {};
  return { ...(form ? { form: {} } : {}), url: {} };
}
