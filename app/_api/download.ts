/** A file to keep rather than to look at. The name is ours: letters, digits, dots and hyphens. */
export function download(
  content: string,
  name: string,
  contentType: string,
  more: HeadersInit = {},
): Response {
  const headers = new Headers(more);
  headers.set('content-type', contentType);
  headers.set('content-disposition', `attachment; filename="${name.replaceAll(/[^A-Za-z0-9.-]/g, '')}"`);
  return new Response(content, { headers });
}
