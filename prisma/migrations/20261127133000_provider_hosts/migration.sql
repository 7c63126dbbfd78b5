-- AlterTable
ALTER TABLE "identity_provider" ADD COLUMN "endpoint_hosts" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN "refused_hosts" TEXT[] DEFAULT ARRAY[]::TEXT[];
