-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "tenant" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "canonical_url" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'active',
    "demo" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replica_lease" (
    "id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "fenced_at" TIMESTAMPTZ(3),
    "recovered_at" TIMESTAMPTZ(3),

    CONSTRAINT "replica_lease_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "revocation" (
    "sequence" BIGINT NOT NULL,
    "tenant_of_subject" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "revocation_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "revocation_head" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "sequence" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "revocation_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "identity_provider" (
    "tenant_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "client_secret_id" UUID,
    "settings" JSONB NOT NULL,
    "role_mapping" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "identity_provider_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "person" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "lookup" BYTEA NOT NULL,
    "email_lookup" BYTEA,
    "reference" TEXT NOT NULL,
    "claims" BYTEA NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "state" TEXT NOT NULL DEFAULT 'active',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_sign_in_at" TIMESTAMPTZ(3),

    CONSTRAINT "person_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "browser_session" (
    "tenant_id" UUID NOT NULL,
    "id_hash" BYTEA NOT NULL,
    "person_id" UUID NOT NULL,
    "sealed" BYTEA,
    "csrf_secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "browser_session_pkey" PRIMARY KEY ("tenant_id","id_hash")
);

-- CreateTable
CREATE TABLE "sign_in_attempt" (
    "tenant_id" UUID NOT NULL,
    "state_hash" BYTEA NOT NULL,
    "sealed" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_attempt_pkey" PRIMARY KEY ("tenant_id","state_hash")
);

-- CreateTable
CREATE TABLE "agent" (
    "tenant_id" UUID NOT NULL,
    "client_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "admission" TEXT NOT NULL,
    "owner_id" UUID,
    "metadata" JSONB NOT NULL,
    "secret_hash" BYTEA,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "agent_pkey" PRIMARY KEY ("tenant_id","client_id")
);

-- CreateTable
CREATE TABLE "oauth_payload" (
    "tenant_id" UUID NOT NULL,
    "model" TEXT NOT NULL,
    "id_hash" BYTEA NOT NULL,
    "grant_id_hash" BYTEA,
    "uid_hash" BYTEA,
    "sealed" BYTEA NOT NULL,
    "consumed_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "oauth_payload_pkey" PRIMARY KEY ("tenant_id","model","id_hash")
);

