import type { IncomingMessage } from 'node:http';

/**
 * What Next's own router in the browser, or one part of Next, would say to another: no page here uses it, every link is
 * a navigation. Without these headers a stranger gets what everybody gets (a redirect with its status), and no defect for
 * a malformed one.
 */
const ROUTER_HEADER =
  /^(?:rsc|next-action|next-url|next-(?:router|hmr)-[a-z-]+|x-nextjs-[a-z-]+|x-middleware-[a-z-]+)$/;

export function dropRouterHeaders(request: IncomingMessage): void {
  for (const name of Object.keys(request.headers)) {
    if (!ROUTER_HEADER.test(name)) continue;
    delete request.headers[name];
    dropRawHeader(request, name);
  }
}

/** Takes a header out of the list that is read beside the object. */
export function dropRawHeader({ rawHeaders }: IncomingMessage, name: string): void {
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
    if (rawHeaders[at]?.toLowerCase() === name) rawHeaders.splice(at, 2);
  }
}
