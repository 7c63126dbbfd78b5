-- CreateTable
CREATE TABLE "mcp_relay" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "sealed" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "mcp_relay_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "mcp_relay_tenant_id_expires_at_idx" ON "mcp_relay"("tenant_id", "expires_at");

-- Row-level security and rights
ALTER TABLE "mcp_relay" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "mcp_relay" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "mcp_relay"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "mcp_relay" TO countersign_app;
CREATE POLICY "sweep" ON "mcp_relay" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "id", "expires_at") ON "mcp_relay" TO countersign_sweeper;
