/** A folder or file of the embedded PostgreSQL can't be used as it is; the message says how to mend it. */
export class DataFolderError extends Error {
  readonly path: string;
  constructor(path: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DataFolderError';
    this.path = path;
  }
}

/** The embedded PostgreSQL did not start; the message carries what it said itself. */
export class EmbeddedPostgresError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'EmbeddedPostgresError';
  }
}

/** Two tenants met in one query: a defect of the caller, stopped before it reached the database. */
export class TenantMismatchError extends Error {
  constructor(model: string, operation: string) {
    super(`${model}.${operation} names another tenant than the one it runs for`);
    this.name = 'TenantMismatchError';
  }
}

/** Migrations could not be applied; the message names the migration and what PostgreSQL said. */
export class MigrationError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MigrationError';
  }
}

/** No transaction ended in time for another one to begin: too much is asked of this process. */
export class TransactionWaitError extends Error {
  /** Prisma's own for the same, when it is a connection that nobody gave back. */
  readonly code = 'P2024';
  constructor() {
    super('no transaction ended in time for another one to begin');
    this.name = 'TransactionWaitError';
  }
}
