/** Words with what they are about: `{name}` in the message is the value of that name. */
export function fillWords(message: string, values: Readonly<Record<string, string | number>>): string {
  return message.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}