-- CreateTable
CREATE TABLE "oauth_grant" (
    "tenant_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "person_id" UUID,
    "client_id" TEXT NOT NULL,
    "server_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "oauth_grant_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "refresh_replay" (
    "tenant_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "client_id" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "refresh_replay_pkey" PRIMARY KEY ("tenant_id","token_hash")
);

-- CreateTable
CREATE TABLE "oauth_settings" (
    "tenant_id" UUID NOT NULL,
    "admission" TEXT NOT NULL,
    "grant_seconds" INTEGER NOT NULL,
    "refresh_replay_seconds" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_settings_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "key_encryption_key" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "check_value" BYTEA NOT NULL,
    "state" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "key_encryption_key_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "data_key" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "wrapped" BYTEA NOT NULL,
    "state" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "data_key_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "person_key" (
    "tenant_id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "wrapped" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "person_key_pkey" PRIMARY KEY ("tenant_id","person_id")
);

-- CreateTable
CREATE TABLE "signing_key" (
    "tenant_id" UUID NOT NULL,
    "kid" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "sealed" BYTEA NOT NULL,
    "state" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "activated_at" TIMESTAMPTZ(3),
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("tenant_id","kid")
);

-- CreateTable
CREATE TABLE "secret" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "person_id" UUID,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "secret_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "receipt_log" (
    "tenant_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "receipt_log_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "log_head" (
    "tenant_id" UUID NOT NULL,
    "log_id" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "root" BYTEA NOT NULL,
    "frontier" BYTEA NOT NULL,
    "checkpoint" TEXT NOT NULL,
    "receipt_kid" TEXT NOT NULL,
    "log_kids" TEXT NOT NULL,
    "fences" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "log_head_pkey" PRIMARY KEY ("tenant_id","log_id")
);

-- CreateTable
CREATE TABLE "log_batch" (
    "tenant_id" UUID NOT NULL,
    "log_id" TEXT NOT NULL,
    "first_index" BIGINT NOT NULL,
    "count" INTEGER NOT NULL,
    "batch_id" UUID NOT NULL,
    "replica_id" UUID NOT NULL,
    "open_from" BIGINT NOT NULL,
    "leaves" BYTEA NOT NULL,
    "hashes" BYTEA NOT NULL,
    "checkpoint" TEXT NOT NULL,
    "archive" BYTEA NOT NULL,
    "summary" TEXT NOT NULL,
    "committed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_batch_pkey" PRIMARY KEY ("tenant_id","log_id","first_index")
);

-- CreateTable
CREATE TABLE "log_term" (
    "tenant_id" UUID NOT NULL,
    "type" SMALLINT NOT NULL,
    "term" UUID NOT NULL,
    "log_id" TEXT NOT NULL,
    "first_index" BIGINT NOT NULL,

    CONSTRAINT "log_term_pkey" PRIMARY KEY ("tenant_id","type","term","log_id","first_index")
);

-- CreateTable
CREATE TABLE "log_tile" (
    "tenant_id" UUID NOT NULL,
    "log_id" TEXT NOT NULL,
    "level" INTEGER NOT NULL,
    "index" BIGINT NOT NULL,
    "hashes" BYTEA NOT NULL,
    "root" BYTEA NOT NULL,

    CONSTRAINT "log_tile_pkey" PRIMARY KEY ("tenant_id","log_id","level","index")
);

-- CreateTable
CREATE TABLE "log_replica" (
    "tenant_id" UUID NOT NULL,
    "log_id" TEXT NOT NULL,
    "replica_id" UUID NOT NULL,

    CONSTRAINT "log_replica_pkey" PRIMARY KEY ("tenant_id","log_id","replica_id")
);

-- CreateTable
CREATE TABLE "receipt_outbox" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "sequence" BIGSERIAL NOT NULL,
    "clear" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "receipt_outbox_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "policy_set" (
    "tenant_id" UUID NOT NULL,
    "sha256" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "policies" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "active" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "policy_set_pkey" PRIMARY KEY ("tenant_id","sha256")
);

