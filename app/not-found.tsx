import { Hosted } from '#ui/hosted.tsx';

export default function NotFound() {
  return (
    <Hosted title="There is nothing at this address">
      <p className="text-sm text-muted">
        The link may be old, or meant for somebody else. Check the address, or ask the person who gave it to
        you.
      </p>
      <p className="mt-4 text-sm">
        {/* oxlint-disable-next-line nextjs/no-html-link-for-pages -- works without script, like every hosted page */}
        <a href="/">Go to the start page</a>
      </p>
    </Hosted>
  );
}
