-- AlterTable
ALTER TABLE "server" ADD COLUMN "seal" BYTEA;