-- CreateTable
CREATE TABLE "server" (
    "tenant_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "server_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "definition" (
    "tenant_id" UUID NOT NULL,
    "server_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "drift" TEXT,
    "pinned_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "definition_pkey" PRIMARY KEY ("tenant_id","server_id","kind","name")
);

-- CreateTable
CREATE TABLE "mcp_session" (
    "tenant_id" UUID NOT NULL,
    "id_hash" BYTEA NOT NULL,
    "grant_id" TEXT NOT NULL,
    "server_id" TEXT NOT NULL,
    "person_id" UUID,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "mcp_session_pkey" PRIMARY KEY ("tenant_id","id_hash")
);

-- CreateTable
CREATE TABLE "manifest_application" (
    "tenant_id" UUID NOT NULL,
    "sha256" TEXT NOT NULL,
    "applied_by" TEXT NOT NULL,
    "applied_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "manifest_application_pkey" PRIMARY KEY ("tenant_id","sha256","applied_at")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenant_slug_key" ON "tenant"("slug");

-- CreateIndex
CREATE INDEX "replica_lease_expires_at_idx" ON "replica_lease"("expires_at");

-- CreateIndex
CREATE INDEX "person_tenant_id_email_lookup_idx" ON "person"("tenant_id", "email_lookup");

-- CreateIndex
CREATE UNIQUE INDEX "person_tenant_id_lookup_key" ON "person"("tenant_id", "lookup");

-- CreateIndex
CREATE UNIQUE INDEX "person_tenant_id_reference_key" ON "person"("tenant_id", "reference");

-- CreateIndex
CREATE INDEX "browser_session_tenant_id_person_id_idx" ON "browser_session"("tenant_id", "person_id");

-- CreateIndex
CREATE INDEX "browser_session_tenant_id_expires_at_idx" ON "browser_session"("tenant_id", "expires_at");

-- CreateIndex
CREATE INDEX "sign_in_attempt_tenant_id_expires_at_idx" ON "sign_in_attempt"("tenant_id", "expires_at");

-- CreateIndex
CREATE INDEX "agent_tenant_id_expires_at_idx" ON "agent"("tenant_id", "expires_at");

-- CreateIndex
CREATE INDEX "oauth_payload_tenant_id_grant_id_hash_idx" ON "oauth_payload"("tenant_id", "grant_id_hash");

-- CreateIndex
CREATE INDEX "oauth_payload_tenant_id_uid_hash_idx" ON "oauth_payload"("tenant_id", "uid_hash");

-- CreateIndex
CREATE INDEX "oauth_payload_tenant_id_expires_at_idx" ON "oauth_payload"("tenant_id", "expires_at");

-- CreateIndex
CREATE INDEX "oauth_grant_tenant_id_person_id_idx" ON "oauth_grant"("tenant_id", "person_id");

-- CreateIndex
CREATE INDEX "oauth_grant_tenant_id_client_id_idx" ON "oauth_grant"("tenant_id", "client_id");

-- CreateIndex
CREATE INDEX "refresh_replay_tenant_id_expires_at_idx" ON "refresh_replay"("tenant_id", "expires_at");

-- CreateIndex
CREATE INDEX "data_key_tenant_id_purpose_state_idx" ON "data_key"("tenant_id", "purpose", "state");

-- CreateIndex
CREATE INDEX "signing_key_tenant_id_purpose_state_idx" ON "signing_key"("tenant_id", "purpose", "state");

-- CreateIndex
CREATE INDEX "secret_tenant_id_person_id_idx" ON "secret"("tenant_id", "person_id");

-- CreateIndex
CREATE INDEX "log_batch_tenant_id_replica_id_first_index_idx" ON "log_batch"("tenant_id", "replica_id", "first_index");

-- CreateIndex
CREATE INDEX "receipt_outbox_tenant_id_sequence_idx" ON "receipt_outbox"("tenant_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "policy_set_tenant_id_version_key" ON "policy_set"("tenant_id", "version");

-- CreateIndex
CREATE INDEX "mcp_session_tenant_id_grant_id_idx" ON "mcp_session"("tenant_id", "grant_id");

-- CreateIndex
CREATE INDEX "mcp_session_tenant_id_expires_at_idx" ON "mcp_session"("tenant_id", "expires_at");

-- Row-level security, roles and rights
-- Roles are the cluster's, not the database's: an operator may have made them before, with a login of their own.
DO $$
BEGIN
  CREATE ROLE countersign_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
  CREATE ROLE countersign_sweeper NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

-- The application may become the sweeper, and has none of its sight until it does.
DO $$
BEGIN
  GRANT countersign_sweeper TO countersign_app WITH INHERIT FALSE, SET TRUE;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO countersign_app, countersign_sweeper;
GRANT SELECT ON "_prisma_migrations" TO countersign_app;

GRANT SELECT, INSERT, UPDATE ON "tenant" TO countersign_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "replica_lease" TO countersign_app;
GRANT SELECT ("id", "expires_at", "fenced_at", "recovered_at") ON "replica_lease" TO countersign_sweeper;

GRANT SELECT, INSERT, DELETE ON "revocation" TO countersign_app;

GRANT SELECT, UPDATE ON "revocation_head" TO countersign_app;

ALTER TABLE "identity_provider" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "identity_provider" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "identity_provider"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "identity_provider" TO countersign_app;

ALTER TABLE "person" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "person" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "person"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "person" TO countersign_app;

ALTER TABLE "browser_session" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "browser_session" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "browser_session"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "browser_session" TO countersign_app;
CREATE POLICY "sweep" ON "browser_session" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "id_hash", "expires_at") ON "browser_session" TO countersign_sweeper;

ALTER TABLE "sign_in_attempt" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "sign_in_attempt" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "sign_in_attempt"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "sign_in_attempt" TO countersign_app;
CREATE POLICY "sweep" ON "sign_in_attempt" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "state_hash", "expires_at") ON "sign_in_attempt" TO countersign_sweeper;

ALTER TABLE "agent" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "agent" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "agent"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "agent" TO countersign_app;
CREATE POLICY "sweep" ON "agent" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "client_id", "expires_at") ON "agent" TO countersign_sweeper;

