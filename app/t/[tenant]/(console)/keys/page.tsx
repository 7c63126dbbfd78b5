import { page, runtime, type KeyOverview, type RotatableKey } from '#lib/runtime';
import { Card } from '#ui/card.tsx';
import { Copyable } from '#ui/copyable.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { Facts } from '#ui/facts.tsx';
import { KeyCard } from '#ui/key-card.tsx';
import { keys } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';
import { Time } from '#ui/time.tsx';

/** What auditors ask about first. */
const PURPOSES: readonly RotatableKey[] = ['receipt', 'log', 'access-token', 'mint', 'data'];

const load = page({
  auth: { roles: ['admin', 'auditor'] },
  input: {},
  load: async ({ tenant, session, ip }) => ({
    overview: await runtime().console.keyOverview({ tenant, session, ip }),
    mayRotate: session.person.roles.includes('admin'),
  }),
});

export default renderPage(load, (loaded) => {
  const { overview, mayRotate } = loaded.data;
  return (
    <ConsolePage loaded={loaded} section="keys" title={keys('title')} description={keys('description')}>
      <div className="flex flex-col gap-6">
        <Card title={keys('trust')} description={keys('trustAbout')}>
          <div className="flex flex-col gap-4">
            <Copyable label={keys('trustAddress')}>{overview.trustUrl}</Copyable>
            <Copyable label={keys('trustFetch')} copy={keys('copyCommand')}>
              {overview.trustCommand}
            </Copyable>
            <Copyable label={keys('trustVerify')} copy={keys('copyCommand')}>
              npm run countersign -- verify --trust trust.json bundle.json
            </Copyable>
          </div>
        </Card>
        {PURPOSES.map((purpose) => (
          <KeyCard
            key={purpose}
            purpose={purpose}
            overview={overview}
            canonicalUrl={loaded.tenant.canonicalUrl}
            mayRotate={mayRotate}
          />
        ))}
        <EncryptionCard overview={overview} />
      </div>
    </ConsolePage>
  );
});

function EncryptionCard({ overview: { encryption } }: { readonly overview: KeyOverview }) {
  return (
    <Card title={keys('encryption')} description={keys('encryptionAbout')}>
      {encryption.map(({ id, provider, createdAt }) => (
        <Facts
          key={id}
          rows={[
            [keys('keyId'), <code key="id">{id}</code>],
            [
              keys('inForce'),
              provider === 'local' ? keys('provider.local') : keys('provider.other', { provider }),
            ],
            [keys('since'), <Time key="since" ms={createdAt} />],
          ]}
        />
      ))}
    </Card>
  );
}
