/** The values of a route's bracketed segments, as Next would pass them. */
export type RouteParams = Record<string, string | string[]>;

/** A pattern in Next's notation, split once: `/t/[tenant]/oauth/[...path]`. */
export interface RoutePattern {
  readonly segments: readonly string[];
}

export function parseRoutePattern(pattern: string): RoutePattern {
  return { segments: pattern.split('/').slice(1) };
}

/** The parameters when the path fits the pattern. Segments are decoded as Next does; one that can't be decoded fits nothing. */
export function matchRoute(pattern: RoutePattern, path: string): RouteParams | undefined {
  const parts = path.split('/').slice(1);
  const params: RouteParams = {};
  for (const [index, segment] of pattern.segments.entries()) {
    const name = /^\[{1,2}(?:\.\.\.)?([^\]]+)\]{1,2}$/.exec(segment)?.[1];
    if (name !== undefined && segment.includes('...')) {
      const rest = decodeAll(parts.slice(index));
      if (rest === undefined) return undefined;
      if (rest.length > 0) params[name] = rest;
      return rest.length > 0 || segment.startsWith('[[') ? params : undefined;
    }
    const part = parts[index];
    if (part === undefined) return undefined;
    if (name === undefined) {
      if (part !== segment) return undefined;
      continue;
    }
    const decoded = decodeAll([part])?.[0];
    if (decoded === undefined || decoded === '') return undefined;
    params[name] = decoded;
  }
  return parts.length === pattern.segments.length ? params : undefined;
}

function decodeAll(parts: readonly string[]): string[] | undefined {
  try {
    return parts.map((part) => decodeURIComponent(part));
  } catch {
    return undefined;
  }
}