ALTER TABLE "oauth_payload" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "oauth_payload" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "oauth_payload"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "oauth_payload" TO countersign_app;
CREATE POLICY "sweep" ON "oauth_payload" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "model", "id_hash", "expires_at") ON "oauth_payload" TO countersign_sweeper;

ALTER TABLE "oauth_grant" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "oauth_grant" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "oauth_grant"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "oauth_grant" TO countersign_app;
CREATE POLICY "sweep" ON "oauth_grant" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "id", "expires_at") ON "oauth_grant" TO countersign_sweeper;

ALTER TABLE "refresh_replay" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "refresh_replay" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "refresh_replay"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "refresh_replay" TO countersign_app;
CREATE POLICY "sweep" ON "refresh_replay" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "token_hash", "expires_at") ON "refresh_replay" TO countersign_sweeper;

ALTER TABLE "oauth_settings" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "oauth_settings" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "oauth_settings"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "oauth_settings" TO countersign_app;

ALTER TABLE "key_encryption_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "key_encryption_key" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "key_encryption_key"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON "key_encryption_key" TO countersign_app;

ALTER TABLE "data_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "data_key" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "data_key"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "data_key" TO countersign_app;

ALTER TABLE "person_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "person_key" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "person_key"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "person_key" TO countersign_app;

ALTER TABLE "signing_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "signing_key" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "signing_key"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "signing_key" TO countersign_app;

ALTER TABLE "secret" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "secret" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "secret"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "secret" TO countersign_app;

ALTER TABLE "receipt_log" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "receipt_log" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "receipt_log"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON "receipt_log" TO countersign_app;

ALTER TABLE "log_head" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "log_head" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "log_head"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON "log_head" TO countersign_app;

ALTER TABLE "log_batch" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "log_batch" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "log_batch"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT ON "log_batch" TO countersign_app;
ALTER TABLE "log_batch" ALTER COLUMN "leaves" SET STORAGE EXTERNAL;
ALTER TABLE "log_batch" ALTER COLUMN "hashes" SET STORAGE EXTERNAL;
ALTER TABLE "log_batch" ALTER COLUMN "archive" SET STORAGE EXTERNAL;

ALTER TABLE "log_term" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "log_term" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "log_term"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT ON "log_term" TO countersign_app;

ALTER TABLE "log_tile" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "log_tile" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "log_tile"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT ON "log_tile" TO countersign_app;
ALTER TABLE "log_tile" ALTER COLUMN "hashes" SET STORAGE EXTERNAL;

ALTER TABLE "log_replica" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "log_replica" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "log_replica"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "log_replica" TO countersign_app;
CREATE POLICY "sweep" ON "log_replica" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "log_id", "replica_id") ON "log_replica" TO countersign_sweeper;

ALTER TABLE "receipt_outbox" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "receipt_outbox" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "receipt_outbox"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "receipt_outbox" TO countersign_app;
GRANT USAGE ON SEQUENCE "receipt_outbox_sequence_seq" TO countersign_app;
CREATE POLICY "sweep" ON "receipt_outbox" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "id", "sequence", "created_at") ON "receipt_outbox" TO countersign_sweeper;

ALTER TABLE "policy_set" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "policy_set" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "policy_set"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON "policy_set" TO countersign_app;

ALTER TABLE "server" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "server" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "server"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "server" TO countersign_app;

ALTER TABLE "definition" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "definition" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "definition"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "definition" TO countersign_app;

ALTER TABLE "mcp_session" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "mcp_session" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "mcp_session"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "mcp_session" TO countersign_app;
CREATE POLICY "sweep" ON "mcp_session" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "id_hash", "expires_at") ON "mcp_session" TO countersign_sweeper;

ALTER TABLE "manifest_application" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "manifest_application" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "manifest_application"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT ON "manifest_application" TO countersign_app;

-- The one row of the revocation sequence.
INSERT INTO "revocation_head" ("id", "sequence") VALUES (1, 0);
