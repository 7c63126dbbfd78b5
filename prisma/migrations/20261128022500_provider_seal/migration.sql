-- AlterTable
ALTER TABLE "identity_provider" ADD COLUMN "seal" BYTEA;
