import { Hosted } from '#ui/hosted.tsx';
import { hosted } from '#ui/messages.ts';

export default function NotFound() {
  return (
    <Hosted title={hosted('notFound.title')}>
      <p className="text-sm text-muted">{hosted('notFound.detail')}</p>
      <p className="mt-4 text-sm">
        {/* oxlint-disable-next-line nextjs/no-html-link-for-pages -- works without script, like every hosted page */}
        <a href="/" className="link">
          {hosted('notFound.start')}
        </a>
      </p>
    </Hosted>
  );
}
