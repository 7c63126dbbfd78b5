/** The secret was removed, or the key it was sealed under was destroyed. */
export class SecretGone extends Error {
  constructor(id: string) {
    super(`the secret ${id} no longer exists: it has to be stored again`);
    this.name = 'SecretGone';
  }
}
